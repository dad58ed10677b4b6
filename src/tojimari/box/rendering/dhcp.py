"""dnsmasq: addresses for the devices behind the box, and nothing of its other tasks."""

from collections.abc import Iterator

from tojimari.box.rendering.file import RenderedFile, heading
from tojimari.box.settings import Dhcp, Network, Settings

CONFIG = "/etc/dnsmasq.d/tojimari-box.conf"


def dhcp_files(settings: Settings) -> Iterator[RenderedFile]:
    """Return dnsmasq's configuration."""
    if settings.dhcp is None:
        return
    lines = ["port=0", "bind-dynamic", "dhcp-authoritative", "no-ping", "except-interface=lo"]
    six = False
    for name, network in settings.networks.items():
        lines += _network(name, network, settings, settings.dhcp)
        six = six or network.ipv6 is not None
    if six:
        lines.append("enable-ra")
    yield RenderedFile(CONFIG, heading() + "\n".join(lines) + "\n", "dhcp")


def _network(name: str, network: Network, settings: Settings, dhcp: Dhcp) -> list[str]:
    own, own6 = network.own_ipv4, network.own_ipv6
    lines = [f"interface={network.interface}"]
    servers = dhcp.name_servers or (str(own.ip),)
    if network.dhcp_from is not None or network.fixed:
        # Without a range dnsmasq gives nothing, not even to devices with an address of their own.
        given = (
            f"{network.dhcp_from},{network.dhcp_to}"
            if network.dhcp_from is not None
            else f"{own.network.network_address},static"
        )
        span = f"{given},{own.network.netmask},{dhcp.lease_hours}h"
        lines += [
            f"dhcp-range=set:{name},{span}",
            f"dhcp-option=tag:{name},option:router,{own.ip}",
            f"dhcp-option=tag:{name},option:dns-server,{','.join(servers)}",
        ]
        if settings.time is not None:
            lines.append(f"dhcp-option=tag:{name},option:ntp-server,{own.ip}")
    if own6 is not None:
        lines.append(f"dhcp-range=set:{name}-six,{own6.network.network_address},ra-stateless,64,1h")
        if settings.dns is not None:
            lines.append(f"dhcp-option=tag:{name}-six,option6:dns-server,[{own6.ip}]")
    lines += [f"dhcp-host={one.mac},{one.ipv4},{one.name}" for one in network.fixed]
    return lines
