"""What was found open stays open while it cannot be seen again; what was fine becomes unknown."""

import pytest

from tests.support.facts import AS_OF, fact
from tojimari.assess.check import checks_of
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.model import Finding, NotSeen
from tojimari.report.sentences import sentence

CATALOG = load_catalog()


def changes(state: str) -> dict[str, object]:
    """Fields of ``site.changes`` that are fine or not."""
    alarm = {"kind": "iframe", "page": "https://shop.example/", "evidence": "x", "on_pages": 1}
    return {
        "baseline_at": "2026-11-01T00:00:00+00:00",
        "first": False,
        "pages": 3,
        "alarms": [alarm] if state == "open" else [],
        "alarms_in_all": int(state == "open"),
        "notes_in_all": 0,
    }


def judged(*observations, control="website-defacement") -> Finding:
    return judge(
        checks_of(control)[0],
        observations,
        subject=observations[0].subject,
        catalog=CATALOG,
        as_of=AS_OF,
    )


def unseen(reason="unreachable", see_with=""):
    return fact("site.changes", not_seen=NotSeen(reason, see_with=see_with))


def test_what_was_open_stays_open_and_says_of_which_day():
    before = fact("site.changes", changes("open"), age_days=2)
    for order in ((before, unseen()), (unseen(), before)):
        found = judged(*order)
        assert (found.state, found.reason) == ("not_met", "alarms")
        assert found.rests_on == (before.id,)
        assert found.not_seen == NotSeen("unreachable")
        assert "2026-11-21に見たときのこと" in sentence(found, CATALOG, "ja")
        assert "As seen on 2026-11-21" in sentence(found, CATALOG, "en")


def test_what_was_fine_becomes_unknown():
    found = judged(fact("site.changes", changes("fine"), age_days=2), unseen())
    assert (found.state, found.reason) == ("unknown", "could_not_see")
    assert found.not_seen == NotSeen("unreachable")


def test_what_was_open_stays_open_however_long_ago_and_what_was_fine_does_not():
    old = CATALOG.facts["site.changes"].max_age_days + 1
    for looks in ([], [unseen()]):
        found = judged(fact("site.changes", changes("open"), age_days=old), *looks)
        assert (found.state, found.reason, found.numbers["seen_on"]) == (
            "not_met",
            "alarms",
            "2026-10-22",
        )
        fine = judged(fact("site.changes", changes("fine"), age_days=old), *looks)
        assert (fine.state, fine.reason) == ("unknown", "could_not_see" if looks else "too_old")
    found = judged(fact("site.changes", changes("open"), age_days=old))
    assert "それから見ていません" in sentence(found, CATALOG, "ja")
    assert "nobody looked since" in sentence(found, CATALOG, "en")


@pytest.mark.parametrize(
    ("reason", "see_with"),
    [("no_permission", "sudo tojimari check"), ("erased", ""), ("not_on_this_system", "")],
)
def test_what_the_owner_can_make_seen_or_what_is_gone_is_unknown(reason, see_with):
    found = judged(fact("site.changes", changes("open"), age_days=2), unseen(reason, see_with))
    assert found.state == "unknown"
    # What was erased is forgotten; for the rest it is told on which day it was seen open.
    assert found.numbers == ({} if reason == "erased" else {"open_on": "2026-11-21"})
    assert ("直すところがありました" in sentence(found, CATALOG, "ja")) == (reason != "erased")


def test_a_look_in_the_same_second_that_saw_nothing_counts_as_the_later_one():
    for _ in range(20):
        found = judged(fact("site.changes", changes("fine")), unseen())
        assert found.state == "unknown"


def tls(**more):
    """A site with good encryption."""
    fields = {
        "offered": True,
        "versions": ["TLSv1.3"],
        "weak_ciphers": [],
        "forward_secrecy": True,
        "forward_secrecy_some": True,
        "led_to": [],
        "trusted": True,
        "problem": None,
        "names": ["shop.example"],
        "issuer": "CN=x",
        "not_after": "2027-06-01T00:00:00+00:00",
        "key": "EC 256",
        "key_weak": False,
        "signature_hash": "SHA256",
        "chain_in_order": True,
        "ocsp_stapled": False,
        "must_staple": False,
        "weaknesses": [],
    }
    return fact("site.tls", fields | more)


def https(*, redirected: bool, age_days: int = 0):
    fields = {
        "http": True,
        "https": True,
        "redirected": redirected,
        "final": "http://shop.example/",
        "stopped": None,
        "hsts_days": 365,
        "hsts_subdomains": True,
    }
    return fact("site.https", fields, age_days=age_days)


def of_encryption(*observations) -> Finding:
    return judged(*observations, control="website-encryption")


def test_a_fact_that_only_helps_keeps_open_what_it_had_shown():
    gone = fact("site.https", not_seen=NotSeen("timed_out"))
    before = https(redirected=False, age_days=3)
    found = of_encryption(tls(), before, gone)
    assert (found.state, found.reason) == ("not_met", "no_redirect")
    assert found.numbers["seen_on"] == "2026-11-20"
    assert before.id in found.rests_on
    # What is open without it is told as it is now, and what was fine with it says nothing.
    now = of_encryption(tls(trusted=False, problem="self_signed"), before, gone)
    assert (now.reason, now.numbers, now.not_seen) == ("self_signed", {}, None)
    fine = of_encryption(tls(), https(redirected=True, age_days=3), gone)
    assert (fine.state, fine.not_seen) == (of_encryption(tls(), gone).state, None)
