"""What is asked, what is skipped, what fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import AS_OF
from tojimari.ask import BadAnswer, BadAnswersFile, parse_answer, read_answers, waiting
from tojimari.ask.diagnosis import ALL_STAGES, answer_observation
from tojimari.assess.answers import answer_findings, meaning
from tojimari.catalog import load_catalog
from tojimari.model import Answer, Subject

CATALOG = load_catalog()
Q = CATALOG.questions
COMPANY = Subject("company", "c")


def given_answers(**answers):
    return {
        key.replace("_", "-"): parse_answer(Q[key.replace("_", "-")], value)
        for key, value in answers.items()
    }


def said(**answers):
    return answer_findings(
        [
            answer_observation(a, company=COMPANY, at=AS_OF)
            for a in given_answers(**answers).values()
        ],
        company=COMPANY,
        catalog=CATALOG,
        as_of=AS_OF,
    )


def ids(questions):
    return [question.id for question in questions]


def test_profile_comes_first_then_the_basics():
    order = ids(waiting(CATALOG, {}))
    assert order[0] == "company-size"
    assert order.index("website") < order.index("updates")


def test_an_answered_question_is_not_asked_again():
    assert "pc-count" not in ids(waiting(CATALOG, given_answers(pc_count=1)))


def test_no_phones_no_question_about_phones():
    none = given_answers(phones=["none"])
    assert "updates-phones" not in ids(waiting(CATALOG, none))
    assert said(phones=["none"])["os-updates-phone"].state == "not_applicable"


@pytest.mark.parametrize(
    ("gate", "hangs_on_it", "control"),
    [
        ("phones", "updates-phones", "os-updates-phone"),
        ("backup_where", "backup-detached", "backup-detached"),
        ("backup_where", "backup-when", "backup-recent"),
        ("website", "web-https", "website-encryption"),
        ("website", "web-server", "web-server-protection"),
        ("mail_domain", "domain-renewal", "domain-care"),
        ("remote_access", "vpn", "vpn-safe"),
        ("cloud_use", "cloud-terms", "cloud-agreements"),
    ],
)
def test_what_would_presuppose_an_answer_is_not_asked_after_dont_know_and_stays_unknown(
    gate, hangs_on_it, control
):
    unknown = {gate: "dont_know"}
    assert hangs_on_it not in ids(waiting(CATALOG, given_answers(**unknown), ALL_STAGES))
    assert said(**unknown)[control].state == "unknown"
    asked_first = given_answers()
    assert hangs_on_it in ids(waiting(CATALOG, asked_first, ALL_STAGES))


def test_an_answer_given_before_still_counts_after_a_dont_know():
    assert said(backup_where="dont_know", backup_detached="not_done")["backup-detached"].state == (
        "not_met"
    )


def test_old_answers_about_the_web_site_keep_their_meaning():
    assert Q["website"].offered != Q["website"].options
    for old, server in (("rented", False), ("own_server", True), ("both", True)):
        asked_for = ids(waiting(CATALOG, given_answers(website=old), ALL_STAGES))
        assert "web-https" in asked_for
        assert ("web-server" in asked_for) is server
    assert said(website="rented")["web-server-protection"].state == "not_applicable"
    assert said(website="own_server", web_server="done")["web-server-protection"].state == "met"
    assert said(website="yes", website_server="rented")["web-server-protection"].state == (
        "not_applicable"
    )


def test_dont_know_is_taken_by_every_question_and_means_unknown():
    for question in Q.values():
        answer = parse_answer(question, "dont_know")
        assert set(meaning(question, answer).values()) <= {"unknown"}


def test_the_places_of_backups_count():
    one, two = said(backup_where=["external_disk"]), said(backup_where=["external_disk", "cloud"])
    assert (one["backup-places"].state, one["backup-offsite"].state) == ("not_met", "not_met")
    assert (two["backup-places"].state, two["backup-offsite"].state) == ("met", "met")
    assert said(backup_where="none")["backup-exists"].state == "not_met"


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("pc-count", -1),
        ("pc-count", 1000),
        ("pc-count", "many"),
        ("pc-count", True),
        ("pc-count", 1.5),
        ("pc-count", None),
        ("mfa", "yes"),
        ("mfa", ["done", "partly"]),
        ("mfa", []),
        ("mfa", {"done": 1}),
        ("phones", ["none", "tablet"]),
        ("phones", ["tablet", 1]),
    ],
)
def test_what_does_not_fit_is_refused_with_what_is_allowed(question, value):
    with pytest.raises(BadAnswer) as caught:
        parse_answer(Q[question], value)
    assert question in caught.value.say("ja")
    assert "\n" not in caught.value.say("en")


def test_full_width_digits_are_digits():
    assert parse_answer(Q["pc-count"], "１２") == Answer("pc-count", (), 12)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda c: st.lists(c, max_size=3), max_leaves=4))  # fmt: skip
def test_any_value_is_an_answer_or_refused(value):
    for question in (Q["pc-count"], Q["mfa"], Q["phones"]):
        try:
            parse_answer(question, value)
        except BadAnswer:
            continue


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(data):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.yaml"
        path.write_bytes(data)
        try:
            read_answers(path, CATALOG)
        except BadAnswersFile:
            return


def test_answering_everything_leaves_nothing_to_ask():
    answers: dict[str, Answer] = {}
    while queue := waiting(CATALOG, answers, ALL_STAGES):
        question = queue[0]
        value = 3 if question.type == "number" else [question.options[0].id]
        answers[question.id] = parse_answer(question, value)
    assert len(answers) > 60
