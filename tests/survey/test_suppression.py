"""No small count is told: an outsider who solves every published sum at once finds none."""

from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.survey.attack import told, told_by_three, told_by_weights
from tests.survey.made import choice, questionnaire, several, text
from tojimari.model import When
from tojimari.survey import tabulation
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.precision import steps
from tojimari.survey.responses import responses_as_parquet
from tojimari.survey.schema import Derived, Group
from tojimari.survey.tabulation import Rules, tabulate

ASSETS = Path(__file__).parents[1] / "assets" / "survey"


def attacked(path, made, by, at_least=3):
    rules = Rules(at_least=at_least)
    published = tabulate(path, made, by=by, rules=rules)
    everything = tabulate(path, made, by=by, rules=Rules(at_least=0))
    hidden = [c for t in published.tables for g in t.columns for c in g.cells if c.kept_back]
    return told(published, everything, made, at_least), hidden


def draw(rng, answers, n, chances):
    """Return random answers, None among them."""
    return [answers[place] for place in rng.choice(len(answers), n, p=chances)]


def write(folder, columns):
    size = len(next(iter(columns.values())))
    path = folder / "responses.parquet"
    pq.write_table(pa.table({"respondent": [str(i) for i in range(size)], **columns}), path)
    return path


def test_two_hidden_cells_that_add_up_to_two_are_not_told(tmp_path):
    """The third group's cell follows, so two hidden ones add up to 2; neither can be zero."""
    made = load_questionnaire(ASSETS / "suppressed_pair" / "q.yaml")
    path = responses_as_parquet(ASSETS / "suppressed_pair" / "data.csv", made)
    found, hidden = attacked(path, made, ["size"])
    assert hidden
    assert found == []


def test_a_total_of_two_made_of_ones_does_not_tell_them(tmp_path):
    made = questionnaire(choice("g", ["x", "y", "z"]), choice("q", ["a", "b", "c"]))
    q = ["a"] * 20 + ["b"] * 19 + ["c"] + ["a"] * 30 + ["b"] * 29 + ["c"] + ["a"] * 9 + ["b"] * 8
    g = ["x"] * 40 + ["y"] * 60 + ["z"] * 17
    found, hidden = attacked(write(tmp_path, {"g": g, "q": q}), made, ["g"])
    assert hidden
    assert found == []


def test_the_base_of_a_question_does_not_tell_the_answer_it_was_asked_after(tmp_path):
    asked = When(question="use", one_of=("yes",))
    made = questionnaire(
        choice("g", ["x", "y", "z"]),
        choice("use", ["yes", "no"]),
        choice("why", ["a", "b"], when=asked),
    )
    use = ["yes"] * 28 + ["no"] * 2 + ["yes"] * 20 + ["no"] * 20 + ["yes"] * 30 + ["no"] * 9
    g = ["x"] * 30 + ["y"] * 40 + ["z"] * 39
    why = [("ab"[i % 2] if u == "yes" else None) for i, u in enumerate(use)]
    found, hidden = attacked(write(tmp_path, {"g": g, "use": use, "why": why}), made, ["g"])
    assert hidden
    assert found == []


def test_a_break_put_together_from_another_does_not_tell_its_parts(tmp_path):
    """Nested breaks: two of three fine groups make one of the coarse ones."""
    coarse = Derived(
        "wide",
        text("wide"),
        (
            Group("few", text("few"), When(question="g", one_of=("x", "y"))),
            Group("many", text("many"), When(question="g", one_of=("z",))),
        ),
    )
    made = questionnaire(
        choice("g", ["x", "y", "z"]), choice("q", ["a", "b", "c"]), derived=(coarse,)
    )
    q = ["a"] * 28 + ["b"] * 30 + ["c"] * 2 + ["a"] * 40 + ["b"] * 20 + ["a"] * 30 + ["c"] * 12
    g = ["x"] * 60 + ["y"] * 60 + ["z"] * 42
    found, hidden = attacked(write(tmp_path, {"g": g, "q": q}), made, ["g", "wide"])
    assert hidden
    assert found == []


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("at_least", [2, 3, 5])
def test_nothing_is_told_of_random_answers(tmp_path, seed, at_least):
    rng = np.random.default_rng(seed)
    n = 150
    made = questionnaire(
        choice("g", ["x", "y", "z"]), choice("q", ["a", "b", "c", "d"]), several("m", ["k", "l"])
    )
    columns = {
        # Some gave no answer: how they answered elsewhere is total less groups.
        "g": draw(rng, ["x", "y", "z", None], n, [0.55, 0.3, 0.1, 0.05]),
        "q": draw(rng, ["a", "b", "c", "d", None], n, [0.5, 0.3, 0.1, 0.05, 0.05]),
        "m__k": rng.random(n) < 0.05,
        "m__l": rng.random(n) < 0.4,
    }
    found, _ = attacked(write(tmp_path, columns), made, ["g", "q"], at_least)
    assert found == []


THREE = {"g": ["x", "y", "z"], "q": ["a", "b", "c"], "m": ["k", "l", "o"]}


def three_by_three(folder, seed):
    """Return the tables of three questions by each other, published and whole."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 160))
    columns = {
        "g": draw(rng, [*THREE["g"], None], n, [0.55, 0.3, 0.1, 0.05]),
        "q": draw(rng, [*THREE["q"], None], n, [0.6, 0.25, 0.1, 0.05]),
        "m": draw(rng, [*THREE["m"], None], n, [0.7, 0.2, 0.07, 0.03]),
    }
    made = questionnaire(*(choice(name, ids) for name, ids in THREE.items()))
    path = write(folder, columns)
    return [tabulate(path, made, by=list(THREE), rules=Rules(at_least=least)) for least in (3, 0)]


@pytest.mark.parametrize("seed", [1, 113, 114, 116, 121, 137, 145, 147, 149, 155, 157, 160])
def test_tables_of_three_questions_taken_together_tell_nothing(tmp_path, seed):
    """Bases of one table and of the same one turned told 105 of 764 small counts before."""
    published, everything = three_by_three(tmp_path, seed)
    assert any(c.kept_back for t in published.tables for g in t.columns for c in g.cells)
    assert told_by_three(published, everything, THREE, 3) == []
    made = questionnaire(*(choice(name, ids) for name, ids in THREE.items()))
    assert told(published, everything, made, 3) == []


def test_the_attack_by_three_finds_what_only_small_counts_kept_back_would_tell(tmp_path):
    published, everything = three_by_three(tmp_path, 1)
    tables = [
        msgspec.structs.replace(
            table,
            columns=tuple(
                msgspec.structs.replace(
                    column,
                    base=whole.base,
                    cells=tuple(
                        cell if cell.kept_back == "small" else true
                        for cell, true in zip(column.cells, whole.cells, strict=True)
                    ),
                )
                for column, whole in zip(table.columns, every.columns, strict=True)
            ),
        )
        for table, every in zip(published.tables, everything.tables, strict=True)
    ]
    weak = msgspec.structs.replace(published, tables=tuple(tables))
    assert told_by_three(weak, everything, THREE, 3)


def test_a_count_does_not_stand_beside_a_hidden_base(tmp_path):
    """Its share would tell the base."""
    made = questionnaire(choice("g", ["x", "y", "z"]), choice("q", ["a", "b"]))
    g = ["x"] * 2 + ["y"] * 30 + ["z"] * 40
    table = tabulate(write(tmp_path, {"g": g, "q": ["a", "b"] * 36}), made, by=["g"])
    columns = [c for t in table.tables for c in t.columns if c.base is None]
    assert columns
    assert not [cell for c in columns for cell in c.cells if cell.n]


def test_a_test_does_not_tell_the_table_it_comes_from():
    """Of the few tables that fit what is printed, one has this F: it says no more than its side."""
    made = load_questionnaire(ASSETS / "suppressed_pair" / "q.yaml")
    path = responses_as_parquet(ASSETS / "suppressed_pair" / "data.csv", made)
    for rules, silent in ((Rules(), True), (Rules(at_least=0), False)):
        tabulation = tabulate(path, made, by=["size"], rules=rules)
        [test] = [t.test for t in tabulation.tables if (t.question, t.by) == ("q", "size")]
        assert (test.statistic is None, test.p_adjusted is None) == (silent, silent)
        assert not test.differs


@pytest.mark.parametrize("seed", range(4))
def test_tabulations_published_one_after_the_other_tell_nothing_together(tmp_path, seed):
    """Each alone told nothing; what one printed fixed what another kept back."""
    rng = np.random.default_rng(seed)
    n = 120
    asked = When(question="q", one_of=("a",))
    made = questionnaire(
        choice("g", ["x", "y", "z"]),
        choice("h", ["u", "v", "w"]),
        choice("q", ["a", "b", "c"]),
        choice("why", ["k", "l"], when=asked),
    )
    q = draw(rng, ["a", "b", "c", None], n, [0.5, 0.35, 0.1, 0.05])
    columns = {
        "g": draw(rng, ["x", "y", "z", None], n, [0.6, 0.27, 0.1, 0.03]),
        "h": rng.choice(["u", "v", "w"], n, p=[0.5, 0.4, 0.1]),
        "q": q,
        "why": [rng.choice(["k", "l"]) if answer == "a" else None for answer in q],
    }
    path = write(tmp_path, columns)
    published = [["g"], ["q"], ["h", "g"]]
    tables = [
        table
        for number, by in enumerate(published)
        for table in tabulate(path, made, by=by, published=published[:number]).tables
    ]
    everything = tabulate(path, made, by=["g", "q", "h"], rules=Rules(at_least=0))
    together = msgspec.structs.replace(everything, tables=tuple(tables))
    assert told(together, everything, made, 3) == []
    # The first again is the first as it was.
    assert tabulate(path, made, by=["g"], published=published[:2]).tables == tuple(
        table for table in tables[: len(made.questions) * 2 - 1]
    )


@pytest.mark.parametrize("seed", [1, 24, 67, 87, 103])
def test_weighted_sums_do_not_tell_who_lighter_and_heavier_respondents_are(
    tmp_path, monkeypatch, seed
):
    """Of two hidden cells whose respondents weigh 2.0 and 0.4 the total would tell which is which."""
    rng = np.random.default_rng(seed)
    weights = {"x": 2.0, "y": 0.7, "z": 0.4}
    g = ["x"] * 40 + ["y"] * 70 + ["z"] * 60
    made = questionnaire(
        choice("g", list(weights)), choice("h", ["u", "v"]), choice("q", ["a", "b", "c", "d"])
    )
    columns = {
        "g": g,
        "h": rng.choice(["u", "v"], len(g)),
        "q": rng.choice(["a", "b", "c", "d"], len(g), p=[0.6, 0.34, 0.03, 0.03]),
        "weight": [weights[group] for group in g],
    }
    path = write(tmp_path, columns)
    found = []

    def spied(*of):
        found.append(steps(*of))
        return found[-1]

    monkeypatch.setattr(tabulation, "steps", spied)
    published = tabulate(path, made, by=["g", "h"])
    everything = tabulate(path, made, by=["g", "h"], rules=Rules(at_least=0))
    assert told_by_weights(published, everything, weights, found[-1], "g", "h") == []
    [total] = [t for t in published.tables if (t.question, t.by) == ("q", "")]
    [exact] = [t for t in everything.tables if (t.question, t.by) == ("q", "")]
    cells = list(zip(total.columns[0].cells, exact.columns[0].cells, strict=True))
    for mine, true in cells[:1]:  # of fewer less than a step may be there
        assert true.share is not None
        assert mine.low is not None
        assert mine.high is not None
        assert mine.share == pytest.approx(true.share, abs=0.05)
        assert mine.low <= true.share <= mine.high
