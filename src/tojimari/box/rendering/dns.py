"""unbound: the resolver of the networks behind the box, with lists of harmful names (RPZ)."""

from collections.abc import Iterable, Iterator

from tojimari.box.rendering.file import (
    CANARY,
    PROBE_IPV4,
    PROBE_IPV6,
    Places,
    RenderedFile,
    heading,
)
from tojimari.box.settings import Dns, Settings

CONFIG = "/etc/unbound/unbound.conf.d/tojimari-box.conf"
ZONES = "/etc/unbound/tojimari-box"
KEPT = "/var/lib/unbound"
"""Where unbound itself may write (Debian's AppArmor profile): its log, and lists fetched by https."""
LOG = f"{KEPT}/tojimari-box.log"
"""What ``tojimari watch add unbound`` hears: blocked names, with who asked."""
_ROTATED = "/etc/logrotate.d/tojimari-box"
PASS, NOTHING = "rpz-passthru.", "."
"""Actions of a response policy zone: answer as ever, and "no such name" (Internet draft
draft-vixie-dnsop-dns-rpz, sections 3.1 and 3.3)."""


def dns_files(settings: Settings, places: Places) -> Iterator[RenderedFile]:
    """Return unbound's configuration and the zones of the names in the settings."""
    dns = settings.dns
    if dns is None:
        return
    yield RenderedFile(f"{ZONES}/allow.rpz", _zone(dns.allow, PASS), "dns")
    yield RenderedFile(f"{ZONES}/own.rpz", _zone(dns.block, NOTHING) + _canary(), "dns")
    yield RenderedFile(CONFIG, _config(settings, dns, places), "dns")
    rotated = f"{LOG} {{\n  daily\n  rotate 7\n  maxsize 20M\n  missingok\n  notifempty\n  copytruncate\n  su unbound unbound\n}}\n"
    yield RenderedFile(_ROTATED, heading() + rotated, "dns")


def _zone(names: Iterable[str], action: str) -> str:
    rows = [f"{row} CNAME {action}" for name in names for row in (name, f"*.{name}")]
    # The serial stays: unbound reads the file when it starts, nobody transfers it.
    head = "$TTL 300\n@ SOA localhost. root.localhost. 1 3600 900 604800 300\n@ NS localhost.\n"
    return heading(";") + head + "".join(f"{row}\n" for row in rows)


def _canary() -> str:
    name, address = CANARY
    return f"{name} A {address}\n"


def _config(settings: Settings, dns: Dns, places: Places) -> str:
    lines = ["server:"]
    own4 = [one.own_ipv4 for one in settings.networks.values()]
    own6 = [one.own_ipv6 for one in settings.networks.values() if one.own_ipv6]
    addresses = [*(str(one.ip) for one in own4), *(str(one.ip) for one in own6)]
    lines += [f"  interface: {one}" for one in addresses]
    lines += ["  interface: 127.0.0.1", "  interface: ::1"]
    lines.append("  ip-freebind: yes")  # a port whose cable is out has its address later
    allowed = [*(one.network for one in own4), *(one.network for one in own6)]
    probe = (f"{PROBE_IPV4[0]}/{PROBE_IPV4[2]}", f"{PROBE_IPV6[0]}/{PROBE_IPV6[2]}")
    lines += [
        f"  access-control: {one} allow" for one in (*allowed, "127.0.0.0/8", "::1/128", *probe)
    ]
    lines += [
        '  module-config: "respip validator iterator"',
        "  hide-identity: yes",
        "  hide-version: yes",
        "  qname-minimisation: yes",
        f'  logfile: "{places.of(LOG)}"',
        # A name from outside that leads to an address inside is an attack on what is inside.
        *(
            f"  private-address: {one}"
            for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
        ),
    ]
    if dns.forward_to:
        lines += [
            "forward-zone:",
            '  name: "."',
            *(f"  forward-addr: {one}" for one in dns.forward_to),
        ]
    # The first zone that knows a name decides: what is allowed stands before every list.
    for name, file in (("allow", f"{ZONES}/allow.rpz"), ("own", f"{ZONES}/own.rpz")):
        lines += _rpz(name, places.of(file), None)
    for one in dns.lists:
        kept = places.of(f"{KEPT}/tojimari-{one.name}.rpz")
        lines += _rpz(one.name, one.file or kept, one.url)
    return heading() + "\n".join(lines) + "\n"


def _rpz(name: str, file: str, url: str | None) -> list[str]:
    lines = ["rpz:", f"  name: {name}.tojimari-box", f'  zonefile: "{file}"']
    if url is not None:
        lines.append(f'  url: "{url}"')
    if name != "allow":
        lines += ["  rpz-log: yes", f'  rpz-log-name: "{name}"']
    return lines
