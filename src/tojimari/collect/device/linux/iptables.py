"""Rules as ``iptables-save`` and ``ip6tables-save`` print them."""

import shlex
from collections.abc import Callable
from typing import NamedTuple

from tojimari.collect.device.linux.packet_filter import (
    ALWAYS,
    IS_TCP,
    MAYBE,
    NEVER,
    SENT_ON,
    SENT_ON_PERHAPS,
    TO_THIS_MACHINE,
    Chain,
    Condition,
    Rule,
    Step,
    Table,
    Verdict,
    all_of,
    any_of,
    comes_by,
    from_address,
    from_range,
    leaves_by,
    negated,
    of_protocol,
    sent_to_port,
    to_address,
    to_ports,
)

_HOOKS = {"PREROUTING": "prerouting", "INPUT": "input", "FORWARD": "forward"}
_BASE_CHAINS = {*_HOOKS, "OUTPUT", "POSTROUTING"}
_PRIORITIES = {"raw": -300, "mangle": -150, "nat": -100, "filter": 0, "security": 50}
_VERDICTS: dict[str, Verdict] = {
    "ACCEPT": "accept",
    "DROP": "drop",
    "TARPIT": "drop",
    "STEAL": "drop",
    "REJECT": "reject",
    "RETURN": "return",
    "QUEUE": "queue",
    "NFQUEUE": "queue",
}


def _ports(text: str, of: Callable[[int, int], Condition] = to_ports) -> Condition:
    """Return the condition of ``22``, ``1024:65535`` or ``22,80:90``."""
    parts = []
    for one in text.split(","):
        first, colon, last = one.partition(":")
        numbers = (first or "0", last or "65535") if colon else (first, first)
        if not all(number.isascii() and number.isdigit() for number in numbers):
            return NEVER
        parts.append(of(int(numbers[0][:6]), int(numbers[1][:6])))
    return any_of(parts)


def _states(text: str) -> Condition:
    return ALWAYS if "NEW" in text.split(",") else NEVER


def _types(text: str) -> Condition:
    named = set(text.split(","))
    if "UNICAST" in named:
        return ALWAYS
    return TO_THIS_MACHINE if "LOCAL" in named else NEVER


def _status(text: str) -> Condition:
    return SENT_ON if "DNAT" in text.split(",") else NEVER


class _Option(NamedTuple):
    words: int
    make: Callable[[str], Condition]


def _sent_from(text: str) -> Condition:
    """Return the condition of the sender's port: a stranger's program gets a high one."""
    ranges = [one.partition(":") for one in text.split(",")]
    high = any(colon and last in ("", "65535") for _, colon, last in ranges)
    return ALWAYS if high else NEVER


# Of someone who was not seen before, as module "recent" and its like remember them.
_SEEN_BEFORE = ("--rcheck", "--update", "--remove")
# What only says how to count or where to note something.
_NOTES = {
    **dict.fromkeys(("--set", "--rsource", "--rdest", "--rttl", "--reap"), 0),
    **dict.fromkeys(("--name", "--mask", "--seconds", "--hitcount"), 1),
}

_OPTIONS: dict[str, _Option] = {
    "-p": _Option(1, of_protocol),
    "-s": _Option(1, from_address),
    "-d": _Option(1, to_address),
    "-i": _Option(1, comes_by),
    "-o": _Option(1, leaves_by),
    "--dport": _Option(1, _ports),
    "--dports": _Option(1, _ports),
    "--ctstate": _Option(1, _states),
    "--state": _Option(1, _states),
    "--ctstatus": _Option(1, _status),
    "--ctdir": _Option(1, lambda text: ALWAYS if text == "ORIGINAL" else NEVER),
    "--ctorigdstport": _Option(1, lambda text: _ports(text, sent_to_port)),
    "--ctproto": _Option(1, of_protocol),
    "--dst-type": _Option(1, _types),
    "--pkt-type": _Option(1, lambda text: ALWAYS if text in ("unicast", "host") else NEVER),
    "--mark": _Option(1, lambda text: NEVER),
    "--sport": _Option(1, _sent_from),
    "--sports": _Option(1, _sent_from),
    **{word: _Option(words, lambda text: ALWAYS) for word, words in _NOTES.items()},
    **dict.fromkeys(_SEEN_BEFORE, _Option(0, lambda text: NEVER)),
    # A set of senders holds no stranger.
    "--match-set": _Option(2, lambda text: NEVER),
    "--comment": _Option(1, lambda text: ALWAYS),
    "--mac-source": _Option(1, lambda text: NEVER),
    "--src-range": _Option(1, lambda text: from_range(*text.partition("-")[::2])),
    # Strangers come without IPsec.
    "--dir": _Option(1, lambda text: ALWAYS if text == "in" else NEVER),
    "--pol": _Option(1, lambda text: ALWAYS if text == "none" else NEVER),
    # A stranger's first packet is a lone SYN.
    "--syn": _Option(0, lambda text: IS_TCP),
    "--tcp-flags": _Option(
        2,
        lambda text: IS_TCP if text.split()[1:] == ["SYN"] and "SYN" in text.split()[0] else NEVER,
    ),
    # Now and then, or for so many at a time: at other times it lets anybody in.
    **dict.fromkeys(
        (
            *("--limit", "--hashlimit", "--hashlimit-upto", "--connlimit-upto"),
            *("--timestart", "--timestop", "--datestart", "--datestop", "--weekdays"),
            *("--monthdays", "--mode", "--quota", "--length"),
        ),
        _Option(1, lambda text: MAYBE),
    ),
    **dict.fromkeys(
        ("--kerneltz", "--contiguous", "--connlimit-saddr"), _Option(0, lambda text: ALWAYS)
    ),
    **dict.fromkeys(
        (
            *("--probability", "--every", "--packet", "--connlimit-mask"),
            *("--limit-burst", "--hashlimit-burst", "--hashlimit-mode", "--hashlimit-name"),
            *("--hashlimit-htable-size", "--hashlimit-htable-max", "--hashlimit-htable-expire"),
            *("--hashlimit-htable-gcinterval", "--hashlimit-srcmask", "--hashlimit-dstmask"),
        ),
        _Option(1, lambda text: ALWAYS),
    ),
}


def _condition(words: list[str]) -> Condition:
    """Return the condition of a rule's words before its target."""
    parts: list[Condition] = []
    at, negative = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if word == "!":
            negative = True
            continue
        if word == "-m":
            at += 1
            continue
        option = _OPTIONS.get(word)
        if option is None:
            return NEVER
        if at < len(words) and words[at] == "!":  # as older versions print it
            negative, at = True, at + 1
        if word == "--mark" or (
            word == "--match-set" and "dst" in " ".join(words[at + 1 : at + 2])
        ):
            # What such a set holds, and who sets such a mark, cannot be told: either way.
            parts.append(SENT_ON_PERHAPS)
            at, negative = at + option.words, False
            continue
        condition = option.make(" ".join(words[at : at + option.words]))
        at += option.words
        parts.append(negated(condition) if negative else condition)
        negative = False
    return all_of(parts)


def _sent_on(words: list[str]) -> Step | None:
    """Return where DNAT sends packets on to; None where that is this machine itself."""
    if "--to-destination" not in words[:-1]:
        return None
    target = words[words.index("--to-destination") + 1]
    if target.startswith("["):
        address, _, rest = target[1:].partition("]")
        port = rest.lstrip(":")
    elif target.count(":") > 1:
        address, port = target, ""
    else:
        address, _, port = target.partition(":")
    address = address.partition("-")[0]
    port = port.partition("-")[0]
    if address.startswith("127.") or address in ("", "::1"):
        return None
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None
    return Step("send_on", address=address, port=number)


def _rule(words: list[str], table: Table) -> Rule | None:
    """Return a rule; None where it decides nothing (a log, a mark)."""
    flag = next((one for one in ("-j", "-g") if one in words[:-1]), "")
    if not flag:
        return None
    at = words.index(flag)
    target = words[at + 1]
    step: Step | None = None
    if target in table.chains:
        step = Step("jump" if flag == "-j" else "goto", target)
    elif target in _VERDICTS:
        step = Step(_VERDICTS[target])
    elif target == "DNAT":
        step = _sent_on(words[at:])
    return Rule(_condition(words[:at]), step) if step else None


def made(table: Table) -> bool:
    """Return whether a table that nft shows is one of iptables, by the names of its base chains."""
    return all(chain.name in _BASE_CHAINS for chain in table.chains.values() if chain.hook)


def parse_iptables_save(text: str, family: str) -> list[Table]:
    """Return the tables of one version of IP ("ip" or "ip6"). Any text is taken.

    Chains stand before the rules that lead to them, as the command prints them.
    """
    tables: list[Table] = []
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("*"):
            tables.append(Table(family, line[1:].strip()))
        elif not tables:
            continue
        elif line.startswith(":"):
            name, _, rest = line[1:].partition(" ")
            policy = rest.partition(" ")[0].lower()
            base = policy != "-" and name in _HOOKS
            table = tables[-1]
            table.chains[name] = Chain(
                name,
                hook=_HOOKS[name] if base else "",
                kind=("nat" if table.name == "nat" else "filter") if base else "",
                priority=_PRIORITIES.get(table.name, 0),
                policy=policy,
            )
        elif line.startswith("-A "):
            _append(line, tables[-1])
    return tables


def _append(line: str, table: Table) -> None:
    try:
        # Only comments are quoted; lines without one, often very many, are split at once.
        words = shlex.split(line) if '"' in line or "\\" in line else line.split()
    except ValueError:
        return
    chain = table.chains.get(words[1]) if len(words) > 1 else None
    if chain is None:
        return
    chain.size += 1
    rule = _rule(words[2:], table)
    if rule is not None and rule.condition is not NEVER:
        chain.rules.append(rule)
