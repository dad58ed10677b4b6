"""Which IP addresses may be connected to: public ones, and never those of a cloud's metadata."""

import ipaddress

# Where clouds tell a machine its own secrets. Nobody's test server, so refused in a lab as well.
# 169.254.0.0/16 by RFC 3927; the others are Azure, Oracle, Alibaba and Amazon over IPv6.
_METADATA = tuple(
    ipaddress.ip_network(net)
    for net in (
        "169.254.0.0/16",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "100.100.100.200/32",
        "fd00:ec2::254/128",
    )
)
# Special by RFC 6890 and RFC 7526, but "global" to the ipaddress module of some Python versions.
_SPECIAL = tuple(
    ipaddress.ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23")
)
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is given out to anybody so far (RFC 4291)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


def is_public_address(address: str) -> bool:
    """Say whether an IP address is a public one, also one that is wrapped in an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if is_metadata_address(address):
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False  # means something on this machine only
        if ip in _NAT64:
            return is_public_address(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour is not None and not is_public_address(str(ip.sixtofour)):
            return False
        if ip not in _UNICAST:
            return False
        if int(ip) >> 32 & 0xFDFFFFFF == 0x5EFE:  # ISATAP (RFC 5214) ends in an IPv4 address
            return False
    if any(ip in net for net in _SPECIAL if net.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast


def is_metadata_address(address: str) -> bool:
    """Say whether an IP address is where a cloud keeps a machine's own secrets."""
    ip = ipaddress.ip_address(address)
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    bare = inner or ipaddress.ip_address(address.partition("%")[0])
    return any(bare in net for net in _METADATA if net.version == bare.version)
