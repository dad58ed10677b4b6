"""A new kind of subject is one declaration: whatever judges, stores, exports, shows deals with it."""

import json
from datetime import timedelta

import pytest

from tests.support.facts import AS_OF
from tests.support.new_kind import CONTROL, course, employees
from tojimari.assess.check import checks_of
from tojimari.assess.judge import judge, look_again
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import LANGS, Subject
from tojimari.report.machine import to_json
from tojimari.report.oscal import document
from tojimari.report.page import to_html
from tojimari.report.terminal import show_result, show_standing
from tojimari.store import open_store

CATALOG = load_catalog()


@pytest.fixture
def shape():
    with employees() as made:
        yield made


def diagnosed(*observations):
    return diagnose(observations, company="c", catalog=CATALOG, as_of=AS_OF)


def test_it_is_judged_and_rolled_up(shape):
    open_ = diagnosed(course(shape, "aoki", True), course(shape, "baba", False))
    standing = open_.assessment.controls[CONTROL]
    assert (standing.state, standing.basis) == ("not_met", "measured")
    assert [f.subject for f in standing.measured] == [
        Subject("employee", "aoki"),
        Subject("employee", "baba"),
    ]
    # The company names each of them: nobody was left out.
    fine = diagnosed(course(shape, "aoki", True)).assessment.controls[CONTROL]
    assert (fine.state, fine.basis, fine.covered) == ("met", "measured", 0)


def test_what_is_old_names_the_command_that_looks_again(shape):
    [check] = checks_of(CONTROL)
    old = course(shape, "aoki", True, at=AS_OF - timedelta(days=31))
    assert look_again(old.subject, check) == "tojimari lessons aoki"
    found = judge(check, [old], subject=old.subject, catalog=CATALOG, as_of=AS_OF)
    assert found.not_seen.see_with == "tojimari lessons aoki"


def test_where_none_was_looked_at_that_is_said(shape):
    standing = diagnosed().assessment.controls[CONTROL]
    assert (standing.state, standing.headline.not_seen.reason) == ("unknown", "not_looked")


def test_a_state_file_holds_it(shape, tmp_path):
    given = course(shape, "aoki", True)
    with open_store(tmp_path / "s") as store:
        assert store.save([given], CATALOG) == 1
        assert store.current() == [given]


def test_every_form_of_the_report_shows_it(shape, capsys):
    found = diagnosed(course(shape, "aoki", False))
    for lang in LANGS:
        page = to_html(found, CATALOG, lang)
        assert "aoki" in page
        show_result(found, CATALOG, lang)
        show_standing(CONTROL, found, CATALOG, lang)
    assert "従業員 aoki" in capsys.readouterr().out
    made = json.loads(to_json(found, CATALOG))
    [control] = [c for c in made["controls"] if c["id"] == CONTROL]
    assert [f["subject"] for f in control["measured"]] == ["employee:aoki"]


def test_oscal_types_and_defines_it(shape, tmp_path):
    from trestle.oscal.assessment_results import AssessmentResults

    made = document(diagnosed(course(shape, "aoki", False)), CATALOG)
    path = tmp_path / "oscal.json"
    path.write_text(json.dumps(made), "utf-8")
    [result] = AssessmentResults.oscal_read(path).results
    [observation] = result.observations
    [subject] = observation.subjects
    assert str(subject.type.root) == "party"
    people = made["assessment-results"]["metadata"]["parties"]
    assert subject.subject_uuid in {one["uuid"] for one in people if one["type"] == "person"}
