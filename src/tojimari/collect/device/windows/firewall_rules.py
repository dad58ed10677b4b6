"""Which ports the rules of Windows' firewall open to anybody on any network.

Rules lie in the registry as texts ("v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|"):
the grammar is that of MS-GPFAS 2.2.2.19, the same in every language. Group Policy's, device
management's and the local ones are kept apart; local ones count unless a policy forbids to merge
them (``AllowLocalPolicyMerge``), and none where every exception is refused
(``DoNotAllowExceptions``; MS-GPFAS 2.2.2).
"""

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from tojimari.collect.device.windows.firewall_profiles import (
    FIREWALL_KEY,
    POLICY_KEY,
    in_force_on_public,
)
from tojimari.collect.device.windows.registry import values_of
from tojimari.collect.host import Host, Missing
from tojimari.model.facts import LetIn

_STORES = (
    rf"{POLICY_KEY}\FirewallRules",
    rf"{FIREWALL_KEY}\Mdm\FirewallRules",
)
_LOCAL = rf"{FIREWALL_KEY}\FirewallRules"
_LAST_PORT = 65_535
_PROTOCOLS: tuple[tuple[str, Literal["tcp", "udp"]], ...] = (("6", "tcp"), ("17", "udp"))
"""By their numbers, as the rules write them."""
# Whoever is named here, or how the traffic must be protected, narrows whom the rule lets in; so
# do a package of the store and the person it belongs to.
_NARROWING = re.compile(
    r"(LA|RA)[46]\d?|IF|IFType|RPort|RPort2_10|RMauth|RUAuth|Security.*|AuthByPassOut|AppPkgId|LUOwn|"
    r"LUAuth|PFN|TTK.*|Platform.*|EmbedCtxtFilter|NNm",
    re.IGNORECASE,
)


class Rules(msgspec.Struct, frozen=True):
    """What the rules say of what comes in.

    Attributes:
        allowing: how many let something in that is asked for from elsewhere.
        let_in: ports that they open to anybody, on public networks too.
    """

    allowing: int
    let_in: tuple[LetIn, ...]


class _Rule(msgspec.Struct, frozen=True):
    fields: dict[str, list[str]]

    def one(self, name: str) -> str:
        return next(iter(self.fields.get(name, ())), "")

    @property
    def on(self) -> bool:
        return self.one("active").upper() == "TRUE" and self.one("dir").upper() == "IN"

    @property
    def for_anybody(self) -> bool:
        """Whether it holds for every address, on every network, or on public ones at least."""
        profiles = {profile.lower() for profile in self.fields.get("profile", ())}
        narrowed = any(_NARROWING.fullmatch(name) for name in self.fields)
        return not narrowed and (not profiles or "public" in profiles)

    @property
    def of_one_program(self) -> bool:
        return bool(self.fields.get("app") or self.fields.get("svc"))

    def ports(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of ports. Those that Windows names by a word ("RPC") have no numbers."""
        named = [*self.fields.get("lport", ()), *self.fields.get("lport2_10", ())]
        if not named and not self.of_one_program:
            yield 1, _LAST_PORT
        for text in named:
            found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text.strip(), re.ASCII)
            if found:
                first, last = int(found[1]), int(found[2] or found[1])
                if first <= last <= _LAST_PORT:
                    yield first, last

    def rows(self) -> Iterator[LetIn]:
        protocol = self.one("protocol")
        for number, name in _PROTOCOLS:
            if protocol in ("", number):
                for first, last in self.ports():
                    yield LetIn("inbound", "both", name, first, last)


def in_force(host: Host) -> Rules:
    """Return what the rules that hold here let in. Raises Missing, Denied."""
    rules = [rule for rule in _rules(host) if rule.on]
    allowing = [rule for rule in rules if rule.one("action").upper() == "ALLOW"]
    blocked = {
        row
        for rule in rules
        if rule.one("action").upper() == "BLOCK" and rule.for_anybody and not rule.of_one_program
        for row in rule.rows()
    }
    if in_force_on_public(host, "DoNotAllowExceptions") == 1:
        return Rules(len(allowing), ())
    let_in = {row for rule in allowing if rule.for_anybody for row in rule.rows()}
    open_ = [row for row in let_in if not any(_covers(no, row) for no in blocked)]
    return Rules(len(allowing), tuple(sorted(open_, key=lambda row: (row.first, row.protocol))))


def _covers(block: LetIn, row: LetIn) -> bool:
    """Whether a rule that blocks, which always wins, leaves nothing of what another lets in."""
    return block.protocol == row.protocol and block.first <= row.first and row.last <= block.last


def _rules(host: Host) -> Iterator[_Rule]:
    """Yield the rules that hold, on or off. Raises Missing: every Windows has rules of its own."""
    merged = in_force_on_public(host, "AllowLocalPolicyMerge") != 0
    for key in (*_STORES, *([_LOCAL] if merged else [])):
        held = values_of(host, key)
        if not held and key == _LOCAL:
            raise Missing(key)
        for text in held.values():
            rule = _read(text) if isinstance(text, str) else None
            if rule is not None:
                yield rule


def _read(text: str) -> _Rule | None:
    """Return a rule's fields by name, lower case; None for what is no rule."""
    version, *parts = text.split("|")
    if not re.fullmatch(r"v\d+\.\d+", version):
        return None
    fields: dict[str, list[str]] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals:
            fields.setdefault(name.strip().lower(), []).append(value)
    return _Rule(fields)
