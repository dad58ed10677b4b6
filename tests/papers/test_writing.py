"""A paper says what is known and answered, and never claims what was denied or seen otherwise."""

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.papers import (
    NAME,
    PLAN_BY,
    TODAY,
    all_met,
    answers,
    known,
    standing,
)
from tojimari.catalog import load_catalog
from tojimari.catalog.paper_consistency import MOST_QUESTIONS
from tojimari.papers import write
from tojimari.papers.answers import day_words
from tojimari.papers.claims import claim
from tojimari.papers.criteria import criteria_rows

CATALOG = load_catalog()
KINDS = sorted(CATALOG.papers)
STATES = st.sampled_from(["met", "partly", "not_met", "unknown", "not_applicable"])
CLAIMING = [id_ for id_ in KINDS if any(c.practice for c in CATALOG.papers[id_].clauses)]


@dataclass
class Drawn:
    """What is known of one control, in any mixture."""

    state: str
    said: str | None
    measured: tuple[str, ...]
    kept: str | None


DRAWN = st.builds(
    Drawn,
    STATES,
    st.none() | STATES,
    st.lists(STATES, max_size=2).map(tuple),
    st.sampled_from([None, None, "met", "not_met"]),
)


def written(kind_id, standings=None, given_answers=None, lang="ja", **more):
    kind = CATALOG.papers[kind_id]
    return write(
        kind,
        known(CATALOG, standings, **more),
        answers(kind) if given_answers is None else given_answers,
        plan_by=PLAN_BY,
        catalog=CATALOG,
        lang=lang,
    )


def text_of(paper) -> str:
    return "\n".join(section.text for section in paper.sections)


def open_somewhere(one) -> bool:
    denied = {"not_met", "partly"}
    return bool(
        one.state in denied
        or {f.state for f in one.measured} & denied
        or (one.said and one.said.state in denied and not (one.evidence and one.state == "met"))
    )


@given(st.data())
def test_no_practice_is_claimed_that_was_denied_seen_otherwise_or_is_not_known(data):
    kind_id = data.draw(st.sampled_from(CLAIMING))
    lang = data.draw(st.sampled_from(["ja", "en"]))
    own = {id_ for clause in CATALOG.papers[kind_id].clauses for id_ in clause.practice}
    drawn = {id_: data.draw(DRAWN) for id_ in sorted(own)}
    standings = {
        id_: standing(id_, d.state, said=d.said, measured=d.measured, kept=d.kept)
        for id_, d in drawn.items()
    }
    text = text_of(written(kind_id, standings, lang=lang))
    for clause in CATALOG.papers[kind_id].clauses:
        if clause.when:
            continue
        sentence = clause.text.say(lang) if clause.practice and clause.text else ""
        applying = [
            standings[id_] for id_ in clause.practice if standings[id_].state != "not_applicable"
        ]
        if any(open_somewhere(one) or one.state != "met" for one in applying):
            assert sentence not in text
            assert all(
                CATALOG.controls[one.control].do.say(lang) in text
                for one in applying
                if open_somewhere(one)
            )
            assert day_words(PLAN_BY, lang) in text


@pytest.mark.parametrize("kind_id", KINDS)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_company_that_does_everything_gets_a_paper_without_open_places(kind_id, lang):
    paper = written(kind_id, all_met(CATALOG), lang=lang)
    assert (paper.blanks, paper.not_yet) == (0, 0), text_of(paper)
    assert set(paper.covered) == set(paper.wants)
    assert paper.shows == CATALOG.papers[kind_id].shows or set(paper.shows) == set(
        CATALOG.papers[kind_id].shows
    ) - ({"private-devices"} if kind_id == "device-rules" else set())
    assert "{" not in text_of(paper)


@pytest.mark.parametrize("kind_id", KINDS)
def test_an_unanswered_paper_shows_no_control_that_hangs_on_an_answer(kind_id):
    empty = written(kind_id, all_met(CATALOG), {}, contacts=(), people=())
    full = written(kind_id, all_met(CATALOG))
    assert set(empty.covered) <= set(full.covered)
    assert not empty.shows or not CATALOG.papers[kind_id].questions
    assert len(CATALOG.papers[kind_id].questions) <= MOST_QUESTIONS


@pytest.mark.parametrize("kind_id", KINDS)
def test_every_choice_of_a_paper_can_be_made(kind_id):
    kind = CATALOG.papers[kind_id]
    for option in range(max((len(q.options) for q in kind.questions), default=1)):
        paper = written(kind_id, all_met(CATALOG), answers(kind, option=option))
        assert paper.blanks == 0
        assert set(paper.covered) <= set(paper.wants)


def test_saying_no_is_planned_and_never_claimed():
    kind = CATALOG.papers["partner-clauses"]
    paper = written(kind.id, all_met(CATALOG), {**answers(kind), "agreed": "no"})
    assert "partner-contracts" not in paper.shows
    assert {"2-1-2-1", "2-1-4-1"} <= set(paper.open_criteria)
    assert day_words(PLAN_BY, "ja") in text_of(paper)


def test_what_was_done_more_than_a_year_ago_is_planned_again():
    kind = CATALOG.papers["training-record"]
    old = written(kind.id, all_met(CATALOG), {**answers(kind), "day": "2025-10-01"})
    assert old.shows == ()
    assert old.covered == ("4-2-2-3",) or "4-2-2-1" not in old.covered
    fresh = written(kind.id, all_met(CATALOG), {**answers(kind), "day": "2026-01-10"})
    assert set(fresh.shows) == {"staff-training", "incident-education"}
    assert fresh.done_on("incident-education") == "2026-01-10"


def test_a_paper_takes_the_place_of_a_no_but_never_of_a_look():
    def of(**how):
        return claim(
            ("security-policy",),
            known(CATALOG, {"security-policy": standing("security-policy", **how)}).assessment,
        )

    assert of(state="met", said="not_met", kept="met") == "stated"
    assert of(state="met", said="not_met", measured=("met",)) == "not_yet"
    assert of(state="met", measured=("not_met",), kept="met") == "not_yet"
    assert of(state="unknown") == "unconfirmed"
    assert of(state="not_applicable", said="not_applicable") == "left_out"


def test_the_companys_name_stands_as_it_is_written():
    assert NAME in text_of(written("security-policy"))


@given(st.text(max_size=60))
def test_what_is_typed_is_never_read_as_a_template_or_a_table(typed):
    from tojimari.papers.answers import checked
    from tojimari.papers.blocks import blocks

    kind = CATALOG.papers["telework-rules"]
    kept = checked(kind, {"who": typed, "call": "{company} {0} {who.__class__}"}, TODAY)
    paper = written(kind.id, all_met(CATALOG), kept)
    assert "{company} {0} {who.__class__}" in text_of(paper)
    for section in paper.sections:
        assert all(hasattr(one, "text") for one in blocks(section.text))


def test_no_criterion_of_the_workbook_is_better_than_the_assessment():
    rows = criteria_rows(known(CATALOG), CATALOG, "ja")
    assert len(rows) == 81
    assert not any(row.ready for row in rows if row.state not in ("met", "not_applicable"))
    said_all = criteria_rows(known(CATALOG, all_met(CATALOG)), CATALOG, "ja")
    papers = {
        c.id
        for item in CATALOG.frameworks["scs-3"].items
        for c in item.criteria
        if c.seen_by in ("paper", "record") and c.controls
    }
    # What only was said is met, and still wants its paper or record.
    assert not any(row.ready for row in said_all if row.id in papers)
    assert all(row.state == "met" for row in said_all if row.id in papers)


def test_dates_are_written_as_people_write_them():
    assert day_words(date(2026, 4, 1), "ja") == "2026年4月1日"
    assert day_words("2026-04-01", "en") == "2026-04-01"
