"""The shipped questionnaire jfc2021 and its published figures."""

import pytest

from tojimari.catalog import load_catalog
from tojimari.model import DONT_KNOW
from tojimari.survey.diagnosis import answered_states
from tojimari.survey.loader import lint_questionnaire, load_questionnaire, shipped
from tojimari.survey.publication import NoPublished, load_published
from tojimari.survey.reconstruction.margins import keys_of
from tojimari.survey.reconstruction.variables import Variables

ID = "jfc2021"


@pytest.fixture(scope="module")
def questionnaire():
    return load_questionnaire(ID)


@pytest.fixture(scope="module")
def published():
    return load_published(ID)


def test_it_ships_without_mistakes():
    assert ID in shipped()
    assert lint_questionnaire(ID) == []


def test_it_says_that_it_is_rebuilt(questionnaire):
    assert "当時の調査票そのものではありません" in questionnaire.source.ja
    assert "not the questionnaire used then" in questionnaire.source.en


def test_every_published_row_is_there_once(published):
    assert [row.id for row in published.rows] == [f"r{n:03}" for n in range(1, 170)]
    assert published.source in load_catalog().sources


def test_the_rows_agree_with_those_the_catalog_carries(published):
    """Two files in the repository carry some of the figures; they must not drift apart."""
    rows = {row.id: row for row in published.rows}
    figures = [f for f in load_catalog().surveys["jfc-2021"].figures if f.row]
    assert len(figures) > 40
    for figure in figures:
        row = rows[figure.row]
        assert row.percent == figure.percent
        assert row.below == figure.below
        if figure.n is not None and row.base is not None:
            assert row.base == figure.n


def test_every_row_names_things_that_exist(questionnaire, published):
    variables = Variables(questionnaire)
    for row in published.rows:
        assert bool(row.of) != bool(row.orders or row.rank)
        names = [(key.of, key.answers, key.by, key.group) for key in keys_of(row)]
        names += [(o.of, (o.answer,), o.by, g) for o in row.orders for g in o.groups]
        names += [(row.rank.of, (*row.rank.first, *row.rank.apart), "", "")] if row.rank else []
        for of, answers, by, group in names:
            assert set(answers) <= set(variables.options(of)), row.id
            assert not by or group in variables.options(by), row.id


def test_no_published_number_is_given_to_an_added_answer(questionnaire, published):
    """Except what the facts themselves work out or bound (kinds derived and bound)."""
    added = {(q.id, o.id) for q in questionnaire.questions for o in q.options if o.added}
    assert len(added) > 20
    for row in published.rows:
        if row.kind in ("percent", "count"):
            assert not any((row.of, answer) in added for answer in row.answers), row.id


def test_added_answers_are_named_under_their_tables(questionnaire):
    for question in questionnaire.questions:
        for option in question.options:
            if option.added:
                assert option.text.ja in question.note.ja
                assert option.text.en in question.note.en


def test_figures_3_to_19_are_drawn(questionnaire):
    assert {figure.number for figure in questionnaire.figures} == set(range(3, 20))
    assert any("図－1と図－2" in note.ja for note in questionnaire.notes)


def test_unknown_surveys_are_refused():
    with pytest.raises(NoPublished) as refused:
        load_published("../jfc2021")
    assert "jfc2021" in refused.value.say("ja")


CONTROLS = {
    "os-updates-pc",
    "os-updates-tablet",
    "os-updates-phone",
    "app-updates",
    "antimalware-installed",
    "antimalware-phone",
    "network-firewall",
    "web-server-protection",
    "online-meeting-safety",
    "telework-rules",
    "backup-exists",
    "backup-offsite",
    "backup-places",
    "owner-training",
    "staff-training",
    "know-the-tricks",
    "document-storage",
}


def _answers(**more):
    return {
        "size": "two_to_four",
        "staff": "yes",
        "devices": ("pc", "smartphone", "tablet"),
        "meeting_outside": "yes",
        "meeting_inside": "no",
        "meeting_safety": "partly",
        "telework": ("home",),
        "telework_rules": "no",
        "website": "own_server",
        "web_protection": "done",
        "lan": "yes",
        "lan_internet": "yes",
        "lan_protection": DONT_KNOW,
        "storage": "server",
        "os_pc": "all",
        "os_tablet": "some",
        "os_phone": "none",
        "app_updates": "all",
        "av_pc": "all",
        "av_tablet": "all",
        "av_phone": "none",
        "backup": ("usb_or_disc", "outside_server"),
        "backup_places": "yes",
        "owner_training": "done",
        "staff_training": "partly",
        "information": ("none",),
        **more,
    }


def test_answers_give_the_company_its_diagnosis(questionnaire):
    states = answered_states(questionnaire, _answers(), load_catalog())
    assert states.keys() >= CONTROLS
    assert states["os-updates-pc"] == "met"
    assert states["os-updates-tablet"] == "partly"
    assert states["os-updates-phone"] == "not_met"
    assert states["antimalware-phone"] == "not_met"  # the worst of tablets and phones
    assert states["network-firewall"] == "unknown"
    assert states["web-server-protection"] == "met"
    assert states["online-meeting-safety"] == "partly"
    assert states["telework-rules"] == "not_met"
    assert states["backup-exists"] == "met"
    assert states["backup-offsite"] == "met"
    assert states["owner-training"] == "met"
    assert states["staff-training"] == "partly"
    assert states["know-the-tricks"] == "not_met"
    assert states["document-storage"] == "met"


def test_what_is_not_asked_does_not_apply_and_what_is_left_out_says_nothing(questionnaire):
    answers = _answers(size="one", website="none", storage="paper", backup=())
    for gone in ("staff", "telework", "telework_rules", "web_protection", "backup", "os_pc"):
        del answers[gone]
    states = answered_states(questionnaire, answers, load_catalog())
    assert states["telework-rules"] == "not_applicable"
    assert states["staff-training"] == "not_applicable"
    assert states["web-server-protection"] == "not_applicable"
    assert states["backup-exists"] == "not_applicable"
    assert "os-updates-pc" not in states
    assert answered_states(questionnaire, {}, load_catalog()).get("backup-exists") != "met"


def test_backups_nearby_only_are_not_offsite(questionnaire):
    states = answered_states(questionnaire, _answers(backup=("usb_or_disc",)), load_catalog())
    assert (states["backup-exists"], states["backup-offsite"]) == ("met", "not_met")
