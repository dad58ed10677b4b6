"""The packet filter of an isolated device: a table of its own, which the kernel itself lets end.

Every rule asks a set whose members have a time-out (nft(8), "set", flag ``timeout``). When it is
over the set is empty and the table does nothing any more, whoever is or is not running then.
"""

import ipaddress
from collections.abc import Iterable
from pathlib import Path

from tojimari.agent.isolation import Isolation

TABLE = "tojimari_isolation"
_RESOLVER_FILES = (
    "etc/resolv.conf",
    # Who really answers behind the stub that resolv.conf names.
    "run/systemd/resolve/resolv.conf",
    "run/NetworkManager/no-stub-resolv.conf",
)
_RESOLVERS_AT_MOST = 16
_OWN_RESOLVERS = ("unbound",)
"""Users under whom a resolver runs that asks from the roots on (Debian's package makes it; so does
`tojimari box setup`)."""
_NEAR = "255.255.255.255, 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16"
"""Where a DHCP server can be: nobody far away is reached by its port."""


def resolvers(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the addresses of the name servers this device is set to, without its own."""
    found: dict[str, None] = {}
    for name in _RESOLVER_FILES:
        try:
            lines = (root / name).read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        for line in lines:
            words = line.split()
            if len(words) >= 2 and words[0] == "nameserver" and (address := plain(words[1])):
                found[address] = None
    return tuple(found)[:_RESOLVERS_AT_MOST]


def asking_users(root: Path = Path("/")) -> tuple[int, ...]:
    """Return whom a resolver of this device's own asks the name servers of the world as.

    Such a device, a gateway box above all, is set to no other's: what answers its names has to ask
    whom it likes, or the portal's name is lost and with it the way back from afar.
    """
    try:
        lines = (root / "etc/passwd").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    rows = [line.split(":") for line in lines]
    return tuple(
        int(row[2])
        for row in rows
        if len(row) > 3 and row[0] in _OWN_RESOLVERS and row[2].isdecimal()
    )


def plain(text: str) -> str:
    """Return an address in one spelling, without its interface; "" for none, and for one's own."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return "" if address.is_loopback or address.is_unspecified else str(address)


def _set(name: str, addresses: Iterable[str], version: int) -> str:
    own = [one for one in addresses if ipaddress.ip_address(one).version == version]
    elements = f" elements = {{ {', '.join(own)} }};" if own else ""
    return f"  set {name}{version} {{ type ipv{version}_addr;{elements} }}\n"


_TEXT = """\
table inet {table}
delete table inet {table}
table inet {table} {{
  set on {{
    typeof meta nfproto; flags timeout;
    elements = {{ ipv4 timeout {seconds}s, ipv6 timeout {seconds}s }};
  }}
{sets}
  chain leaving {{
    oifname "lo" accept
    ip daddr @portal4 tcp dport {port} accept
    ip6 daddr @portal6 tcp dport {port} accept
    ip daddr @dns4 meta l4proto {{ tcp, udp }} th dport 53 accept
    ip6 daddr @dns6 meta l4proto {{ tcp, udp }} th dport 53 accept
{asks}    udp sport 68 udp dport 67 ip daddr {{ {near} }} accept
    udp sport 546 udp dport 547 ip6 daddr {{ ff02::1:2, fe80::/10 }} accept
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit }} accept
    icmpv6 type {{ mld-listener-report, mld-listener-done, mld2-listener-report }} accept
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }}
  chain arriving {{
    iifname "lo" accept
    ip saddr @portal4 tcp sport {port} ct state established accept
    ip6 saddr @portal6 tcp sport {port} ct state established accept
    ip saddr @dns4 meta l4proto {{ tcp, udp }} th sport 53 ct state established accept
    ip6 saddr @dns6 meta l4proto {{ tcp, udp }} th sport 53 ct state established accept
{answers}    udp sport 67 udp dport 68 accept
    udp sport 547 udp dport 546 accept
    icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }} ip6 hoplimit 255 accept
    icmpv6 type mld-listener-query accept
    icmpv6 type packet-too-big ct state related accept
    icmp type destination-unreachable ct state related accept
    drop
  }}
  chain output {{
    type filter hook output priority 10; policy accept;
    meta nfproto @on jump leaving
  }}
  chain input {{
    type filter hook input priority -10; policy accept;
    meta nfproto @on jump arriving
  }}
  chain through {{
    type filter hook forward priority -10; policy accept;
    meta nfproto @on drop
  }}
}}
"""


def rules(isolation: Isolation, *, seconds: int, asking: Iterable[int] = ()) -> str:
    """Return what ``nft -f`` takes, in one step: the table anew, for so many more seconds.

    asking: users who may ask any name server (see `asking_users`).

    Allowed: the device itself, DHCP, its name servers, its portal, and what IPv6 needs to find its
    neighbours (RFC 4861, RFC 4890 4.3.1). Replies come in only to what went out, so nothing can be
    opened from outside. What was open before is reset, so that programs notice at once.
    """
    sets = "".join(
        _set(name, addresses, version)
        for name, addresses in (("portal", isolation.portal), ("dns", isolation.resolvers))
        for version in (4, 6)
    )
    users, port53 = ", ".join(map(str, asking)), "meta l4proto { tcp, udp } th"
    asks = f"    meta skuid {{ {users} }} {port53} dport 53 accept\n" if users else ""
    answers = f"    {port53} sport 53 ct state established accept\n" if users else ""
    return _TEXT.format(
        asks=asks,
        answers=answers,
        table=TABLE,
        seconds=seconds,
        sets=sets,
        port=isolation.port,
        near=_NEAR,
    )
