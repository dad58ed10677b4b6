"""``tojimari papers``: from questions to a file, and to evidence."""

import pytest
import yaml

from tests.support.papers import answers
from tojimari.catalog import load_catalog

PAPERS = load_catalog().papers


@pytest.fixture
def filled(tmp_path):
    def make(kind):
        path = tmp_path / f"{kind}.yaml"
        path.write_text(yaml.safe_dump(answers(PAPERS[kind]), allow_unicode=True), encoding="utf-8")
        return path

    return make


def test_a_policy_is_made_approved_and_listed(tojimari, tmp_path, filled):
    out = tmp_path / "policy.html"
    made = ("papers", "make", "security-policy", "--out", str(out), "--company", "<株>戸締&まり")
    run = tojimari(*made)
    assert run.returncode == 1
    page = out.read_text(encoding="utf-8")
    assert "&lt;株&gt;戸締&amp;まり" in page
    assert "<株>" not in page
    run = tojimari(*made, "--answers", str(filled("security-policy")), "--approve", "社長")
    assert run.returncode == 1  # nobody looked, so practices are not confirmed
    listed = tojimari("papers", "list").stdout
    (line,) = [one for one in listed.splitlines() if one.startswith("security-policy")]
    assert load_catalog().ui("papers_cli.none").ja not in line
    assert load_catalog().ui("papers_cli.none").ja in listed


def test_the_questions_are_a_file_that_can_be_filled_in(tojimari):
    for kind in PAPERS:
        printed = tojimari("papers", "questions", kind).stdout
        parsed = yaml.safe_load(printed) or {}
        assert set(parsed) == {question.id for question in PAPERS[kind].questions}


@pytest.mark.parametrize(
    "more",
    [
        ("nothing", "--out", "x.html"),
        ("security-policy", "--out", "x.exe"),
        ("security-policy", "--out", "x.csv"),
        ("security-policy", "--out", "x.html", "--plan-by", "soon"),
        ("isms-gap", "--out", "x.html", "--approve", "社長"),
        ("yearly-review", "--out", "x.html", "--approve", "社長"),
        ("security-policy", "--out", "x.html", "--answers", "missing.yaml"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tojimari, tmp_path, more):
    kind, option, name, *rest = more
    run = tojimari("papers", "make", kind, option, str(tmp_path / name), *rest)
    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1
    assert not (tmp_path / name).exists()
