"""Whether rules on incoming connections are really loaded in the kernel, and what they let in."""

import ipaddress
import re
import struct
from glob import escape
from typing import Literal, NamedTuple

from msgspec import structs

from tojimari.collect.device.linux import iptables, nft, wsl
from tojimari.collect.device.linux.installing import install
from tojimari.collect.device.linux.kernel import in_container
from tojimari.collect.device.linux.packet_filter import (
    LAST_PORT,
    Chain,
    Filter,
    Ip,
    Outcome,
    Packet,
    Protocol,
    Range,
    Table,
    is_inner,
    joined,
    ranges_of,
)
from tojimari.collect.host import Denied, Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceFirewall, LetIn

SEE_NFT = "sudo nft list ruleset"
SEE_IPTABLES = "sudo iptables-save"
_PROTOCOLS: tuple[Protocol, ...] = ("tcp", "udp")
_WORST: tuple[Outcome, ...] = ("accept", "queue", "reject", "drop")
_ANY_INTERFACE = "?"
_MOST_INTERFACES = 8
_MOST_RANGES = 50
_MOST_ROUTES = 2000
_MOST_TABLES = 30


class Network(NamedTuple):
    """How this machine is joined to others.

    Attributes:
        interfaces: those to other machines; empty where none is seen.
        ipv6: whether IPv6 reaches them; None where that is left to the rules.
        routes: (addresses, interface) of the networks it sends to, the narrowest first.
    """

    interfaces: tuple[str, ...] = ()
    ipv6: bool | None = None
    routes: tuple[tuple[ipaddress.IPv4Network, str], ...] = ()

    def way(self, to: str) -> str:
        """Return the interface by which an address is reached; "" where that is not known."""
        try:
            address = ipaddress.ip_address(to)
        except ValueError:
            return ""
        return next((name for network, name in self.routes if address in network), "")


def _routes(host: Host) -> tuple[tuple[ipaddress.IPv4Network, str], ...]:
    """Return the kernel's routes; it writes addresses as numbers in its own order of bytes."""
    try:
        lines = host.read("/proc/net/route").splitlines()[1:_MOST_ROUTES]
    except Unavailable:
        return ()
    found = []
    for line in lines:
        words = line.split()
        try:
            numbers = [struct.pack("=L", int(words[at], 16)) for at in (1, 7)]
            to, mask = (ipaddress.IPv4Address(number) for number in numbers)
            found.append((ipaddress.IPv4Network(f"{to}/{mask}"), words[0]))
        except (IndexError, ValueError, struct.error):
            continue
    return tuple(sorted(found, key=lambda one: -one[0].prefixlen))


def _leads_out(host: Host, name: str) -> bool:
    """Return whether strangers may come by an interface: a bridge leads where its ports lead."""
    if is_inner(name):
        return False
    if not host.glob(f"/sys/class/net/{escape(name)}/bridge"):
        return True
    ports = host.glob(f"/sys/class/net/{escape(name)}/brif/*")
    return any(not is_inner(port.rsplit("/", 1)[-1]) for port in ports)


def read_network(host: Host) -> Network:
    """Return the interfaces to other machines, and whether IPv6 is in use on one of them."""
    try:
        lines = host.read("/proc/net/dev").splitlines()
    except Unavailable:
        lines = []
    names = [line.partition(":")[0].strip() for line in lines if ":" in line]
    outer = tuple(name for name in names if name and _leads_out(host, name))[:_MOST_INTERFACES]
    try:
        off = host.read("/proc/sys/net/ipv6/conf/all/disable_ipv6").strip() == "1"
    except Unavailable:
        off = False
    routes = _routes(host)
    if off or not outer:
        return Network(outer, False if off else None, routes)
    try:
        addresses = host.read("/proc/net/if_inet6").splitlines()
    except Unavailable:
        return Network(outer, ipv6=False, routes=routes)
    reached = any(line.split()[-1:] == [name] for line in addresses for name in outer)
    return Network(outer, reached, routes)


def _interfaces(found: Filter, network: Network) -> tuple[str, ...]:
    """Return by which interfaces strangers come: those there are, else those that rules name."""
    named = [name for name in found.named_interfaces() if not is_inner(name)]
    return network.interfaces or tuple(named[:_MOST_INTERFACES]) or (_ANY_INTERFACE,)


class _Judged(NamedTuple):
    """What becomes of strangers with one version of IP and one protocol."""

    default: Outcome
    let_in: list[Range]
    stopped: bool


def _judge(found: Filter, ip: Ip, protocol: Protocol, interfaces: tuple[str, ...]) -> _Judged:
    """Return what happens to ports no rule names, and which are let in beside that."""
    named = found.named_ports()
    outcomes: dict[Range, Outcome] = {}
    stopped = False
    for one in ranges_of(named):
        said = [
            found.inbound(Packet(ip, protocol, interface, one.first, one.first))
            for interface in interfaces
        ]
        stopped = stopped or any(outcome in ("drop", "reject") for outcome in said)
        outcomes[one] = min(said, key=_WORST.index)
    unnamed = [
        outcome
        for one, outcome in outcomes.items()
        if not any(first <= one.first <= last for first, last in named)
    ]
    default = min(unnamed or list(outcomes.values()), key=_WORST.index)
    let_in = [one for one, outcome in outcomes.items() if outcome == "accept"]
    return _Judged(default, joined(let_in) if default != "accept" else [], stopped)


def _published(
    found: Filter, ip: Ip, protocol: Protocol, interfaces: tuple[str, ...]
) -> list[Range]:
    if not found.base(ip, "prerouting", "nat"):
        return []
    return joined(
        one
        for one in ranges_of(found.named_ports())
        if any(
            found.published(Packet(ip, protocol, interface, one.first, one.first))
            for interface in interfaces
        )
    )


def _rows(
    way: Literal["inbound", "published"],
    protocol: Protocol,
    by_ip: dict[Ip, list[Range]],
) -> list[LetIn]:
    """Return the rows of one protocol; ranges let in with both versions of IP stand once."""
    both = set(by_ip.get("ipv4", [])) & set(by_ip.get("ipv6", []))
    rows = [LetIn(way, "both", protocol, one.first, one.last) for one in sorted(both)]
    for ip, ranges in by_ip.items():
        rows += [LetIn(way, ip, protocol, r.first, r.last) for r in ranges if r not in both]
    return rows[:_MOST_RANGES]


def _on_incoming(found: Filter) -> list[tuple[Table, Chain]]:
    """Return the base chains that packets for this machine meet: on arrival, or at the end."""
    return [pair for hook in ("prerouting", "input") for pair in found.base("ipv4", hook)]


def _backend(found: Filter, of_iptables: list[Table]) -> str:
    chains = {name for table in found.tables for name in table.chains}
    if any(table.name == "firewalld" for table in found.tables) or "INPUT_ZONES" in chains:
        return "firewalld"
    if any(name.startswith("ufw-") for name in chains):
        return "ufw"
    from_nft = [table for table, _ in _on_incoming(found) if table not in of_iptables]
    return "nftables" if from_nft else "iptables"


def judge_rules(
    tables: list[Table], network: Network, of_iptables: list[Table]
) -> DeviceFirewall | None:
    """Return device.firewall from the tables loaded; None when nothing filters what comes in.

    Several tables may filter input: a packet must pass all of them, as in the kernel. The worst
    of the interfaces and protocols counts. Raises ValueError where there are more rules than can
    be followed.
    """
    found = Filter(tables, network.way)
    # A firewall that only knows IPv6 (or bridges) does not guard the usual way in.
    at_the_end = found.base("ipv4", "input")
    if not _on_incoming(found):
        return None
    interfaces = _interfaces(found, network)
    with_ipv6 = bool(found.base("ipv6", "input")) if network.ipv6 is None else network.ipv6
    versions: tuple[Ip, ...] = ("ipv4", "ipv6") if with_ipv6 else ("ipv4",)
    rows: list[LetIn] = []
    defaults: list[Outcome] = []
    stopped = False
    for protocol in _PROTOCOLS:
        let_in: dict[Ip, list[Range]] = {}
        for ip in versions:
            judged = _judge(found, ip, protocol, interfaces)
            let_in[ip] = judged.let_in
            if ip == "ipv4":
                defaults.append(judged.default)
                stopped = stopped or judged.stopped
            elif judged.default == "accept" and defaults[-1] != "accept":
                let_in[ip] = [Range(0, LAST_PORT)]
        rows += _rows("inbound", protocol, let_in)
        sent_on = {ip: _published(found, ip, protocol, interfaces) for ip in versions}
        rows += _rows("published", protocol, sent_on)
    default = min(defaults, key=_WORST.index)
    if not at_the_end and not stopped:
        return None
    return DeviceFirewall(
        backend=_backend(found, of_iptables),
        active=stopped or default == "queue",
        default_inbound=None if default == "queue" else default,
        inbound_rules=found.rules_on_incoming("ipv4"),
        let_in=tuple(rows),
    )


_NONE = DeviceFirewall(backend="none", active=False, default_inbound=None, inbound_rules=0)


class _Loaded:
    """What is loaded, as far as the programs that show it may be run."""

    def __init__(self, host: Host) -> None:
        """Ask nft and both forms of iptables; a configuration file proves nothing."""
        self._host = host
        self.asked = False
        self.denied = ""
        """The command that shows what this user may not see; "" where nothing was refused."""
        self.garbled = False
        """Whether nft printed something that cannot be read."""
        text = self._run(["nft", "-j", "list", "ruleset"], SEE_NFT)
        self.tables = self._of_nft(text) if text else []
        self.of_iptables: list[Table] = []
        for program, family in (("iptables", "ip"), ("ip6tables", "ip6")):
            self._ask_iptables(program, family, nft_told=bool(text))
        self.tables += self.of_iptables

    def _of_nft(self, text: str) -> list[Table]:
        """Return nft's tables, one by one where they are not readable together.

        Some versions print broken JSON for a table that is dormant.
        """
        try:
            return nft.parse_nft(text)
        except ValueError:
            plain = self._run(["nft", "list", "ruleset"], SEE_NFT)
        tables: list[Table] = []
        names = nft.tables_in_use(plain)[:_MOST_TABLES]
        self.garbled = not plain
        for family, name in names:
            one = self._run(["nft", "-j", "list", "table", family, name], SEE_NFT)
            try:
                tables += nft.parse_nft(one)
            except ValueError:
                self.garbled = True
        return tables

    def _ask_iptables(self, program: str, family: str, *, nft_told: bool) -> None:
        """Take in what iptables keeps, in nft's tables or in those of its own ("legacy")."""
        text = self._run([f"{program}-save"], SEE_IPTABLES)
        tables = iptables.parse_iptables_save(text, family)
        if "(nf_tables)" in text and nft_told:
            # nft shows the same tables, but not the conditions that iptables made. Those that
            # nft made iptables shows as if they were empty.
            of_nft = {t.name: t for t in self.tables if t.family == family}
            tables = [t for t in tables if t.name in of_nft and iptables.made(of_nft[t.name])]
            names = {table.name for table in tables}
            self.tables = [t for t in self.tables if t.family != family or t.name not in names]
        self.of_iptables += tables
        if "legacy tables present" in text:
            text = self._run([f"{program}-legacy-save"], SEE_IPTABLES)
            self.of_iptables += iptables.parse_iptables_save(text, family)

    def _run(self, argv: list[str], see_with: str) -> str:
        try:
            output = self._host.run(argv)
        except Missing:
            return ""
        except Denied:
            self.denied = self.denied or see_with
            return ""
        if output.code != 0:
            self.denied = self.denied or see_with
            return ""
        self.asked = True
        return f"{output.err}\n{output.out}" if "legacy" in output.err else output.out


@collector("linux", sees=(DeviceFirewall,))
def look(host: Host) -> list[Seen]:
    """Follow what the kernel has loaded for a connection that a stranger begins.

    A container without rules of its own may be guarded by the machine around it.
    """
    if wsl.inside_windows(host):
        return [missed(DeviceFirewall, wsl.WINDOWS_DECIDES)]
    loaded = _Loaded(host)
    if loaded.garbled:
        return [missed(DeviceFirewall, NotSeen("nonsense", see_with=SEE_NFT))]
    try:
        fact = judge_rules(loaded.tables, read_network(host), loaded.of_iptables)
    except ValueError as error:
        why = NotSeen("nonsense", see_with=SEE_NFT, detail=str(error))
        return [missed(DeviceFirewall, why)]
    inside = in_container(host)
    if fact is not None and (fact.active or not inside):
        fact = structs.replace(fact, backend=_ufw_or(host, fact.backend))
        hidden = {}
        if fact.default_inbound is None:
            # Another program decides about each connection.
            hidden["default_inbound"] = NotSeen("not_looked", see_with=SEE_NFT)
        return [saw(fact, **hidden)]
    if loaded.denied:
        return [missed(DeviceFirewall, NotSeen("no_permission", see_with=loaded.denied))]
    # Where neither tool is there, root sees whether the kernel has a packet filter loaded.
    if inside:
        return [missed(DeviceFirewall, wsl.WINDOWS_DECIDES)]
    if loaded.asked or (host.is_root() and not host.exists("/proc/net/ip_tables_names")):
        return [saw(_NONE)]
    see_with = install(host, "nft", {}, "nftables")
    return [missed(DeviceFirewall, NotSeen("tool_missing", see_with=see_with))]


def _ufw_or(host: Host, backend: str) -> str:
    """Name ufw when it is the one that filled the tables: its own chains are in the backend."""
    try:
        on = re.search(r"^ENABLED=yes", host.read("/etc/ufw/ufw.conf"), re.MULTILINE)
    except Unavailable:
        return backend
    return "ufw" if on and backend in ("nftables", "iptables") else backend
