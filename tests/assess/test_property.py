"""Every check, fed with random facts of the right shape."""

from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.drawn_facts import facts_for
from tests.support.facts import AS_OF, fact, subject_of
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.assess.roll_up import roll_up
from tojimari.catalog import load_catalog
from tojimari.model import (
    Assessment,
    Finding,
    NotSeen,
    Subject,
    decode_assessment,
    encode_assessment,
)
from tojimari.model.facts import fact_kinds

CATALOG = load_catalog()
RANK = {"not_met": 0, "partly": 1, "unknown": 2, "met": 3, "not_applicable": 3}


def verdict(control: str, facts: dict[str, dict[str, Any] | None]):
    observations = [
        fact(kind, fields, not_seen=None if fields is not None else NotSeen("no_permission"))
        for kind, fields in facts.items()
    ]
    check = all_checks()[control]
    subject = subject_of(check.reads[0])
    return judge(check, observations, subject=subject, catalog=CATALOG, as_of=AS_OF)


quick = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
CHECKS = sorted(all_checks())


def gets_a_sentence(finding: Finding) -> None:
    """Any fact of the right shape gets a sentence and never an error."""
    assert finding.reason != "our_bug", finding.not_seen
    text = CATALOG.reason(finding.control, finding.reason).text
    assert text.say("ja", **finding.numbers)
    assert text.say("en", **finding.numbers)
    assert (finding.not_seen is not None) == (finding.state == "unknown")


def is_never_met_with_a_needed_fact_hidden(control: str, facts: dict[str, Any]) -> None:
    for kind in all_checks()[control].reads:
        finding = verdict(control, {**facts, kind: None})
        assert finding.state == "unknown"


def is_the_same_in_another_order(control: str, facts: dict[str, Any], first: Finding) -> None:
    second = verdict(control, dict(reversed(list(facts.items()))))
    assert (first.state, first.reason, first.numbers) == (
        second.state,
        second.reason,
        second.numbers,
    )


def is_stored_whole(found: Finding, expected: int | None) -> None:
    company = Subject("company", "c")
    standing = roll_up(
        found.control,
        said=None,
        measured=(found,),
        evidence=None,
        expected=expected,
        company=company,
        as_of=AS_OF,
    )
    made = Assessment(
        company="c",
        as_of=AS_OF,
        catalog_version=CATALOG.meta.version,
        check_revisions={id_: check.revision for id_, check in all_checks().items()},
        controls={found.control: standing},
        profile={"company-size": ["two_to_four"], "pc-count": 2, "industry": "dont_know"},
    )
    assert decode_assessment(encode_assessment(made)) == made
    assert set(found.rests_on) <= set(made.rests_on)


# Here an empty field is a value of its own: no limit on how long logs are kept is set, updates are
# not paused, no record is there, nothing is wrong with it, the rules judge what was recorded.
# Who looked is told on Windows and Macs alone, what is left out of the watch by Defender alone,
# and whether programs from the Internet are checked by a Mac alone. Whether a protocol of old is
# answered adds to what folders are open, which is the control's own question: Windows alone tells it.
MEANS_NONE = {
    ("device.accounts", "joined"),
    ("device.accounts", "user_is_administrator"),
    ("device.antimalware", "downloads_checked"),
    ("device.antimalware", "opened"),
    ("device.auto_updates", "paused_until"),
    ("device.logging", "kept_days"),
    ("device.shares", "smb1"),
    ("mail_domain.auth", "spf"),
    ("mail_domain.auth", "spf_problem"),
    ("mail_domain.auth", "dmarc"),
    ("mail_domain.auth", "dmarc_problem"),
    ("mail_domain.transport", "mta_sts_problem"),
    ("site.headers", "judged"),
}


@cache
def nullable(kind: str) -> list[str]:
    shape = fact_kinds()[kind]
    hints = get_type_hints(shape)
    names = [name for name in shape.__struct_fields__ if NoneType in get_args(hints[name])]
    return [name for name in names if (kind, name) not in MEANS_NONE]


def is_never_met_for_what_is_forgotten(
    control: str, facts: dict[str, Any], before: Finding
) -> None:
    """Forgetting part of a fact may make a finding unknown; it must not make it fine."""
    if before.state not in ("not_met", "partly"):
        return
    for kind in all_checks()[control].reads:
        for name in nullable(kind):
            hidden = {**facts, kind: {**facts[kind], name: None}}
            assert verdict(control, hidden).state not in ("met", "not_applicable"), (kind, name)


@pytest.mark.parametrize("control", CHECKS)
@quick
@given(data=st.data())
def test_every_rule_holds_for_any_fact_of_the_right_shape(control, data):
    """All rules on the same facts: drawing them takes longer than judging them."""
    facts = data.draw(facts_for(control))
    found = verdict(control, facts)
    gets_a_sentence(found)
    is_never_met_with_a_needed_fact_hidden(control, facts)
    is_the_same_in_another_order(control, facts, found)
    is_stored_whole(found, data.draw(st.one_of(st.none(), st.integers(0, 3))))
    is_never_met_for_what_is_forgotten(control, facts, found)


# One more bad thing of each kind: what the list gains, by check.
BAD = {
    "open-services": ("device.listening", "sockets", {"protocol": "tcp", "address": "0.0.0.0", "port": 445, "program": "smbd"}),
    "remote-desktop-exposure": ("device.listening", "sockets", {"protocol": "tcp", "address": "::", "port": 3389, "program": None}),
    "open-shares": ("device.shares", "shares", {"system": "samba", "name": "p", "path": "/p", "guest": True, "writable": True}),
    "passwordless-admin": ("device.sudo", "without_password", "eve"),
    "inactive-accounts": ("device.accounts", "inactive", "old"),
    "admin-accounts": ("device.accounts", "uid0", "toor"),
    "empty-passwords": ("device.passwords", "empty", "bob"),
    "disk-encryption": ("device.disk_encryption", "volumes", {"mount": "/x", "device": "sdx", "encrypted": False, "removable": False, "system": True}),
    "supported-software": ("device.software", "items", {"name": "django", "version": "1.11", "source": "pip", "from_system": False}),
    "browser-updates": ("device.browsers", "browsers", {"id": "firefox", "name": "Firefox", "version": "100.0", "from_system": False}),
    "website-exposed-files:site": ("site.exposed", "found", {"path": "/.env", "kind": "secret"}),
    "website-content:site": ("site.content", "mixed", {"kind": "active", "url": "http://a.example/a.js", "page": "https://b.example/"}),
    "outside-doors:network": ("network.open_ports", "open", {"port": 445, "service": "SMB", "banner": "", "login": False}),
    "remote-desktop-exposure:network": ("network.open_ports", "open", {"port": 3389, "service": "RDP", "banner": "", "login": False}),
    "lookalike-domains:mail_domain": ("mail_domain.lookalikes", "found", {"name": "examp1e.jp", "how": "homoglyph", "mail": True, "site": True}),
    "mail-transport:mail_domain": ("mail_domain.transport", "servers", {"host": "mx.example", "answered": True, "starttls": False, "version": None, "trusted": None, "problem": None, "not_after": None}),
}  # fmt: skip


@pytest.mark.parametrize("control", sorted(BAD))
@quick
@given(data=st.data())
def test_one_more_bad_fact_never_improves_a_finding(control, data):
    kind, field, bad = BAD[control]
    facts = data.draw(facts_for(control))
    before = verdict(control, facts)
    worse = {**facts, kind: {**facts[kind], field: [*(facts[kind][field] or []), bad]}}
    after = verdict(control, worse)
    assert RANK[after.state] <= RANK[before.state]
    assert after.state in ("not_met", "partly")
