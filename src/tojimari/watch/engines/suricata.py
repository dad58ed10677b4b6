"""Suricata: intrusion detection or prevention, its ``eve.json``.

Besides alerts it is heard who is given an address and by whom (``dhcp``), and where devices call
(``flow``, with ``dns``, ``tls`` and ``http`` for what is called by a name); in a network for visitors
(``Hearing.is_guests``) only who gives out addresses.
"""

import re
from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, declare, moment, record_of, word
from tojimari.watch.signal import Severity, Signal, is_inside


class _Alert(msgspec.Struct):
    signature: str = ""
    category: str | None = ""
    severity: int = 3
    action: str = ""


class _Dhcp(msgspec.Struct):
    type: str = ""
    dhcp_type: str = ""
    client_mac: str = ""
    assigned_ip: str = ""
    client_ip: str = ""
    hostname: str = ""


class _Flow(msgspec.Struct):
    start: str = ""


class _Answer(msgspec.Struct):
    rdata: object = None


class _Dns(msgspec.Struct):
    answers: list[_Answer] = []


class _Tls(msgspec.Struct):
    sni: str = ""


class _Http(msgspec.Struct):
    hostname: str = ""


class _Eve(msgspec.Struct):
    timestamp: str
    event_type: str
    src_ip: str = ""
    src_port: int = 0
    dest_ip: str = ""
    dest_port: int = 0
    proto: str = ""
    in_iface: str = ""
    vlan: object = None
    alert: _Alert | None = None
    dhcp: _Dhcp | None = None
    flow: _Flow | None = None
    dns: _Dns | None = None
    tls: _Tls | None = None
    http: _Http | None = None
    direction: str = ""


_decoder = msgspec.json.Decoder(_Eve)
_SEVERITY: dict[int, Severity] = {1: "high", 2: "medium"}
_SCANS = ("scan", "network scan", "information leak")
_NOISE = ("not suspicious", "generic protocol command decode", "misc activity", "unknown traffic")
"""Categories (classtype texts of Suricata's own configuration) that say nothing of an attack."""
_OWN = re.compile(r"TOJIMARI (scan|guess|callout|attack|malware): ")
"""Our own rules (``tojimari watch settings suricata``) say themselves what they mean."""
_DEVICE = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
_CALLS = ("TCP", "UDP")


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """An alert is an attack from outside, or something inside that calls out."""
    eve = record_of(_decoder, line)
    match eve.event_type:
        case "alert" if eve.alert is not None:
            return (_alert(eve, eve.alert, hearing),)
        case "dhcp" if eve.dhcp is not None:
            return _addresses(eve, eve.dhcp, hearing)
        case "flow" | "dns" | "tls" | "http" if hearing.is_guests(_network(eve)):
            return ()
        case "flow":
            return _call(eve, hearing)
        case "dns" | "tls" | "http":
            found = _named(eve)
            at = moment(eve.timestamp, hearing) if found else hearing.now
            return [Signal("named", at, target=one, severity="low") for one in found]
    return ()


def _alert(eve: _Eve, alert: _Alert, hearing: Hearing) -> Signal:
    severity = _SEVERITY.get(alert.severity, "low")
    own = _OWN.match(alert.signature)
    kind = own[1] if own else _meaning(eve, alert)
    if kind == "odd_traffic":
        severity = "low"
    return Signal(
        kind=kind,
        at=moment(eve.timestamp, hearing),
        source=word(eve.src_ip),
        target=word(f"{eve.dest_ip}:{eve.dest_port}"),
        name=word(alert.signature[own.end() :] if own else alert.signature),
        severity=severity,
        stopped=alert.action == "blocked",
    )


def _meaning(eve: _Eve, alert: _Alert) -> str:
    category = (alert.category or "").lower()
    if any(part in category for part in _SCANS) or " SCAN " in alert.signature:
        return "scan"
    if any(part in category for part in _NOISE):
        return "odd_traffic"
    if "EICAR" in alert.signature.upper() or "malware file" in category:
        return "malware"
    if is_inside(eve.src_ip) and not is_inside(eve.dest_ip):
        return "callout"
    return "attack"


def _addresses(eve: _Eve, dhcp: _Dhcp, hearing: Hearing) -> list[Signal]:
    """A server offers or gives an address; whoever is given one is there."""
    if dhcp.type != "reply" or dhcp.dhcp_type not in ("offer", "ack"):
        return []
    at, device = moment(eve.timestamp, hearing), dhcp.client_mac.lower()
    found = [Signal("address_offer", at, word(eve.src_ip), name=_network(eve), severity="low")]
    if hearing.is_guests(_network(eve)):
        return found
    if dhcp.dhcp_type == "ack" and _DEVICE.fullmatch(device):
        # A device that has its address already (DHCPINFORM) is given none.
        given = word(dhcp.assigned_ip if dhcp.assigned_ip.strip("0.") else dhcp.client_ip)
        name = word(dhcp.hostname)
        found.append(Signal("presence", at, device, given, name, "low"))
    return found


def _network(eve: _Eve) -> str:
    """Return the interface a line came from, as Linux calls it: "eth1", or "eth1.20" of a VLAN.

    A gateway has an address of its own in each network, and gives out addresses from each.
    """
    tags = eve.vlan if isinstance(eve.vlan, list) else []
    return word(".".join(map(str, [eve.in_iface, *tags])))


def _call(eve: _Eve, hearing: Hearing) -> Iterable[Signal]:
    if eve.proto not in _CALLS or not is_inside(eve.src_ip) or is_inside(eve.dest_ip):
        return ()
    begun = moment(eve.flow.start if eve.flow and eve.flow.start else eve.timestamp, hearing)
    target = word(f"{eve.dest_ip}:{eve.dest_port}")
    return (Signal("contact", begun, word(eve.src_ip), target, severity="low"),)


def _named(eve: _Eve) -> list[str]:
    """Return the addresses that somebody found by a name, or whose server was called by one."""
    if eve.dns is not None:
        return [word(one.rdata) for one in eve.dns.answers if isinstance(one.rdata, str)]
    called = (eve.tls and eve.tls.sni) or (eve.http and eve.http.hostname)
    return [word(eve.dest_ip)] if called and called != eve.dest_ip else []


ENGINE = declare(
    Engine(
        id="suricata",
        title="Suricata",
        guards="network",
        usual=("/var/log/suricata/eve.json",),
        signals_of=signals_of,
        kinds=(
            "scan",
            "odd_traffic",
            "malware",
            "callout",
            "attack",
            "guess",
            "address_offer",
            "presence",
            "contact",
            "named",
        ),
        proof="engine",
        whole_network=True,
        beats=True,
    )
)
