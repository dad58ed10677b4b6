"""The packet filter: rules for nftables, in a table of the box's own."""

from collections.abc import Iterable, Iterator

from tojimari.box.rendering.file import (
    INTERCEPTED,
    KNOCK_GROUP,
    PROBE_INTERFACE,
    PROBE_IPV4,
    PROBE_IPV6,
    QUEUE,
    RenderedFile,
    heading,
)
from tojimari.box.settings import Firewall, Network, Settings

RULES = "/etc/nftables.conf"
TABLE = "tojimari_box"
_PRIVATE = "{ 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 }"
_PRIVATE6 = "{ fc00::/7, fe80::/10 }"
_NEIGHBOURS = (
    "{ nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, "
    "mld-listener-query, mld-listener-report, mld2-listener-report }"
)


def firewall_files(settings: Settings) -> Iterator[RenderedFile]:
    """Return the rules, and what keeps the rules when their service is stopped."""
    if settings.firewall is None:
        return
    yield RenderedFile(RULES, _ruleset(settings, settings.firewall), "firewall", 0o755)
    # Debian's unit empties all rules when it is stopped: the box would go on forwarding, unfiltered.
    keeps = f"{heading()}[Service]\nExecStop=\n"
    yield RenderedFile(
        "/etc/systemd/system/nftables.service.d/tojimari-box.conf", keeps, "firewall"
    )


def _quoted(names: Iterable[str]) -> str:
    return "{ " + ", ".join(f'"{name}"' for name in names) + " }"


def _chain(name: str, head: str, lines: Iterable[str]) -> str:
    body = "\n".join(f"    {line}" for line in [*([head] if head else []), *lines])
    return f"  chain {name} {{\n{body}\n  }}\n"


def _ruleset(settings: Settings, firewall: Firewall) -> str:
    chains = [
        _chain("from_inside", "", _from_inside(settings, firewall)),
        _chain(
            "input",
            "type filter hook input priority filter; policy drop;",
            _input(settings, firewall),
        ),
        _chain(
            "forward", "type filter hook forward priority filter; policy drop;", _forward(settings)
        ),
        _chain(
            "redirected",
            "type nat hook prerouting priority dstnat; policy accept;",
            _redirected(settings),
        ),
        _chain(
            "translated",
            "type nat hook postrouting priority srcnat; policy accept;",
            _translated(settings),
        ),
    ]
    if settings.intrusion is not None and settings.intrusion.mode == "stop":
        bypass = "flags bypass " if settings.intrusion.when_dead == "let_through" else ""
        lines = [f"{way} $OUTER queue {bypass}to {QUEUE}" for way in ("iifname", "oifname")]
        head = "type filter hook forward priority filter + 10; policy accept;"
        chains.append(_chain("inspected", head, lines))
        chains += _heard(settings.office)
    inside = [one.interface for one in settings.networks.values()]
    return (
        f"#!/usr/sbin/nft -f\n{heading()}"
        f'define OUTER = "{settings.outer.port}"\n'
        f"define OFFICE = {_quoted([settings.office.interface, PROBE_INTERFACE])}\n"
        f"define INSIDE = {_quoted([*inside, PROBE_INTERFACE])}\n\n"
        # Made where missing, then deleted: both and the new one are one change for the kernel.
        f"table inet {TABLE}\ndelete table inet {TABLE}\n"
        f"table inet {TABLE} {{\n{''.join(chains)}}}\n"
    )


def _heard(office: Network) -> list[str]:
    """Return the chains that let Suricata hear who is given an address, where traffic goes through it.

    It takes nothing from ports then, and who is given an address asks the box itself or everybody.
    Always with "bypass": addresses are given out whatever becomes of Suricata. The office only: what
    comes by the queue does not say from which network it is.
    """
    port, mark = office.interface, f"queue flags bypass to {QUEUE}"
    ways = {
        "input": f'iifname "{port}" udp dport {{ 67, 68 }} {mark}',
        "output": f'oifname "{port}" udp sport 67 {mark}',
    }
    return [
        _chain(
            f"heard_{way}", f"type filter hook {way} priority filter - 10; policy accept;", [line]
        )
        for way, line in ways.items()
    ]


def _from_inside(settings: Settings, firewall: Firewall) -> list[str]:
    """Return what devices behind the box may ask of the box itself."""
    lines = ["icmp type echo-request accept", "icmpv6 type echo-request accept"]
    if settings.dns is not None:
        lines += ["udp dport 53 accept", "tcp dport 53 accept"]
    if settings.dhcp is not None:
        lines += ["udp dport { 67, 547 } accept"]
    if settings.time is not None:
        lines += ["udp dport 123 accept"]
    if settings.page:
        lines.append("iifname $OFFICE tcp dport 80 accept")
    if settings.downloads is not None:
        # Only what was led there: a program that asks for the port itself gets nothing.
        lines.append(f"iifname $OFFICE ct status dnat tcp dport {INTERCEPTED} accept")
    if firewall.ssh_from_office:
        lines.append("iifname $OFFICE tcp dport 22 accept")
    return [*lines, "reject with icmpx admin-prohibited"]


def _input(settings: Settings, firewall: Firewall) -> list[str]:
    lines = [
        'iifname "lo" accept',
        "ct state established,related accept",
        "ct state invalid drop",
        f"icmpv6 type {_NEIGHBOURS} accept",
        "iifname $INSIDE jump from_inside",
    ]
    if settings.outer.ipv6:
        lines.append("iifname $OUTER ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept")
    if firewall.knocks:
        lines.append(
            "iifname $OUTER ct state new limit rate 500/second "
            f'log prefix "tojimari-knock " group {KNOCK_GROUP}'
        )
    return [*lines, "iifname $OUTER counter drop"]


def _own_sources(network: Network) -> list[str]:
    """Return the rules that stop what a device sends under an address of another network."""
    name, own6 = network.interface, network.own_ipv6
    return [
        f'iifname "{name}" ip saddr != {network.own_ipv4.network} drop',
        f'iifname "{name}" ip6 saddr != {own6.network} drop'
        if own6
        else f'iifname "{name}" meta nfproto ipv6 drop',
    ]


def _forward(settings: Settings) -> list[str]:
    lines = [line for one in settings.networks.values() for line in _own_sources(one)]
    lines += [
        "ct state established,related accept",
        "ct state invalid drop",
        "oifname $OUTER tcp flags syn tcp option maxseg size set rt mtu",
    ]
    if settings.dns is not None and settings.dns.only_here:
        lines.append("iifname $INSIDE meta l4proto { tcp, udp } th dport 853 reject")
    for name, network in settings.networks.items():
        if name == "office":
            continue
        # What lies between the box and the provider is somebody's inside too: a router, a storage.
        lines += [
            f'iifname "{network.interface}" ip daddr {_PRIVATE} reject with icmpx admin-prohibited',
            f'iifname "{network.interface}" ip6 daddr {_PRIVATE6} reject with icmpx admin-prohibited',
        ]
        if network.reached_from_office:
            lines.append(f'iifname $OFFICE oifname "{network.interface}" accept')
    return [
        *lines,
        "iifname $INSIDE oifname $OUTER accept",
        "iifname $INSIDE reject with icmpx admin-prohibited",
        "counter drop",
    ]


def _redirected(settings: Settings) -> list[str]:
    lines = []
    if settings.dns is not None and settings.dns.only_here:
        asked = "meta l4proto { tcp, udp } th dport 53"
        own = {name: str(one.own_ipv4.ip) for name, one in settings.networks.items()}
        # What asks one of the box's own addresses is left as it is.
        others = f"ip daddr != {{ {', '.join(own.values())} }}"
        for name, network in settings.networks.items():
            mine = f'iifname "{network.interface}"'
            lines.append(f"{mine} {others} {asked} dnat ip to {own[name]}")
            if network.own_ipv6 is not None:
                six = network.own_ipv6.ip
                lines.append(f"{mine} ip6 daddr != {six} {asked} dnat ip6 to {six}")
    if settings.downloads is not None:
        office = settings.office.own_ipv4.ip
        lines.append(
            f"iifname $OFFICE ip daddr != {office} tcp dport 80 redirect to :{INTERCEPTED}"
        )
    return lines


def _translated(settings: Settings) -> list[str]:
    networks = [one.own_ipv4.network for one in settings.networks.values()]
    sources = ", ".join([*map(str, networks), f"{PROBE_IPV4[0]}/32", f"{PROBE_IPV4[1]}/32"])
    lines = [f"oifname $OUTER ip saddr {{ {sources} }} masquerade"]
    # Private IPv6 addresses are known to nobody outside; others go out as they are.
    six = [one.own_ipv6.network for one in settings.networks.values() if one.own_ipv6]
    private = [str(one) for one in six if one.is_private] + [f"{PROBE_IPV6[1]}/128"]
    lines.append(f"oifname $OUTER ip6 saddr {{ {', '.join(private)} }} masquerade")
    return lines
