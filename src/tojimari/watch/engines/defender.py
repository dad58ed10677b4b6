"""Windows Defender and the Security Center: events by their id, one JSON object a line.

``{"id": 1116, "at": "2026-11-30T10:00:00Z", "data": {"Threat Name": ..., "Action Name": ...}}``:
what the event log's XML holds, without texts in any language. Ids and names of the values are those
of Microsoft's list of Defender's events.
"""

from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, declare, moment, record_of, word
from tojimari.watch.signal import Severity, Signal


class _Event(msgspec.Struct):
    id: int
    at: str
    data: dict[str, str] = {}
    channel: str = ""


_decoder = msgspec.json.Decoder(_Event)
_FOUND = (1006, 1015, 1116)
_DEALT_WITH = (1007, 1117)
_NOT_DEALT_WITH = (1008, 1118, 1119)
_OFF = {5001: "realtime", 5010: "spyware", 5012: "viruses", 5008: "engine"}
_ON = (5000, 5009, 5011)
_FOLDERS = (1123, 1127)
_REFRESHED, _NOT_REFRESHED = 2000, (2001, 2003)
_SECURITY_CENTER = 15
"""Source SecurityCenter, event 15: a product told a new state; the last value names it."""
_NOT_WATCHING = ("STATE_OFF", "STATE_SNOOZED", "STATE_EXPIRED")
_SEVERITY: dict[str, Severity] = {"1": "low", "2": "medium", "4": "high", "5": "high"}


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """What Defender found or did, what it was told to leave off, what a folder was kept from."""
    event = record_of(_decoder, line)
    at, data = moment(event.at, hearing), event.data
    name, file = word(data.get("Threat Name", "")), word(data.get("Path", ""))
    severity = _SEVERITY.get(data.get("Severity ID", ""), "high")
    match event.id:
        case one if one in _FOUND:
            return (Signal("malware", at, target=file, name=name, severity=severity),)
        case one if one in _DEALT_WITH:
            failed = data.get("Error Code", "0x00000000") not in ("0x00000000", "0", "")
            return (Signal("malware", at, "", file, name, severity, not failed),)
        case one if one in _NOT_DEALT_WITH:
            return (Signal("malware", at, "", file, name, "high", stopped=False),)
        case one if one in _OFF:
            return (Signal("protection_off", at, name=f"defender {_OFF[one]}", severity="high"),)
        case one if one in _ON:
            return (Signal("protection_on", at, name="defender", severity="low"),)
        case one if one in _FOLDERS:
            program = word(data.get("Process Name", ""))
            return (Signal("folder_guard", at, program, file, program, "medium", stopped=True),)
        case one if one == _REFRESHED:
            return (Signal("refreshed", at, name="signatures", severity="low"),)
        case one if one in _NOT_REFRESHED:
            return (Signal("old_signatures", at, name="signatures", severity="low"),)
        case one if one == _SECURITY_CENTER and event.channel == "Application":
            said = " ".join(data.values())
            kind = "protection_off" if said.endswith(_NOT_WATCHING) else "protection_on"
            return (Signal(kind, at, name=word(next(iter(data.values()), "")), severity="high"),)
    return ()


ENGINE = declare(
    Engine(
        id="defender",
        title="Windows Defender",
        guards="endpoint",
        usual=(),
        signals_of=signals_of,
        kinds=(
            "malware",
            "protection_off",
            "protection_on",
            "folder_guard",
            "refreshed",
            "old_signatures",
        ),
        proof="published",
        beats=True,
    )
)
