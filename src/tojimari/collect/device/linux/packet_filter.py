"""What the kernel's packet filter does with a connection that a stranger begins.

Rules of nft and iptables are both brought into this form, and then followed as the kernel follows
them: jumps, maps of verdicts, policies, and what is sent on to containers and virtual machines. A
condition that cannot be told for a stranger (a mark, a country) leaves its rule out: it neither
opens nor closes anything here.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Literal, NamedTuple

Ip = Literal["ipv4", "ipv6"]
Protocol = Literal["tcp", "udp"]
Outcome = Literal["drop", "reject", "queue", "accept"]
"""What becomes of a connection; "queue": another program decides."""

LAST_PORT = 65535
_DEEPEST = 24
_MOST_EDGES = 600
_MOST_STEPS = 1_500_000

# Interfaces within the machine, and those of private networks whose other ends are known.
_INNER = re.compile(
    r"lo|docker\d*|docker_gwbridge|br-[0-9a-f]{6,}|virbr\d+.*|vnet\d+|veth.*|lxcbr\d*|lxdbr\d*"
    r"|incusbr\d*|cni.*|podman\d*|cali.*|flannel.*|kube.*|vboxnet\d*|vmnet\d*|dummy\d*"
    r"|tailscale\d*|wg.*|tun.*|tap.*|zt.*|wt\d+|nebula.*|ipsec\d*|ham\d+|nordlynx|proton\d*"
    r"|mullvad.*|utun\d*"
)
# Private addresses of such networks, and those that no stranger can send a connection to.
_NOT_FOR_US = tuple(
    ipaddress.ip_network(one)
    for one in ("127.0.0.0/8", "::1/128", "224.0.0.0/4", "255.255.255.255/32", "ff00::/8")
)
_OF_PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(one) for one in ("100.64.0.0/10", "fd7a:115c:a1e0::/48")
)


class Packet(NamedTuple):
    """The first packet of a connection from a stranger.

    Attributes:
        interface: the one it comes in by; "?" for one that no rule names.
        port: the port it is for now.
        first_port: the port it was sent to, where it was sent on to another.
        forwarded: whether it goes on to a container or a virtual machine.
        to: address it goes on to; "" where that is this machine, or is not known.
        leaves: interface it goes on by; "" where that is not known.
    """

    ip: Ip
    protocol: Protocol
    interface: str
    port: int
    first_port: int
    forwarded: bool = False
    to: str = ""
    leaves: str = ""


Check = Callable[[Packet], bool | None]


class Condition(NamedTuple):
    """One part of a rule.

    Attributes:
        holds: True or False for a packet; None where it may hold and may not (a limit, one of
            several own addresses): such a rule may let in, and stops nothing for sure.
        ports: the ranges of ports it names.
        interfaces: the interfaces it names.
    """

    holds: Check
    ports: tuple[tuple[int, int], ...] = ()
    interfaces: tuple[str, ...] = ()


ALWAYS = Condition(lambda packet: True)
MAYBE = Condition(lambda packet: None)
NEVER = Condition(lambda packet: False)
"""Also what cannot be told for a stranger: the rule is left out."""


def negated(condition: Condition) -> Condition:
    """Return the opposite of a condition."""
    if condition is NEVER:
        return ALWAYS
    if condition is ALWAYS:
        return NEVER

    def holds(packet: Packet) -> bool | None:
        found = condition.holds(packet)
        return None if found is None else not found

    return condition._replace(holds=holds)


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Return what holds where one of several does."""
    parts = tuple(one for one in conditions if one is not NEVER)
    if not parts:
        return NEVER
    if len(parts) == 1:
        return parts[0]

    def holds(packet: Packet) -> bool | None:
        found = [part.holds(packet) for part in parts]
        return True if True in found else (None if None in found else False)

    return _named_by(holds, parts)


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Return what holds where all of several do."""
    parts = tuple(one for one in conditions if one is not ALWAYS)
    if any(one is NEVER for one in parts):
        return NEVER
    if not parts:
        return ALWAYS
    if len(parts) == 1:
        return parts[0]

    def holds(packet: Packet) -> bool | None:
        certain = True
        for part in parts:
            found = part.holds(packet)
            if found is False:
                return False
            certain = certain and found is True
        return True if certain else None

    return _named_by(holds, parts)


def _named_by(holds: Check, parts: tuple[Condition, ...]) -> Condition:
    ports = tuple(one for part in parts for one in part.ports)
    return Condition(holds, ports, tuple(one for part in parts for one in part.interfaces))


def comes_by(name: str) -> Condition:
    """Return the condition of an interface's name, with ``*`` or ``+`` for any ending."""
    if name in ("*", "+", ""):
        return ALWAYS
    if name[-1] in "*+":
        return Condition(lambda packet: packet.interface.startswith(name[:-1]))
    return Condition(lambda packet: packet.interface == name, interfaces=(name,))


def leaves_by(name: str) -> Condition:
    """Return the condition of the interface that what is sent on leaves by.

    Bridges of containers bear any name. Where the way is not known it may be each but the one a
    packet came in by.
    """
    if name in ("*", "+", ""):
        return ALWAYS

    def holds(packet: Packet) -> bool | None:
        if not packet.forwarded:
            return False
        if packet.leaves == "":
            return False if packet.interface == name else None
        return packet.leaves.startswith(name[:-1]) if name[-1] in "*+" else packet.leaves == name

    return Condition(holds)


def is_inner(name: str) -> bool:
    """Return whether an interface is within the machine or of a private network (VPN)."""
    return _INNER.fullmatch(name) is not None


def to_ports(first: int, last: int) -> Condition:
    """Return the condition of the port a packet is for."""
    return Condition(lambda packet: first <= packet.port <= last, ((first, last),))


def sent_to_port(first: int, last: int) -> Condition:
    """Return the condition of the port a packet was first sent to."""
    return Condition(lambda packet: first <= packet.first_port <= last, ((first, last),))


def of_protocol(name: str) -> Condition:
    """Return the condition of a protocol, by its name or number."""
    wanted = {"6": "tcp", "17": "udp"}.get(name, name)
    return ALWAYS if wanted in ("all", "0") else Condition(lambda p: p.protocol == wanted)


def of_ip(version: Ip) -> Condition:
    """Return the condition of the version of IP."""
    return Condition(lambda packet: packet.ip == version)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


# What is handed out of IPv6 for the whole internet: every stranger's address lies in it.
_ALL_OF_IPV6 = ipaddress.ip_network("2000::/3")
_ALL_OF_IPV4 = ipaddress.ip_network("0.0.0.0/0")
_WIDE = 0.05
"""From this share of all addresses on, a range holds strangers."""


def from_address(text: str) -> Condition:
    """Return the condition of a sender's address: a stranger has none of those that are named.

    A range that holds a good part of the internet holds some strangers.
    """
    network = _network(text)
    return NEVER if network is None else _from_range(network[0], network[-1])


def from_range(first: str, last: str) -> Condition:
    """Return the condition of a sender's address between two, both included."""
    try:
        return _from_range(ipaddress.ip_address(first), ipaddress.ip_address(last))
    except ValueError:
        return NEVER


def _from_range(
    first: ipaddress.IPv4Address | ipaddress.IPv6Address,
    last: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> Condition:
    if first.version != last.version:
        return NEVER
    every = _ALL_OF_IPV6 if first.version == 6 else _ALL_OF_IPV4
    low, high = max(int(first), int(every[0])), min(int(last), int(every[-1]))
    share = (high - low + 1) / every.num_addresses
    if share >= 1:
        return ALWAYS
    return MAYBE if share >= _WIDE else NEVER


def to_address(text: str) -> Condition:
    """Return the condition of the address a packet is for: perhaps this machine's own."""
    network = _network(text)
    if network is None:
        return MAYBE
    if network.prefixlen == 0:
        return ALWAYS
    for_nobody = any(
        network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
        for other in (*_NOT_FOR_US, *_OF_PRIVATE_NETWORKS)
    )

    def holds(packet: Packet) -> bool | None:
        if packet.forwarded and packet.to:
            return ipaddress.ip_address(packet.to) in network
        return False if for_nobody else None

    return Condition(holds)


SENT_ON_PERHAPS = Condition(lambda packet: None if packet.forwarded else False)
"""Marks and sets of addresses: programs that send on to containers let in by them."""
TO_THIS_MACHINE = Condition(lambda packet: not packet.forwarded)
SENT_ON = Condition(lambda packet: packet.forwarded)
IS_TCP = of_protocol("tcp")

Verdict = Literal["accept", "drop", "reject", "queue", "return", "jump", "goto", "send_on"]


class Step(NamedTuple):
    """What a rule does: a verdict, the chain it leads to, or where a packet is sent on to."""

    verdict: Verdict
    chain: str = ""
    address: str = ""
    port: int | None = None


class Rule(NamedTuple):
    """A condition and what is done where it holds."""

    condition: Condition
    step: Step


class Chain:
    """Rules in their order, and for a base chain where in the kernel they stand."""

    def __init__(
        self, name: str, *, hook: str = "", kind: str = "", priority: int = 0, policy: str = ""
    ) -> None:
        """Begin without rules. ``hook`` and ``kind`` ("filter", "nat") are "" for others."""
        self.name, self.hook, self.kind = name, hook, kind
        self.priority, self.policy = priority, policy
        self.rules: list[Rule] = []
        self.size = 0
        """Number of rules, also of those that say nothing about strangers."""


class Table:
    """Chains of one family: ip, ip6, or inet for both."""

    def __init__(self, family: str, name: str) -> None:
        """Begin without chains."""
        self.family, self.name = family, name
        self.chains: dict[str, Chain] = {}

    def holds_for(self, ip: Ip) -> bool:
        """Return whether its rules see packets of this version of IP."""
        return self.family in ("inet", "ip" if ip == "ipv4" else "ip6")

    def base(self, hook: str, kind: str) -> list[Chain]:
        """Return the base chains of a hook."""
        return [c for c in self.chains.values() if (c.hook, c.kind) == (hook, kind)]


class Filter:
    """All tables loaded, and what they do with packets."""

    def __init__(self, tables: Iterable[Table], way: Callable[[str], str] = lambda to: "") -> None:
        """Take the tables as they are. ``way``: by which interface an address is reached, or ""."""
        self.tables = list(tables)
        self._way = way
        self._steps = 0

    def base(self, ip: Ip, hook: str, kind: str = "filter") -> list[tuple[Table, Chain]]:
        """Return the base chains of a hook that see this version of IP, in the kernel's order."""
        found = [
            (table, chain)
            for table in self.tables
            if table.holds_for(ip)
            for chain in table.base(hook, kind)
        ]
        return sorted(found, key=lambda pair: pair[1].priority)

    def _walk(self, table: Table, name: str, packet: Packet, depth: int = 0) -> Step | None:
        """Return the verdict of a chain; None where it leaves it to the one before."""
        chain = table.chains.get(name)
        if chain is None or depth > _DEEPEST:
            return None
        for rule in chain.rules:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise ValueError("more rules than can be followed")
            holds = rule.condition.holds(packet)
            if holds is False:
                continue
            step: Step | None = rule.step
            leads = rule.step.verdict in ("jump", "goto")
            if leads:
                step = self._walk(table, rule.step.chain, packet, depth + 1)
            if holds is None and (step is None or step.verdict not in ("accept", "send_on")):
                continue
            if step is not None and step.verdict == "return":
                return None
            if step is not None or rule.step.verdict == "goto":
                return step
        return None

    def _passes(self, ip: Ip, hooks: Iterable[str], packet: Packet) -> Outcome:
        """Return what the base chains of these hooks do: all of them must let a packet pass."""
        asked: Outcome = "accept"
        for hook in hooks:
            for table, chain in self.base(ip, hook):
                step = self._walk(table, chain.name, packet)
                verdict = step.verdict if step else chain.policy
                if verdict == "drop":
                    return "drop"
                if verdict == "reject":
                    return "reject"
                if verdict == "queue":
                    asked = "queue"
        return asked

    def inbound(self, packet: Packet) -> Outcome:
        """Return what becomes of a packet for this machine."""
        return self._passes(packet.ip, ("prerouting", "input"), packet)

    def published(self, packet: Packet) -> bool:
        """Return whether a packet is sent on to a container or virtual machine, and let through."""
        if self._passes(packet.ip, ("prerouting",), packet) in ("drop", "reject"):
            return False
        for table, chain in self.base(packet.ip, "prerouting", "nat"):
            step = self._walk(table, chain.name, packet)
            if step is None or step.verdict != "send_on":
                continue
            inner = packet._replace(
                forwarded=True,
                to=step.address,
                port=step.port or packet.port,
                leaves=self._way(step.address),
            )
            return self._passes(packet.ip, ("forward",), inner) == "accept"
        return False

    def rules_on_incoming(self, ip: Ip) -> int:
        """Return the number of rules that packets for this machine can come to."""
        count = 0
        first = [pair for hook in ("prerouting", "input") for pair in self.base(ip, hook)]
        for table, chain in first:
            waiting, done = [chain.name], set()
            while waiting:
                name = waiting.pop()
                if name in done or name not in table.chains:
                    continue
                done.add(name)
                count += table.chains[name].size
                waiting += [r.step.chain for r in table.chains[name].rules if r.step.chain]
        return count

    def named_interfaces(self) -> list[str]:
        """Return the interfaces that any rule names."""
        return sorted({name for rule in self._rules() for name in rule.condition.interfaces})

    def _rules(self) -> Iterable[Rule]:
        for table in self.tables:
            for chain in table.chains.values():
                yield from chain.rules

    def named_ports(self) -> list[tuple[int, int]]:
        """Return the ranges of ports that any rule names."""
        return sorted({one for rule in self._rules() for one in rule.condition.ports})


class Range(NamedTuple):
    """Ports from first to last."""

    first: int
    last: int


def ranges_of(named: list[tuple[int, int]]) -> list[Range]:
    """Return all ports, cut wherever a named range begins or ends."""
    edges = {0, LAST_PORT + 1}
    for first, last in named:
        edges |= {max(0, min(first, LAST_PORT + 1)), max(0, min(last + 1, LAST_PORT + 1))}
    cuts = sorted(edges)
    if len(cuts) > _MOST_EDGES:
        raise ValueError("more ports than can be followed")
    return [Range(first, after - 1) for first, after in pairwise(cuts)]


def joined(ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges with those that touch made one."""
    found: list[Range] = []
    for one in sorted(ranges):
        if found and found[-1].last + 1 >= one.first:
            found[-1] = Range(found[-1].first, max(found[-1].last, one.last))
        else:
            found.append(one)
    return found
