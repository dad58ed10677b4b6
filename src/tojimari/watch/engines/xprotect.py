"""XProtect of macOS: what its remediators found, from the unified log (``log show --style ndjson``)."""

from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, declare, moment, record_of, word
from tojimari.watch.signal import Signal


class _Entry(msgspec.Struct, rename={"said": "eventMessage"}):
    timestamp: str = ""
    subsystem: str = ""
    category: str = ""
    said: str = ""


class _Result(msgspec.Struct):
    status_message: str = ""
    status_code: int | None = None


_decoder = msgspec.json.Decoder(_Entry)
_decoder_result = msgspec.json.Decoder(_Result)
_FRAMEWORK = "com.apple.XProtectFramework"
_DEALT_WITH = ("removed", "remediated", "quarantined")


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """What a remediator found; that it found nothing shows that it works."""
    entry = record_of(_decoder, line)
    if not entry.subsystem.startswith(_FRAMEWORK) or not entry.said.startswith("{"):
        return ()
    said = record_of(_decoder_result, entry.said.encode()).status_message.lower()
    at = moment(entry.timestamp, hearing)
    if said == "nothreatdetected":
        return (Signal("refreshed", at, name="scan", severity="low"),)
    if "threat" not in said:
        return ()
    stopped = said.endswith(_DEALT_WITH)
    return (Signal("malware", at, name=word(entry.category), severity="high", stopped=stopped),)


ENGINE = declare(
    Engine(
        id="xprotect",
        title="XProtect",
        guards="endpoint",
        usual=(),
        signals_of=signals_of,
        kinds=("malware", "refreshed"),
        proof="published",
        beats=True,
    )
)
