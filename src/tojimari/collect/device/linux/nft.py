"""Rules as ``nft -j list ruleset`` prints them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tojimari.collect.device.linux.packet_filter import (
    ALWAYS,
    IS_TCP,
    LAST_PORT,
    MAYBE,
    NEVER,
    SENT_ON,
    SENT_ON_PERHAPS,
    TO_THIS_MACHINE,
    Chain,
    Condition,
    Ip,
    Rule,
    Step,
    Table,
    all_of,
    any_of,
    comes_by,
    from_address,
    from_range,
    leaves_by,
    negated,
    of_ip,
    of_protocol,
    sent_to_port,
    to_address,
    to_ports,
)

# What nft's JSON may hold in a place: checked where it is read.
Json = Any
_FAMILIES = ("ip", "ip6", "inet")
_NO_VERDICT = frozenset(
    """counter log comment mangle notrack set flow last secmark quota_name ct helper snat masquerade
    redirect tproxy continue fwd dup""".split()  # noqa: SIM905 - a plain list of words
)
_PROTOCOLS = ("tcp", "udp")
_VERSIONS: dict[str, Ip] = {"ip": "ipv4", "ip6": "ipv6"}
# Of a stranger's connection there is none of these; a card's own address is known of friends.
_NOT_OURS = ("icmp", "icmpv6", "igmp", "sctp", "dccp", "esp", "ah", "comp", "udplite")
_OF_META = ("iifname", "iif", "oifname", "oif", "l4proto", "nfproto", "protocol", "pkttype")
_OF_CONNECTIONS = ("state", "status", "direction", "proto-dst")
_OF_PACKETS = ("dport", "sport", "protocol", "nexthdr", "saddr", "daddr")


class _Sets:
    """Named sets and maps: what is in them, by table."""

    def __init__(self, entries: list[Json]) -> None:
        self._elements: dict[tuple[str, str, str], list[Json]] = {}
        for entry in entries:
            for kind in ("set", "map"):
                one = entry.get(kind)
                if isinstance(one, dict):
                    place = (str(one.get("family")), str(one.get("table")), str(one.get("name")))
                    elements = one.get("elem")
                    self._elements[place] = elements if isinstance(elements, list) else []

    def of(self, table: Table, value: Json) -> list[Json] | None:
        """Return the elements of ``@name`` or of a set in place; None for a single value."""
        if isinstance(value, str) and value.startswith("@"):
            return self._elements.get((table.family, table.name, value[1:]), [])
        if isinstance(value, dict) and isinstance(value.get("set"), list):
            return list(value["set"])
        return list(value) if isinstance(value, list) else None


def _plain(value: Json) -> Json:
    """Return an element without its time-out, comment and counter."""
    inner = value.get("elem") if isinstance(value, dict) else None
    return inner.get("val") if isinstance(inner, dict) else value


def _numbers(value: Json) -> tuple[int, int] | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value, value
    if isinstance(value, dict) and isinstance(value.get("range"), list):
        ends = value["range"]
        if len(ends) == 2 and all(isinstance(end, int) for end in ends):
            return ends[0], ends[1]
    return None


def _port(value: Json, of: Json = to_ports) -> Condition:
    found = _numbers(value)
    return of(*found) if found else NEVER


def _from_port(value: Json) -> Condition:
    """Return the condition of the sender's port: a stranger's program gets a high one."""
    found = _numbers(value)
    return ALWAYS if found and found[1] == LAST_PORT else NEVER


def _address(value: Json) -> str:
    if isinstance(value, dict) and isinstance(value.get("prefix"), dict):
        return f"{value['prefix'].get('addr')}/{value['prefix'].get('len')}"
    return value if isinstance(value, str) else ""


def _sender(value: Json) -> Condition:
    ends = value.get("range") if isinstance(value, dict) else None
    if isinstance(ends, list) and len(ends) == 2:
        return from_range(str(ends[0]), str(ends[1]))
    return from_address(_address(value))


def _meta(key: str, value: Json) -> Condition:
    text = str(value)
    if key in ("iifname", "iif"):
        return comes_by(text)
    if key in ("oifname", "oif"):
        return leaves_by(text)
    if key == "l4proto":
        return of_protocol(text)
    if key in ("nfproto", "protocol"):
        return of_ip("ipv6" if text in ("ipv6", "ip6") else "ipv4")
    if key == "pkttype":
        return ALWAYS if text in ("host", "unicast") else NEVER
    return NEVER


def _payload(protocol: str, field: str, value: Json) -> Condition:
    if field == "dport" and protocol in (*_PROTOCOLS, "th"):
        return _port(value)
    if field == "sport" and protocol in (*_PROTOCOLS, "th"):
        return _from_port(value)
    if protocol in _VERSIONS:
        if field in ("protocol", "nexthdr"):
            return of_protocol(str(value))
        if field == "saddr":
            return _sender(value)
        if field == "daddr":
            return to_address(_address(value))
    return NEVER


def _implied(left: Json) -> Condition:
    """Return what a look into a packet asks for besides: that it is of that protocol at all."""
    if not isinstance(left, dict):
        return ALWAYS
    if isinstance(left.get("concat"), list):
        return all_of(_implied(one) for one in left["concat"])
    if not isinstance(left.get("payload"), dict):
        return ALWAYS
    protocol = str(left["payload"].get("protocol"))
    if protocol in _VERSIONS:
        return of_ip(_VERSIONS[protocol])
    if protocol in _PROTOCOLS:
        return of_protocol(protocol)
    return NEVER if protocol in _NOT_OURS else ALWAYS


def _conntrack(key: str, value: Json) -> Condition:
    if key == "state":
        return ALWAYS if value == "new" else NEVER
    if key == "status":
        return SENT_ON if value == "dnat" else NEVER
    if key == "direction":
        return ALWAYS if value == "original" else NEVER
    if key == "proto-dst":
        return _port(value, sent_to_port)
    return NEVER


def _fib(value: Json) -> Condition:
    if value == "unicast":
        return ALWAYS
    return TO_THIS_MACHINE if value == "local" else NEVER


def _one(left: Json, value: Json) -> Condition | None:
    """Return the condition that ``left`` is one value; None where that cannot be told at all."""
    value = _plain(value)
    if value == "*":
        return ALWAYS
    if not isinstance(left, dict):
        return None
    if isinstance(left.get("meta"), dict):
        key = str(left["meta"].get("key"))
        return _meta(key, value) if key in _OF_META else None
    if isinstance(left.get("ct"), dict):
        key = str(left["ct"].get("key"))
        return _conntrack(key, value) if key in _OF_CONNECTIONS else None
    if isinstance(left.get("payload"), dict):
        protocol, field = str(left["payload"].get("protocol")), str(left["payload"].get("field"))
        if protocol in _NOT_OURS or (protocol, field) == ("ether", "saddr"):
            return NEVER
        return _payload(protocol, field, value) if field in _OF_PACKETS else None
    if isinstance(left.get("fib"), dict) and left["fib"].get("result") == "type":
        return _fib(value) if "daddr" in (left["fib"].get("flags") or []) else None
    if isinstance(left.get("concat"), list):
        values = value.get("concat") if isinstance(value, dict) else None
        if not isinstance(values, list) or len(values) != len(left["concat"]):
            return None
        parts = [_one(key, one) for key, one in zip(left["concat"], values, strict=True)]
        return None if None in parts else all_of(part for part in parts if part)
    return None


def _compared(left: Json, op: str, value: Json) -> Condition | None:
    """Return the condition of ports below or above a number."""
    number = _numbers(value)
    if number is None:
        return None
    low, high = {
        "<": (0, number[0] - 1),
        "<=": (0, number[0]),
        ">": (number[0] + 1, LAST_PORT),
        ">=": (number[0], LAST_PORT),
    }[op]
    return _one(left, {"range": [low, high]})


def _flags(left: Json, op: str, right: Json) -> Condition | None:
    """Return the condition of TCP's flags for a stranger's first packet, which is a lone SYN."""

    def names(value: Json) -> set[str]:
        if isinstance(value, dict) and isinstance(value.get("|"), list):
            value = value["|"]
        if isinstance(value, dict) and isinstance(value.get("set"), list):
            value = value["set"]
        return {str(one) for one in value} if isinstance(value, list) else {str(value)}

    mask = None
    if isinstance(left, dict) and isinstance(left.get("&"), list) and len(left["&"]) == 2:
        left, mask = left["&"]
    if not isinstance(left, dict) or not isinstance(left.get("payload"), dict):
        return None
    if (left["payload"].get("protocol"), left["payload"].get("field")) != ("tcp", "flags"):
        return None
    seen = {"syn"} & names(mask) if mask is not None else {"syn"}
    wanted = names(right)
    same = bool(seen & wanted) if op == "in" else seen == (wanted - {"0"})
    return IS_TCP if same == (op != "!=") else NEVER


def _is_mark(left: Json) -> bool:
    if isinstance(left, dict) and isinstance(left.get("&"), list) and left["&"]:
        left = left["&"][0]
    kinds = [left.get("meta"), left.get("ct")] if isinstance(left, dict) else []
    return any(isinstance(kind, dict) and kind.get("key") == "mark" for kind in kinds)


def _now_and_then(left: Json) -> bool:
    """Return whether a match holds at some hours or days, or for a share of all packets."""
    if not isinstance(left, dict):
        return False
    meta = left.get("meta")
    key = meta.get("key") if isinstance(meta, dict) else ""
    return "numgen" in left or key in ("hour", "day", "time", "length", "random")


def _match(match: Json, table: Table, sets: _Sets) -> Condition:
    """Return the condition of one match; NEVER where it cannot be told for a stranger."""
    left, right, op = match.get("left"), match.get("right"), str(match.get("op", "=="))
    if _is_mark(left):
        return SENT_ON_PERHAPS  # who sets it cannot be told: either way
    if _now_and_then(left):
        return MAYBE
    flags = _flags(left, op, right)
    if flags is not None:
        return flags
    if op in ("<", "<=", ">", ">="):
        return all_of((_implied(left), _compared(left, op, right) or NEVER))
    if op not in ("==", "in", "!="):
        return NEVER
    elements = sets.of(table, right)
    parts = [_one(left, value) for value in (elements if elements is not None else [right])]
    if None in parts:
        return NEVER
    found = any_of(part for part in parts if part)
    return all_of((_implied(left), negated(found) if op == "!=" else found))


def _verdict(part: Json) -> Step | None:
    """Return the verdict that a part of a rule is; None for any other part."""
    for verdict in ("accept", "drop", "reject", "return", "queue"):
        if verdict in part:
            return Step(verdict)
    for verdict in ("jump", "goto"):
        if isinstance(part.get(verdict), dict):
            return Step(verdict, str(part[verdict].get("target", "")))  # type: ignore[arg-type]
    if "dnat" in part:
        to = part["dnat"] if isinstance(part["dnat"], dict) else {}
        address, port = to.get("addr"), to.get("port")
        return Step(
            "send_on",
            address=address if isinstance(address, str) else "",
            port=port if isinstance(port, int) else None,
        )
    return None


def _rules(rule: Json, table: Table, sets: _Sets) -> list[Rule]:
    """Return what a rule does: one rule, one for each element of a map, none for no verdict."""
    conditions: list[Condition] = []
    for part in rule.get("expr") or []:
        if not isinstance(part, dict):
            continue
        step = _verdict(part)
        if step is not None and isinstance(part.get("dnat"), dict):
            return _kept(conditions, _sent_on(part["dnat"], step, table, sets))
        if step is not None:
            return _kept(conditions, [(ALWAYS, step)])
        if isinstance(part.get("match"), dict):
            conditions.append(_match(part["match"], table, sets))
        elif isinstance(part.get("vmap"), dict):
            return _kept(conditions, _choices(part["vmap"], table, sets))
        elif "limit" in part or _counts(part):
            conditions.append(MAYBE)
        elif isinstance(part.get("xt"), dict) and part["xt"].get("name") == "comment":
            continue
        elif not _NO_VERDICT & part.keys():
            return []
    return []


def _counts(part: Json) -> bool:
    """Return whether a part holds only for some: so many connections, so many bytes, of a set."""
    if {"ct count", "quota", "meter"} & part.keys():
        return True
    return isinstance(part.get("set"), dict) and bool(part["set"].get("stmt"))


def _sent_on(dnat: Json, step: Step, table: Table, sets: _Sets) -> list[tuple[Condition, Step]]:
    """Return where packets are sent on to: one place, or one for each element of a map."""
    chosen = dnat.get("addr")
    chosen = chosen.get("map") if isinstance(chosen, dict) else None
    if not isinstance(chosen, dict):
        return [(ALWAYS, step)]
    found = []
    for element in sets.of(table, chosen.get("data")) or []:
        if not isinstance(element, list) or len(element) != 2:
            continue
        # Where the key cannot be told for a stranger (a sum over his address) any may be meant.
        condition = _one(chosen.get("key"), element[0]) or MAYBE
        address, port = element[1], step.port
        if isinstance(address, dict) and isinstance(address.get("concat"), list):
            address, port = [*address["concat"], None, None][:2]
        place = Step(
            "send_on",
            address=address if isinstance(address, str) else "",
            port=port if isinstance(port, int) else None,
        )
        found.append((all_of((_implied(chosen.get("key")), condition)), place))
    return found


def _kept(before: list[Condition], choices: list[tuple[Condition, Step]]) -> list[Rule]:
    rules = [Rule(all_of((*before, condition)), step) for condition, step in choices]
    return [rule for rule in rules if rule.condition is not NEVER]


def _choices(vmap: Json, table: Table, sets: _Sets) -> list[tuple[Condition, Step]]:
    found = []
    for element in sets.of(table, vmap.get("data")) or []:
        pair = element if isinstance(element, list) and len(element) == 2 else None
        if pair is None or not isinstance(pair[1], dict):
            continue
        step, condition = _verdict(pair[1]), _one(vmap.get("key"), pair[0])
        if step is not None and condition is not None:
            found.append((all_of((_implied(vmap.get("key")), condition)), step))
    return found


def tables_in_use(text: str) -> list[tuple[str, str]]:
    """Return (family, name) of the tables that plain ``nft list ruleset`` shows as in use."""
    found = re.findall(r"^table (\w+) (\S+) \{(?:[^\n]*\n\s*flags ([\w, ]+))?", text, re.MULTILINE)
    return [(family, name) for family, name, flags in found if "dormant" not in flags]


def parse_nft(text: str) -> list[Table]:
    """Return the tables of IP (ip, ip6, inet) that are in use.

    Raises ValueError for what is not nft's JSON, also where a table has flags that this nft does
    not name: some versions print what happens to lie in memory.
    """
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError("not nft's JSON") from error
    if not isinstance(data, dict) or not isinstance(data.get("nftables"), list):
        raise ValueError("not nft's JSON")
    entries = [entry for entry in data["nftables"] if isinstance(entry, dict)]
    entries = _in_use(entries)
    sets = _Sets(entries)
    tables: dict[tuple[str, str], Table] = {}
    for one, table in _of_tables(entries, "chain", tables):
        priority = one.get("prio")
        table.chains[str(one.get("name"))] = Chain(
            str(one.get("name")),
            hook=str(one.get("hook") or ""),
            # Where no kind is printed, rules can only filter.
            kind=str(one.get("type") or "filter") if one.get("hook") else "",
            priority=priority if isinstance(priority, int) else 0,
            policy=str(one.get("policy") or "accept"),
        )
    for one, table in _of_tables(entries, "rule", tables):
        chain = table.chains.get(str(one.get("chain")))
        if chain is not None:
            chain.size += 1
            chain.rules += _rules(one, table, sets)
    return list(tables.values())


_FLAGS = frozenset({"dormant", "owner", "persist"})


def _in_use(entries: list[Json]) -> list[Json]:
    """Return the entries without those of tables that are dormant: the kernel passes them over.

    Raises ValueError for flags that are none of nft's words.
    """
    asleep = set()
    for entry in entries:
        one = entry.get("table")
        said = one.get("flags", []) if isinstance(one, dict) else []
        flags = {str(flag) for flag in (said if isinstance(said, list) else [said])}
        if not flags <= _FLAGS:
            raise ValueError("flags of a table that nft does not name")
        if "dormant" in flags:
            asleep.add((str(one.get("family")), str(one.get("name"))))

    def belongs(entry: Json) -> tuple[str, str]:
        inner = next(iter(entry.values()), None)
        inner = inner if isinstance(inner, dict) else {}
        return str(inner.get("family")), str(inner.get("table"))

    return [entry for entry in entries if belongs(entry) not in asleep]


def _of_tables(
    entries: list[Json], kind: str, tables: dict[tuple[str, str], Table]
) -> Iterator[tuple[Json, Table]]:
    """Yield the chains or rules of IP's families, each with its table."""
    for entry in entries:
        one = entry.get(kind)
        if isinstance(one, dict) and one.get("family") in _FAMILIES:
            place = (str(one["family"]), str(one.get("table")))
            yield one, tables.setdefault(place, Table(*place))
