"""fail2ban: shuts out addresses that guess passwords."""

import re
from collections.abc import Iterable

from tojimari.watch.engine import Engine, Hearing, Unreadable, declare, moment, text_of, word
from tojimari.watch.signal import Signal

_LINE = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)?) fail2ban\.(?P<part>\w+)\s*\[\d+\]: "
    r"(?P<level>[A-Z]+)\s+(?P<said>.*)"
)
_DEED = re.compile(
    r"\[(?P<jail>[^\]]{1,60})\] (?P<deed>Found|Ban|Restore Ban) (?P<who>[0-9A-Fa-f.:]+)"
)


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """A failed log-in it saw, or an address it shut out."""
    found = _LINE.match(text_of(line))
    if found is None:
        raise Unreadable("no line of fail2ban")
    deed = _DEED.match(found["said"])
    if deed is None or deed["deed"] == "Restore Ban":  # a restart bans anew what was banned before
        return ()
    banned = deed["deed"] == "Ban"
    return (
        Signal(
            kind="ban" if banned else "guess",
            at=moment(found["at"], hearing),
            source=word(deed["who"]),
            target=word(deed["jail"]),
            name=word(deed["jail"]),
            severity="low",
            stopped=banned,
        ),
    )


ENGINE = declare(
    Engine(
        id="fail2ban",
        title="fail2ban",
        guards="accounts",
        usual=("/var/log/fail2ban.log",),
        signals_of=signals_of,
        kinds=("guess", "ban"),
        proof="engine",
    )
)
