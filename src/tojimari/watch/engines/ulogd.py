"""ulogd2: what nftables logged, as JSON; packets that nobody asked for and that were dropped."""

from collections.abc import Iterable

import msgspec

from tojimari.watch.engine import Engine, Hearing, counted, declare, moment, record_of, word
from tojimari.watch.signal import Signal, is_inside


class _Packet(
    msgspec.Struct,
    rename={"prefix": "oob.prefix", "seconds": "oob.time.sec", "protocol": "ip.protocol"},
):
    timestamp: str = ""
    prefix: str = ""
    seconds: int | None = None
    src_ip: str = ""
    dest_ip: str = ""
    dest_port: int | None = None
    protocol: int | None = None


_decoder = msgspec.json.Decoder(_Packet)
_PROTOCOLS = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmp"}
KNOCK = "tojimari-knock"
"""Prefix of the rule that drops and logs what comes to the sensor's address unasked."""


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """A knock from outside; from inside it is odd traffic. Rules without our prefix are not ours."""
    packet = record_of(_decoder, line)
    if not packet.prefix.startswith(KNOCK) or not packet.src_ip:
        return ()
    kind = _PROTOCOLS.get(packet.protocol or 0, "ip")
    at = (
        moment(packet.timestamp, hearing)
        if packet.seconds is None
        else counted(packet.seconds, hearing)
    )
    return (
        Signal(
            kind="odd_traffic" if is_inside(packet.src_ip) else "knock",
            at=at,
            source=word(packet.src_ip),
            target=f"{packet.dest_port or 0}/{kind}",
            name=word(packet.dest_ip),
            severity="low",
            stopped=True,
        ),
    )


ENGINE = declare(
    Engine(
        id="ulogd",
        title="ulogd2",
        guards="network",
        usual=("/var/log/ulog/ulogd.json", "/var/log/ulogd.json"),
        signals_of=signals_of,
        kinds=("knock", "odd_traffic"),
        proof="engine",
        whole_network=True,
    )
)
