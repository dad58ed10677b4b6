"""unbound: names that its list of bad places (RPZ) holds."""

import re
from collections.abc import Iterable

from tojimari.watch.engine import (
    Engine,
    Hearing,
    Unreadable,
    counted,
    declare,
    moment,
    text_of,
    word,
    yearless,
)
from tojimari.watch.signal import Signal

_BEGIN = re.compile(
    r"(?:\[(?P<seconds>\d{9,12})\] |(?P<at>\d{4}-\d\d-\d\dT\S+) |(?P<syslog>[A-Z][a-z]{2} [ \d]\d "
    r"\d\d:\d\d:\d\d) )(?:\S+ )?unbound(?:\[[\d:]+\])?:? (?:\[\d+:\d+\] )?"
    r"(?P<level>info|notice|warning|error|debug|query|reply|fatal error): ?(?P<said>.*)"
)
_APPLIED = re.compile(
    r"rpz: applied (?:\[(?P<list>[^\]]{0,80})\] )?(?P<rule>\S+) (?P<deed>rpz-[a-z-]+) "
    r"(?P<who>[0-9A-Fa-f.:]+)@\d+ (?P<name>\S+?)\.? "
)
_HARMLESS = ("rpz-passthru", "rpz-cname-override", "rpz-disabled")


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """Who asked for a name that leads to a bad place; it was not answered."""
    found = _BEGIN.match(text_of(line))
    if found is None:
        raise Unreadable("no line of unbound")
    hit = _APPLIED.match(found["said"])
    if hit is None or hit["deed"] in _HARMLESS:
        return ()
    if found["seconds"]:
        at = counted(int(found["seconds"]), hearing)
    elif found["at"]:
        at = moment(found["at"], hearing)
    else:
        at = yearless(found["syslog"], hearing)
    return (
        Signal(
            kind="bad_name",
            at=at,
            source=word(hit["who"]),
            target=word(hit["list"] or ""),
            name=word(hit["name"]),
            severity="medium",
            stopped=True,
        ),
    )


ENGINE = declare(
    Engine(
        id="unbound",
        title="unbound (RPZ)",
        guards="names",
        usual=("/var/log/unbound/unbound.log", "/var/log/unbound.log"),
        signals_of=signals_of,
        kinds=("bad_name",),
        proof="engine",
        whole_network=True,
    )
)
