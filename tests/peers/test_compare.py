"""Published figures only, with n and year; a group only for those who are in it."""

import csv
from pathlib import Path

import pytest

from tests.support.facts import AS_OF
from tojimari.ask import answer_observation, parse_answer
from tojimari.assess.assessment import assess
from tojimari.catalog import load_catalog
from tojimari.catalog.schema import PeerGroup
from tojimari.model import Subject
from tojimari.peers import compare
from tojimari.peers.compare import belongs

CATALOG = load_catalog()
PRINTED = Path(__file__).parent.parent / "assets" / "survey2021.csv"


def compared(**answers):
    observations = [
        answer_observation(
            parse_answer(CATALOG.questions[key.replace("_", "-")], value),
            company=Subject("company", "c"),
            at=AS_OF,
        )
        for key, value in answers.items()
    ]
    return compare(assess(observations, company="c", catalog=CATALOG, as_of=AS_OF), CATALOG)


def test_every_figure_of_2021_is_the_printed_one():
    """Nothing is computed or combined: each figure stands in the survey's own table."""
    with PRINTED.open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    for figure in CATALOG.surveys["jfc-2021"].figures:
        row = rows[figure.row]
        if figure.percent is not None:
            assert float(row["percent"]) == figure.percent
        else:
            assert f"bound:<{figure.below:g}" in row["note"]
        assert (int(row["base_n"]) if row["base_n"] else None) == figure.n


def test_without_a_profile_no_group_is_shown():
    assert not any(c.alike for c in compared())
    assert all(c.figure.group is None for c in compared())


def test_a_group_is_shown_to_those_in_it():
    small = {c.figure.id for c in compared(company_size="two_to_four", pc_count=3) if c.alike}
    large = {c.figure.id for c in compared(company_size="ten_or_more", pc_count=12) if c.alike}
    assert "r089" in small
    assert "r090" not in small
    assert {"r090", "r100", "r101"} <= large


@pytest.mark.parametrize(
    ("value", "said", "inside"),
    [
        ("1", 1, True),
        ("1", 2, False),
        ("2-4", 4, True),
        ("2-4", 5, False),
        ("10+", 10, True),
        ("10+", 9, False),
        ("10+", "dont_know", False),
        ("10+", None, False),
    ],
)
def test_groups_by_number(value, said, inside):
    assert belongs(PeerGroup("pc-count", value), {"pc-count": said}) is inside


def test_the_own_state_beside_a_figure():
    by_id = {c.figure.id: c for c in compared(backup_where="none", pc_count=1)}
    assert by_id["r093"].own == "not_met"
    assert by_id["r093"].among is False
    assert by_id["r091"].among is True
    assert by_id["r088"].among is None


def test_an_own_unknown_is_counted_only_among_the_unknown():
    by_id = {c.figure.id: c for c in compared(website="own_server", web_server="dont_know")}
    assert by_id["r082"].among is None
    assert by_id["r084"].among is True
