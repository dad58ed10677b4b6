"""Addresses of the ports for systemd-networkd, VLANs, and forwarding in the kernel."""

import ipaddress
from collections.abc import Iterator

from tojimari.box.rendering.file import RenderedFile, heading
from tojimari.box.settings import Network, Outer, Settings

_FOLDER = "/etc/systemd/network"
FORWARDING = "/etc/sysctl.d/60-tojimari-box.conf"


def ports_files(settings: Settings) -> Iterator[RenderedFile]:
    """Return the files that give the ports their addresses and let the kernel forward."""
    yield RenderedFile(FORWARDING, _forwarding(settings.outer), "ports")
    if settings.ports_by != "box":
        return
    yield _network("outer", settings.outer.port, _outer(settings.outer))
    by_port: dict[str, list[Network]] = {}
    for network in settings.networks.values():
        by_port.setdefault(network.port, []).append(network)
    for port, networks in by_port.items():
        plain = [one for one in networks if one.vlan is None]
        tagged = [one for one in networks if one.vlan is not None]
        lines = _inner(plain[0]) if plain else ["LinkLocalAddressing=no", "IPv6AcceptRA=no"]
        yield _network(port, port, [*lines, *(f"VLAN={one.interface}" for one in tagged)])
        for one in tagged:
            made = (
                f"{heading()}[NetDev]\nName={one.interface}\nKind=vlan\n\n[VLAN]\nId={one.vlan}\n"
            )
            yield RenderedFile(f"{_FOLDER}/30-tojimari-{one.interface}.netdev", made, "ports")
            yield _network(one.interface, one.interface, _inner(one))
    if settings.dns is not None:
        yield RenderedFile("/etc/resolv.conf", f"{heading()}nameserver 127.0.0.1\n", "ports")


def _network(name: str, interface: str, lines: list[str]) -> RenderedFile:
    body = "\n".join(lines)
    text = f"{heading()}[Match]\nName={interface}\n\n[Network]\n{body}\n"
    return RenderedFile(f"{_FOLDER}/30-tojimari-{name}.network", text, "ports")


def _outer(outer: Outer) -> list[str]:
    own = (
        ["DHCP=ipv4"]
        if outer.ipv4 == "dhcp"
        # systemd-networkd takes no netmask: the prefix length is written, however it was given.
        else [f"Address={ipaddress.IPv4Interface(outer.ipv4)}", f"Gateway={outer.gateway}"]
    )
    ra = "yes" if outer.ipv6 else "no"
    link = "ipv6" if outer.ipv6 else "no"
    return [*own, f"IPv6AcceptRA={ra}", f"LinkLocalAddressing={link}"]


def _inner(network: Network) -> list[str]:
    # An address that waits for a cable would leave the engines nothing to listen on.
    lines = ["ConfigureWithoutCarrier=yes", f"Address={network.own_ipv4}", "IPv6AcceptRA=no"]
    if network.ipv6:
        lines.append(f"Address={network.own_ipv6}")
    lines.append(f"LinkLocalAddressing={'ipv6' if network.ipv6 else 'no'}")
    return lines


def _forwarding(outer: Outer) -> str:
    rows = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
    if outer.ipv6:
        # With forwarding on, the kernel takes the provider's announcements only when told twice.
        rows.append(f"net.ipv6.conf.{outer.port}.accept_ra=2")
    return heading() + "\n".join(rows) + "\n"
