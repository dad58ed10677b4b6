"""Suricata: intrusion detection or prevention, its ``eve.json``."""

from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, declare, moment, record_of, word
from tojimari.watch.signal import Severity, Signal, is_inside


class _Alert(msgspec.Struct):
    signature: str = ""
    category: str | None = ""
    severity: int = 3
    action: str = ""


class _Eve(msgspec.Struct):
    timestamp: str
    event_type: str
    src_ip: str = ""
    src_port: int = 0
    dest_ip: str = ""
    dest_port: int = 0
    alert: _Alert | None = None
    direction: str = ""


_decoder = msgspec.json.Decoder(_Eve)
_SEVERITY: dict[int, Severity] = {1: "high", 2: "medium"}
_SCANS = ("scan", "network scan", "information leak")
_NOISE = ("not suspicious", "generic protocol command decode", "misc activity", "unknown traffic")
"""Categories (classtype texts of Suricata's own configuration) that say nothing of an attack."""


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """An alert is an attack from outside, or something inside that calls out."""
    eve = record_of(_decoder, line)
    alert = eve.alert
    if eve.event_type != "alert" or alert is None:
        return ()
    category = (alert.category or "").lower()
    severity = _SEVERITY.get(alert.severity, "low")
    inside, outside = is_inside(eve.src_ip), not is_inside(eve.dest_ip)
    if any(part in category for part in _SCANS) or " SCAN " in alert.signature:
        kind = "scan"
    elif any(part in category for part in _NOISE):
        kind, severity = "odd_traffic", "low"
    elif "EICAR" in alert.signature.upper() or "malware file" in category:
        kind = "malware"
    elif inside and outside:
        kind = "callout"
    else:
        kind = "attack"
    return (
        Signal(
            kind=kind,
            at=moment(eve.timestamp, hearing),
            source=word(eve.src_ip),
            target=word(f"{eve.dest_ip}:{eve.dest_port}"),
            name=word(alert.signature),
            severity=severity,
            stopped=alert.action == "blocked",
        ),
    )


ENGINE = declare(
    Engine(
        id="suricata",
        title="Suricata",
        guards="network",
        usual=("/var/log/suricata/eve.json",),
        signals_of=signals_of,
        kinds=("scan", "odd_traffic", "malware", "callout", "attack"),
        proof="published",
        whole_network=True,
        beats=True,
    )
)
