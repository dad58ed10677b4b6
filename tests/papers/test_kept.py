"""An approved paper is evidence until its day; taken back, it is none."""

from datetime import date, timedelta

import pytest

from tests.support.papers import AT, PLAN_BY, TODAY, all_met, answers, known
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.papers import in_force, kept_papers, made_observation, write

CATALOG = load_catalog()


def approved(kind_id, given_answers=None, *, on=TODAY, holds=True, at=AT, version=1):
    kind = CATALOG.papers[kind_id]
    filled = answers(kind) | (given_answers or {})
    paper = write(
        kind, known(CATALOG, all_met(CATALOG)), filled, plan_by=PLAN_BY, catalog=CATALOG, lang="ja"
    )
    return made_observation(
        paper, kind, version=version, approved_on=on, sha256="0" * 64, at=at, holds=holds
    )


def judged(*observations, at=AT):
    return diagnose(observations, company="c", catalog=CATALOG, as_of=at).assessment.controls


def test_an_approved_policy_is_met_by_paper_until_its_day_and_open_after():
    made = approved("security-policy")
    found = judged(made)["security-policy"]
    assert (found.state, found.basis) == ("met", "document")
    assert found.headline.numbers["due_on"] == "2027-11-30"
    later = judged(made, at=AT + timedelta(days=367))["security-policy"]
    assert (later.state, later.headline.reason) == ("not_met", "kept_due")
    assert in_force([made], TODAY) == {"security-policy": date(2027, 11, 30)}
    assert in_force([made], date(2027, 12, 1)) == {}


def test_a_paper_shows_no_measured_practice():
    made = approved("security-policy")
    for control in ("os-updates-pc", "antimalware-installed", "backup-exists", "access-rights"):
        assert judged(made)[control].state == "unknown"


def test_a_paper_that_was_taken_back_is_no_evidence():
    made = approved("security-policy")
    back = approved("security-policy", holds=False, at=AT + timedelta(hours=1))
    for both in ((made, back), (back, made)):
        assert judged(*both, at=AT + timedelta(hours=2))["security-policy"].state == "unknown"
    assert kept_papers([made, back], TODAY) == {}


def test_a_record_counts_from_the_day_it_was_done():
    made = approved("training-record", {"day": "2026-01-10"})
    found = judged(made)["incident-education"]
    assert (found.state, found.headline.numbers["due_on"]) == ("met", "2027-01-10")
    assert judged(made, at=AT + timedelta(days=60))["incident-education"].state == "not_met"
    assert "4-2-2-1" in kept_papers([made], TODAY)["training-record"].criteria
    assert kept_papers([made], date(2027, 2, 1))["training-record"].criteria == ("4-2-2-3",)


@pytest.mark.parametrize("kind_id", ["privacy-mark-gap", "isms-gap"])
def test_a_gap_list_is_no_evidence(kind_id):
    assert approved(kind_id).fact.shows == ()


def test_a_declaration_without_its_id_shows_nothing():
    assert approved("security-action-declaration").fact.shows == ()
    assert CATALOG.papers["security-action-declaration"].approve_needs == ("star", "done", "number")


def test_an_application_counts_what_was_written_here_but_no_draft_of_a_declaration():
    made = [approved("security-policy"), approved("security-action-declaration")]
    found = diagnose(made, company="c", catalog=CATALOG, as_of=AT + timedelta(hours=2))
    tokyo = next(one for one in found.offers if one.programme.id == "tokyo-cyber-grant-2026")
    assert tokyo.held == ("security-policy",)
    later = diagnose(made, company="c", catalog=CATALOG, as_of=AT + timedelta(days=4000))
    assert all(one.held == () for one in later.offers)
