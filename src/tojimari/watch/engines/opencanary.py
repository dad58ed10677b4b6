"""OpenCanary: decoys that nobody has business with, its JSON log."""

from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, declare, moment, record_of, word
from tojimari.watch.signal import Signal, is_inside


class _Touched(msgspec.Struct):
    logtype: int
    src_host: str = ""
    dst_port: int | str = 0
    utc_time: str = ""
    local_time: str = ""


_decoder = msgspec.json.Decoder(_Touched)
_OWN_TALK = 2000
"""Log types below this are the program's own: started, stopped, said something."""
_SCANS = range(5001, 5006)
_DEEDS = frozenset(
    {2000, 3001, 4002, 5000, 6001, 7001, 8001, 9001, 9002, 12001, 14001, 17001, 20001}
)
"""A log-in tried, a file opened, a command given: more than a printer's program looking around."""


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """Who touched which decoy. Names and passwords that were tried are not kept."""
    touched = record_of(_decoder, line)
    if touched.logtype < _OWN_TALK or not touched.src_host:
        return ()
    inside = is_inside(touched.src_host)
    at = touched.utc_time or touched.local_time
    said = moment(f"{at}+00:00" if touched.utc_time else at, hearing) if at else hearing.now
    kind = "scan" if touched.logtype in _SCANS else "decoy"
    return (
        Signal(
            kind=kind if inside else "knock",
            at=said,
            source=word(touched.src_host),
            target=word(f"{touched.dst_port}/tcp"),
            name=word(touched.logtype),
            severity="high" if inside and touched.logtype in _DEEDS else "low",
            stopped=None if inside else True,
        ),
    )


ENGINE = declare(
    Engine(
        id="opencanary",
        title="OpenCanary",
        guards="decoy",
        usual=("/var/tmp/opencanary.log", "/var/log/opencanary.log"),  # noqa: S108  # its default
        signals_of=signals_of,
        kinds=("decoy", "scan", "knock"),
        proof="engine",
        whole_network=True,
    )
)
