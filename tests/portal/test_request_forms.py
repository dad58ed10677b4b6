"""Questionnaires on the portal: handed in, confirmed by a person, filled in, known the next time."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.support.requests import taken_form
from tests.support.workbooks import QUESTIONS, questionnaire_file
from tojimari.attest.questionnaire import BadForm
from tojimari.model import Subject, seen
from tojimari.model.facts import CompanyAnswer
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.requests import form_pages
from tojimari.portal.requests.models import FormFile, FormMapping
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db
CONTROLS = {3: "auto-updates", 4: "antimalware-installed", 5: "backup-exists"}


def hand_in(client, base, data, name="質問票.xlsx"):
    file = SimpleUploadedFile(name, data)
    return client.post(f"{base}take/", {"file": file})


def know(world, control):
    """Let the company say that a control is in place."""
    question, option = next(
        (question, option)
        for question in catalog().questions.values()
        for option in question.options
        if option.says.get(control) == "met"
    )
    answer = CompanyAnswer(question.id, (option.id,), None)
    subject = Subject("company", str(world.company.pk))
    keep(world.company, [seen(answer, subject=subject, source="answered", at=timezone.now())])
    refresh(world.company)


def test_what_a_person_confirmed_goes_into_the_same_cells(world):
    know(world, "antimalware-installed")
    owner, base = world.client("owner"), f"/c/{world.company.pk}/forms/"
    page = hand_in(owner, base, questionnaire_file())["Location"]
    shown = owner.get(page).content.decode()
    for question in QUESTIONS:
        assert question in shown
    assert "集計" in shown
    assert "社外秘の採点" not in shown
    row = owner.get(f"{page}row/4/").content.decode()
    assert catalog().controls["antimalware-installed"].title.ja in row
    owner.post(f"{page}row/4/", {"control": "antimalware-installed", "answer": "known"})
    owner.post(f"{page}row/3/", {"control": "auto-updates", "answer": "partly", "remark": "=1+1"})
    owner.post(f"{page}row/5/", {"control": "backup-exists", "answer": "known"})
    sent = owner.get(f"{page}filled/")
    sheet = openpyxl.load_workbook(io.BytesIO(sent.content))["質問票"]
    assert [sheet[f"D{n}"].value for n in (3, 4, 5)] == ["△", "○", None]  # unknown stays empty
    assert (sheet["E3"].value, sheet["E3"].data_type) == ("=1+1", "s")
    assert say("evidence.said", "ja") in sheet["E4"].value
    assert sheet["D6"].value.startswith("=COUNTIF")
    # The same form again: its questions are known, its answers are worked out anew.
    again = hand_in(owner, base, questionnaire_file())["Location"]
    assert again != page
    sheet = openpyxl.load_workbook(io.BytesIO(owner.get(f"{again}filled/").content))["質問票"]
    assert [sheet[f"D{n}"].value for n in (3, 4, 5)] == [None, "○", None]


def test_what_a_person_wants_left_stays_empty(world):
    know(world, "backup-exists")
    owner, form = world.client("owner"), taken_form(world.company)
    page = f"/c/{world.company.pk}/forms/{form.pk}/"
    owner.post(f"{page}row/5/", {"control": "backup-exists", "answer": "leave"})
    sheet = openpyxl.load_workbook(io.BytesIO(owner.get(f"{page}filled/").content))["質問票"]
    assert sheet["D5"].value is None
    assert owner.post(f"{page}row/5/", {"control": "nothing"}).status_code == 400
    assert owner.get(f"{page}row/9/").status_code == 404


def test_a_supporter_needs_leave_and_loses_it_at_once(world):
    supporter = world.client("supporter")
    base = f"/s/{world.chamber.pk}/c/{world.company.pk}/forms/"
    assert supporter.get(base).status_code == 404
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=("forms:fill",))
    page = hand_in(supporter, base, questionnaire_file())["Location"]
    supporter.post(f"{page}row/4/", {"control": "antimalware-installed", "answer": "met"})
    assert supporter.get(f"{page}filled/").status_code == 200
    kept = FormMapping.objects.across("test").get()
    assert (kept.company, kept.organisation) == (None, world.chamber)
    events = AuditEvent.objects.of(world.company).filter(organisation=world.chamber)
    assert {event.action for event in events} >= {"form.taken", "form.filled"}
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    for path in ("", "row/4/", "filled/"):
        assert supporter.get(f"{page}{path}").status_code == 404
    buyer = world.client("buyer")
    Grant.objects.of(world.company).filter(organisation=world.bank).update(scopes=("forms:fill",))
    assert buyer.get(f"/s/{world.bank.pk}/c/{world.company.pk}/forms/").status_code == 404


@pytest.mark.parametrize("data", [b"", b"x" * 500, b"PK\x03\x04" + b"\x00" * 90], ids=len)
def test_what_is_no_workbook_is_refused_and_nothing_is_kept(world, data):
    owner, base = world.client("owner"), f"/c/{world.company.pk}/forms/"
    assert hand_in(owner, base, data).status_code == 400
    assert not FormFile.objects.of(world.company).exists()


def test_the_place_and_the_words_are_chosen_by_a_person(world):
    owner, form = world.client("owner"), taken_form(world.company)
    page = f"/c/{world.company.pk}/forms/{form.pk}/"
    place = {"sheet": "質問票", "first": 4, "last": 5, "question": 3, "answer": 4, "remark": 0}
    assert owner.post(f"{page}layout/", place).status_code == 302
    form.refresh_from_db()
    assert (form.layout["first"], form.layout["remark"]) == (4, 0)
    for wrong in (
        {"answer": 3},
        {"first": 9},
        {"sheet": "ない"},
        {"question": "x"},
        {"last": 10**9},
    ):
        assert owner.post(f"{page}layout/", place | wrong).status_code == 400
    owner.post(f"{page}words/", {"met": "対象外"})
    owner.post(f"{page}row/4/", {"control": "screen-lock", "answer": "met"})
    sheet = openpyxl.load_workbook(io.BytesIO(owner.get(f"{page}filled/").content))["質問票"]
    assert sheet["D4"].value == "対象外"
    assert owner.post(f"{page}delete/", {"sure": "yes"}).status_code == 302
    assert owner.get(page).status_code == 404


def test_many_large_files_do_not_fill_the_database(world, monkeypatch):
    data = questionnaire_file()
    monkeypatch.setattr(form_pages, "FORMS_BYTES_AT_MOST", 2 * len(data))
    owner, base = world.client("owner"), f"/c/{world.company.pk}/forms/"
    answers = [hand_in(owner, base, data).status_code for _ in range(3)]
    assert answers == [302, 302, 400]
    assert FormFile.objects.of(world.company).count() == 2


def test_a_file_that_is_refused_leaves_nothing_behind(world, monkeypatch):
    def refuses(*_):
        raise BadForm("だめ", "no")

    monkeypatch.setattr(form_pages, "set_layout", refuses)
    owner, base = world.client("owner"), f"/c/{world.company.pk}/forms/"
    assert hand_in(owner, base, questionnaire_file()).status_code == 400
    assert not FormFile.objects.of(world.company).exists()
