"""What was found open stays open while it cannot be seen again; what was fine becomes unknown."""

import pytest

from tests.support.facts import AS_OF, fact
from tojimari.assess.check import checks_of
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.model import Finding, NotSeen
from tojimari.report.result import sentence

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


def judged(*observations) -> Finding:
    return judge(
        checks_of("website-defacement")[0],
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


def test_what_is_too_old_is_not_brought_back():
    old = CATALOG.facts["site.changes"].max_age_days + 1
    found = judged(fact("site.changes", changes("open"), age_days=old), unseen())
    assert (found.state, found.reason) == ("unknown", "could_not_see")


@pytest.mark.parametrize(
    ("reason", "see_with"),
    [("no_permission", "sudo tojimari check"), ("erased", ""), ("not_on_this_system", "")],
)
def test_what_the_owner_can_make_seen_or_what_is_gone_is_unknown(reason, see_with):
    found = judged(fact("site.changes", changes("open"), age_days=2), unseen(reason, see_with))
    assert found.state == "unknown"


def test_a_look_in_the_same_second_that_saw_nothing_counts_as_the_later_one():
    for _ in range(20):
        found = judged(fact("site.changes", changes("fine")), unseen())
        assert found.state == "unknown"
