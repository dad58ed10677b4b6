"""Whether rules on incoming connections are really loaded in the kernel."""

import json
import re
from typing import Any, Literal

from msgspec import structs

from tojimari.collect.device.linux import wsl
from tojimari.collect.host import Denied, Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceFirewall

SEE_NFT = "sudo nft list ruleset"
SEE_IPTABLES = "sudo iptables-save"


def _verdicts(rule: dict[str, Any]) -> set[str]:
    found = set()
    for part in rule.get("expr", []):
        if isinstance(part, dict):
            found |= {"drop", "reject", "accept", "jump", "goto"} & set(part)
    return found


Rules = dict[tuple[str, str, str], list[dict[str, Any]]]
"""(family, table, chain) -> its rules, as nft's JSON gives them."""

_HARMLESS = {"counter", "log", "comment"}
_FINAL = ("drop", "reject", "accept")
_STOPS: dict[str, Literal["drop", "reject"]] = {"drop": "drop", "reject": "reject"}


def _unconditional(rule: dict[str, Any]) -> bool:
    """Return whether a rule takes every packet: nothing in it but verdict, counter and log."""
    keys = {key for part in rule.get("expr", []) if isinstance(part, dict) for key in part}
    return bool(keys) and keys <= {*_HARMLESS, *_FINAL, "jump", "goto"}


def _default(
    rules: Rules,
    family: str,
    table: str,
    chain: str,
    depth: int = 0,
) -> str | None:
    """Return what the first rule that takes every packet does; None when none does."""
    for rule in rules.get((family, table, chain), []) if depth < 32 else []:
        if not _unconditional(rule):
            continue
        for verdict in _FINAL:
            if verdict in _verdicts(rule):
                return verdict
        for target in _targets(rule):
            inner = _default(rules, family, table, target, depth + 1)
            if inner:
                return inner
    return None


def _targets(rule: dict[str, Any]) -> list[str]:
    names = []
    for part in rule.get("expr", []):
        if isinstance(part, dict):
            for key in ("jump", "goto"):
                if isinstance(part.get(key), dict):
                    names.append(str(part[key].get("target", "")))
    return names


def parse_nft(text: str) -> DeviceFirewall | None:
    """Return device.firewall from ``nft -j list ruleset``, or None when nothing filters input.

    Several tables may filter input; the strictest chain decides, as in the kernel: a packet must
    pass all of them. Raises ValueError for anything that is not nft's JSON.
    """
    data = json.loads(text)
    if not isinstance(data, dict) or not isinstance(data.get("nftables"), list):
        raise ValueError("not nft's JSON")
    entries = [entry for entry in data["nftables"] if isinstance(entry, dict)]
    chains = [entry["chain"] for entry in entries if isinstance(entry.get("chain"), dict)]
    rules: Rules = {}
    for entry in entries:
        rule = entry.get("rule")
        if isinstance(rule, dict):
            key = (str(rule.get("family")), str(rule.get("table")), str(rule.get("chain")))
            rules.setdefault(key, []).append(rule)
    # A firewall that only knows IPv6 (or bridges) does not guard the usual way in.
    inputs = [
        chain
        for chain in chains
        if chain.get("hook") == "input" and chain.get("family") in ("inet", "ip")
    ]
    found = [_chain_fact(chain, rules) for chain in inputs]
    return max(found, key=_strictness, default=None)


def _chain_fact(chain: dict[str, Any], rules: Rules) -> DeviceFirewall:
    """Return what one chain on incoming traffic does."""
    family, table, name = (str(chain.get(k)) for k in ("family", "table", "name"))
    mine = _reachable(rules, family, table, name)
    default = _default(rules, family, table, name) or str(chain.get("policy", "accept"))
    stops = default in _STOPS or any(_verdicts(rule) & _STOPS.keys() for rule in mine)
    return DeviceFirewall(
        backend="firewalld" if table == "firewalld" else "nftables",
        active=stops,
        default_inbound=_STOPS.get(default, "accept"),
        inbound_rules=len(mine),
    )


def _strictness(fact: DeviceFirewall) -> tuple[bool, bool, int]:
    return (fact.default_inbound != "accept", fact.active, fact.inbound_rules or 0)


def _reachable(rules: Rules, family: str, table: str, chain: str) -> list[dict[str, Any]]:
    waiting, done, found = [chain], set(), []
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        for rule in rules.get((family, table, name), []):
            found.append(rule)
            waiting += _targets(rule)
    return found


def parse_iptables(text: str) -> DeviceFirewall | None:
    """Return device.firewall from ``iptables-save``, or None when the filter table is not loaded."""
    table, policy, rules = "", None, []
    ufw = False
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif table == "filter":
            if match := re.match(r":INPUT (\w+)", line):
                policy = match.group(1).lower()
            elif line.startswith("-A "):
                ufw = ufw or " ufw-" in line or line.startswith("-A ufw-")
                rules.append(line)
    if policy is None:
        return None
    inbound = [rule for rule in rules if rule.startswith("-A INPUT")]
    default = policy
    if inbound and re.fullmatch(r"-A INPUT -j (DROP|REJECT)( --reject-with \S+)?", inbound[-1]):
        default = "drop" if "-j DROP" in inbound[-1] else "reject"
    stops = default in _STOPS or any(re.search(r"-j (DROP|REJECT)\b", rule) for rule in inbound)
    return DeviceFirewall(
        backend="ufw" if ufw else "iptables",
        active=stops,
        default_inbound=_STOPS.get(default, "accept"),
        inbound_rules=len(inbound),
    )


_NONE = DeviceFirewall(backend="none", active=False, default_inbound=None, inbound_rules=0)


@collector("linux", sees=(DeviceFirewall,))
def look(host: Host) -> list[Seen]:
    """Ask the kernel through nft, else through iptables; a configuration file proves nothing."""
    if wsl.inside_windows(host):
        return [missed(DeviceFirewall, wsl.WINDOWS_DECIDES)]
    denied = ""
    found: list[DeviceFirewall] = []
    asked = False
    for argv, parse, command in (
        (["nft", "-j", "list", "ruleset"], parse_nft, SEE_NFT),
        (["iptables-save"], parse_iptables, SEE_IPTABLES),
    ):
        try:
            output = host.run(argv)
        except Missing:
            continue
        except Denied:
            denied = denied or command
            continue
        if output.code != 0:
            denied = denied or command
            continue
        asked = True
        try:
            fact = parse(output.out)
        except ValueError:
            continue
        if fact:
            found.append(fact)
    if found:
        best = max(found, key=_strictness)
        return [saw(structs.replace(best, backend=_ufw_or(host, best.backend)))]
    if denied:
        return [missed(DeviceFirewall, NotSeen("no_permission", see_with=denied))]
    # Where neither tool is there, root sees whether the kernel has a packet filter loaded.
    if asked or (host.is_root() and not host.exists("/proc/net/ip_tables_names")):
        return [saw(_NONE)]
    see_with = f"sudo apt install nftables && {SEE_NFT}"
    return [missed(DeviceFirewall, NotSeen("tool_missing", see_with=see_with))]


def _ufw_or(host: Host, backend: str) -> str:
    """Name ufw when it is the one that filled the tables: its own chains are in the backend."""
    try:
        on = re.search(r"^ENABLED=yes", host.read("/etc/ufw/ufw.conf"), re.MULTILINE)
    except Unavailable:
        return backend
    return "ufw" if on and backend in ("nftables", "iptables") else backend
