"""What is well formed in a box's settings and cannot be meant: every mistake, with its place."""

import contextlib
import ipaddress
from collections.abc import Iterator

from tojimari.box.settings import Dhcp, Dns, Intrusion, Network, Settings
from tojimari.catalog.conversion import Mistake
from tojimari.model import Text

_LONGEST_INTERFACE = 15
"""Letters of a network interface's name (IFNAMSIZ of linux/if.h without the closing zero)."""
_LISTS = ("/etc/unbound/", "/var/lib/unbound/")
"""Where Debian's AppArmor profile lets unbound read lists."""


def _said(key: str, ja: str, en: str) -> Mistake:
    return Mistake(key, Text(ja=ja, en=en))


def contradictions(settings: Settings) -> Iterator[Mistake]:
    """Return what is well formed and cannot be meant."""
    yield from _of_outer(settings)
    usable = {}
    for name, network in settings.networks.items():
        found = list(_of_network(name, network))
        yield from found
        if not found:
            usable[name] = network
    yield from _between(settings, usable)
    yield from _of_dns(settings.dns)
    if settings.dhcp is not None:
        yield from _of_dhcp(settings.dhcp, asked_here=settings.dns is not None)
    if settings.intrusion is not None:
        yield from _of_intrusion(settings.intrusion)
    if not settings.line.names:
        yield _said("line.names", "名前を一つ以上書いてください", "name at least one")
    if settings.downloads is not None and settings.firewall is None:
        yield _said(
            "downloads",
            "firewall がないと、通信がここを通りません",
            "without firewall nothing is led through it",
        )
    if (
        settings.intrusion is not None
        and settings.intrusion.mode == "stop"
        and not settings.firewall
    ):
        yield _said(
            "intrusion.mode",
            "stop には firewall が要ります",
            "stop needs firewall",
        )


def _of_outer(settings: Settings) -> Iterator[Mistake]:
    outer = settings.outer
    if outer.ipv4 == "dhcp":
        if outer.gateway is not None:
            yield _said(
                "outer.gateway", "dhcp では書きません", "belongs to an address of your own only"
            )
        return
    try:
        own = ipaddress.IPv4Interface(outer.ipv4)
    except ValueError:
        yield _said(
            "outer.ipv4",
            "dhcp か 198.51.100.5/24 のような番地ではありません",
            "is neither dhcp nor an address such as 198.51.100.5/24",
        )
        return
    try:
        near = ipaddress.IPv4Address(outer.gateway or "")
    except ValueError:
        yield _said(
            "outer.gateway", "通信会社側の番地を書いてください", "give the provider's address"
        )
        return
    if near not in own.network or near == own.ip:
        yield _said(
            "outer.gateway", "outer.ipv4 と同じ網ではありません", "is not in outer.ipv4's network"
        )


def _of_network(name: str, network: Network) -> Iterator[Mistake]:
    if len(network.interface) > _LONGEST_INTERFACE:
        yield _said(f"{name}.vlan", "名前が15文字を超えます", "makes a name of over 15 letters")
    try:
        own = ipaddress.IPv4Interface(network.ipv4)
    except ValueError:
        own = None
    if own is None or not 8 <= own.network.prefixlen <= 30 or not _is_host(own, own.ip):
        yield _said(
            f"{name}.ipv4",
            "192.168.10.1/24 のような箱の番地ではありません",
            "is no address of the box such as 192.168.10.1/24",
        )
        return
    if network.ipv6 is not None:
        try:
            own6 = ipaddress.IPv6Interface(network.ipv6)
        except ValueError:
            own6 = None
        if (
            own6 is None
            or own6.scope_id is not None  # "%" and anything after it, new lines too
            or own6.network.prefixlen != 64
            or own6.ip == own6.network.network_address
        ):
            yield _said(
                f"{name}.ipv6",
                "fd12:3456:789a:10::1/64 のような箱の番地ではありません",
                "is no address of the box such as fd12:3456:789a:10::1/64",
            )
    yield from _of_leases(name, network, own)


def _is_host(own: ipaddress.IPv4Interface, address: ipaddress.IPv4Address) -> bool:
    ends = (own.network.network_address, own.network.broadcast_address)
    return address in own.network and address not in ends


def _of_leases(name: str, network: Network, own: ipaddress.IPv4Interface) -> Iterator[Mistake]:
    given = (network.dhcp_from, network.dhcp_to)
    if given != (None, None):
        try:
            first, last = (ipaddress.IPv4Address(one or "") for one in given)
        except ValueError:
            first = last = ipaddress.IPv4Address(0)
        fits = _is_host(own, first) and _is_host(own, last) and first <= last
        if not fits or first <= own.ip <= last:
            yield _said(
                f"{name}.dhcp_from",
                f"dhcp_from から dhcp_to は、{own.network} の中で箱の番地を含まない範囲にします",
                f"dhcp_from to dhcp_to must lie within {own.network}, without the box's own address",
            )
    taken: set[object] = {own.ip}
    for n, one in enumerate(network.fixed):
        try:
            address = ipaddress.IPv4Address(one.ipv4)
        except ValueError:
            address = ipaddress.IPv4Address(0)
        if not _is_host(own, address) or address in taken or one.mac in taken:
            yield _said(
                f"{name}.fixed[{n}]",
                f"{own.network} の空いた番地と、まだ出ていない機器の番号を書いてください",
                f"give a free address of {own.network} and a hardware address not named before",
            )
        taken |= {address, one.mac}


def _between(settings: Settings, usable: dict[str, Network]) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for name, network in settings.networks.items():
        if network.port == settings.outer.port:
            yield _said(
                f"{name}.port",
                "外側の口 (outer.port) と同じです",
                "is the outer port (outer.port) too",
            )
        elif network.interface in seen:
            yield _said(
                f"{name}.port",
                f"{seen[network.interface]} と同じ口です。vlan で分けるか、別の口にします",
                f"is the port of {seen[network.interface]}: set vlan, or use another port",
            )
        seen.setdefault(network.interface, name)
    known: list[tuple[str, ipaddress.IPv4Network | ipaddress.IPv6Network]] = []
    if settings.outer.ipv4 != "dhcp":
        with contextlib.suppress(ValueError):  # said already
            known.append(("outer", ipaddress.IPv4Interface(settings.outer.ipv4).network))
    for name, network in usable.items():
        own6 = network.own_ipv6
        for mine in (network.own_ipv4.network, own6.network if own6 else None):
            if mine is None:
                continue
            for other, theirs in known:
                if mine.version == theirs.version and mine.overlaps(theirs):
                    yield _said(
                        name, f"{other} と網が重なります ({mine})", f"overlaps {other} ({mine})"
                    )
            known.append((name, mine))


def _of_dns(dns: Dns | None) -> Iterator[Mistake]:
    if dns is None:
        return
    names: set[str] = {"own", "allow"}
    for n, one in enumerate(dns.lists):
        if (one.file is None) == (one.url is None):
            yield _said(
                f"dns.lists[{n}]", "file か url の一方を書きます", "give either file or url"
            )
        if one.file is not None and (not one.file.startswith(_LISTS) or "/.." in one.file):
            yield _said(
                f"dns.lists[{n}].file",
                f"unboundが読めるのは {' か '.join(_LISTS)} の下だけです",
                f"must lie below {' or '.join(_LISTS)}: unbound may read nothing else",
            )
        if one.name in names:
            yield _said(f"dns.lists[{n}].name", "もう使われています", "is taken")
        names.add(one.name)
    for n, name in enumerate(dns.block):
        if name in dns.allow:
            yield _said(f"dns.block[{n}]", "allow にもあります", "stands under allow too")
    for n, address in enumerate(dns.forward_to):
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            found = None
        # After "%" the library takes anything, new lines too.
        if found is None or getattr(found, "scope_id", None) is not None:
            yield _said(f"dns.forward_to[{n}]", "番地ではありません", "is no address")


def _of_dhcp(dhcp: Dhcp, *, asked_here: bool) -> Iterator[Mistake]:
    if asked_here == bool(dhcp.name_servers):
        yield _said(
            "dhcp.name_servers",
            "dns がないときだけ書きます (必ず)",
            "is given where dns is left out, and only there",
        )
    for n, address in enumerate(dhcp.name_servers):
        try:
            ipaddress.IPv4Address(address)
        except ValueError:
            yield _said(f"dhcp.name_servers[{n}]", "番地ではありません", "is no IPv4 address")


def _of_intrusion(intrusion: Intrusion) -> Iterator[Mistake]:
    if not intrusion.rules:
        yield _said("intrusion.rules", "規則のファイルを書いてください", "name a file of rules")
    if (intrusion.mode == "stop") != (intrusion.when_dead is not None):
        yield _said(
            "intrusion.when_dead",
            "mode: stop のときだけ書きます (必ず): let_through か stop_everything",
            "is given with mode: stop, and only then: let_through or stop_everything",
        )
