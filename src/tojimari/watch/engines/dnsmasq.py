"""dnsmasq: who was given an address, its log (``log-facility=FILE``; DHCP is logged by itself).

Who was given an address in a network for
visitors is passed over (``Hearing.is_guests``).
"""

import re
from collections.abc import Iterable

from tojimari.watch.engine import Engine, Hearing, Unreadable, declare, text_of, word, yearless
from tojimari.watch.signal import Signal

_LINE = re.compile(r"([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?:\S+ )?dnsmasq(?:-\w+)?\[\d+\]: (.*)")
_GIVEN = re.compile(
    r"(?:\d+ )?DHCPACK\((?P<interface>[^)\s]+)\) (?P<address>[0-9a-fA-F.:]+) "
    r"(?P<device>[0-9a-f]{2}(?::[0-9a-f]{2}){5})(?: (?P<name>\S+))?"
)


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """That a device is there, by its hardware address."""
    found = _LINE.fullmatch(text_of(line))
    if found is None:
        raise Unreadable("no line of dnsmasq")
    given = _GIVEN.fullmatch(found[2])
    if given is None or hearing.is_guests(given["interface"]):
        return ()
    name = word(given["name"] or "")
    return (
        Signal(
            "presence", yearless(found[1], hearing), given["device"], given["address"], name, "low"
        ),
    )


ENGINE = declare(
    Engine(
        id="dnsmasq",
        title="dnsmasq",
        guards="network",
        usual=("/var/log/dnsmasq.log",),
        signals_of=signals_of,
        kinds=("presence",),
        proof="engine",
        whole_network=True,
    )
)
