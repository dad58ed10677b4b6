"""Lessons: taken with and without an account, kept as records, and nothing shown to a stranger."""

import html
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tojimari.model import Subject, seen
from tojimari.model.facts import DeviceUpdates
from tojimari.portal.companies.assessments import refresh, result_of
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.models import Notice
from tojimari.portal.devices.models import Device
from tojimari.portal.lessons import link_pages, taking
from tojimari.portal.lessons.models import LessonLink, LessonTaken
from tojimari.portal.lessons.notices import LESSON_DUE
from tojimari.portal.lessons.periodic import remind_of_lessons
from tojimari.portal.words import catalog, say
from tojimari.report.certificate import Certificate, CertificateLine, certificate_page

BASICS = catalog().learning["owner-training"].of


def answers(lesson, *, wrong=0, **more):
    """Return what is sent for a lesson, with the first ``wrong`` answers not right."""
    return {
        f"answer{n}": (question.right + (n < wrong)) % len(question.options)
        for n, question in enumerate(catalog().lessons[lesson].questions)
    } | more


def base(world):
    return f"/c/{world.company.pk}/lessons/"


def opened(world, people="", **more):
    """Switch the company's link on; return its address."""
    world.client("owner").post(f"{base(world)}link/", {"is_on": "yes", "people": people, **more})
    return f"/study/{LessonLink.objects.of(world.company).get().secret}/"


def visitor():
    return Client(HTTP_ACCEPT_LANGUAGE="ja")


def rows(world):
    return LessonTaken.objects.of(world.company)


def record_of(world, control):
    standing = result_of(world.company).assessment.controls[control]
    return next((one.state for one in standing.evidence), None)


def test_the_owner_takes_one_and_knowing_tricks_is_recorded(world):
    client = world.client("owner")
    shown = client.get(f"{base(world)}updates/").content.decode()
    lesson = catalog().lessons["updates"]
    assert lesson.situation.ja in shown
    assert lesson.questions[0].why.ja not in shown
    assert record_of(world, "know-the-tricks") is None
    after = client.post(f"{base(world)}updates/", answers("updates", wrong=1))
    assert after.status_code == 200
    assert lesson.questions[0].why.ja in after.content.decode()
    assert lesson.today.do.ja in after.content.decode()
    taken = rows(world).get()
    assert (taken.right, taken.owner, taken.user) == (2, True, world.owner)
    assert record_of(world, "know-the-tricks") == "met"
    client.post(f"{base(world)}updates/", answers("updates"))
    assert rows(world).get().right == 2


def test_the_owners_training_is_done_by_the_basics(world):
    for lesson in BASICS[:-1]:
        world.client("owner").post(f"{base(world)}{lesson}/", answers(lesson))
    assert record_of(world, "owner-training") is None
    world.client("staff").post(f"{base(world)}{BASICS[-1]}/", answers(BASICS[-1]))
    assert record_of(world, "owner-training") is None
    world.client("owner").post(f"{base(world)}{BASICS[-1]}/", answers(BASICS[-1]))
    assert record_of(world, "owner-training") == "met"


def test_a_phone_without_an_account_counts_as_one_person(world):
    address = opened(world, people="2")
    one, other = visitor(), visitor()
    lesson = "first-ten-minutes"
    one.post(f"{address}{lesson}/", answers(lesson, name=" 花子\u202e "))
    one.post(f"{address}{lesson}/", answers(lesson, name="花子"))
    assert rows(world).get().name == "花子"
    assert record_of(world, "incident-education") is None
    assert "花子" in one.get(f"{address}backup/").content.decode()
    assert "花子" not in other.get(f"{address}backup/").content.decode()
    other.post(f"{address}{lesson}/", answers(lesson))
    assert record_of(world, "incident-education") == "met"
    assert sorted(rows(world).values_list("name", flat=True)) == ["", "花子"]


def test_a_member_who_follows_the_link_is_not_counted_twice(world):
    address = opened(world)
    world.client("staff").post(f"{base(world)}backup/", answers("backup"))
    world.client("staff").post(f"{address}tricks/", answers("tricks"))
    world.client("stranger").post(f"{address}tricks/", answers("tricks"))
    assert rows(world).filter(user=world.staff).count() == 2
    assert rows(world).values("person").distinct().count() == 2
    assert rows(world).get(user=None).owner is False


def test_one_phone_is_another_person_in_another_company(world):
    here = opened(world)
    foreign = LessonLink.of_company(world.foreign)
    LessonLink.objects.of(world.foreign).update(is_on=True)
    phone = visitor()
    for address in (here, f"/study/{foreign.secret}/"):
        phone.post(f"{address}backup/", answers("backup"))
    there = LessonTaken.objects.of(world.foreign).get()
    assert there.person != rows(world).get().person


def test_the_link_shows_the_name_of_the_company_and_nothing_else(world):
    address = opened(world)
    world.client("staff").post(f"{base(world)}backup/", answers("backup"))
    shown = visitor().get(address).content.decode()
    assert world.company.name in shown
    assert world.staff.name not in shown
    assert say("lessons.because", "ja") not in shown
    titles = [one.title.ja for one in catalog().lessons.values()]
    places = [shown.index(title) for title in titles]
    assert places == sorted(places)
    assert catalog().lessons["backup"].title.ja in shown


def test_who_took_all_lessons_by_the_link_is_offered_one_once_more(world, monkeypatch):
    few = {id_: catalog().lessons[id_] for id_ in ("updates", "backup")}
    monkeypatch.setattr(catalog(), "lessons", few)
    address, phone = opened(world), visitor()
    for lesson in few:
        assert say("lessons.again", "ja") not in phone.get(address).content.decode()
        phone.post(f"{address}{lesson}/", answers(lesson))
    assert say("lessons.again", "ja") in phone.get(address).content.decode()


@pytest.mark.parametrize("way", ["off", "renewed", "invented"])
def test_a_link_that_does_not_work_says_nothing(world, way):
    address = opened(world)
    if way == "off":
        world.client("owner").post(f"{base(world)}link/", {"people": ""})
    elif way == "renewed":
        world.client("owner").post(f"{base(world)}link/new/")
    else:
        address = "/study/invented/"
    for path in ("", "backup/"):
        assert visitor().get(address + path).status_code == 404
    assert visitor().post(f"{address}backup/", answers("backup")).status_code == 404
    assert not rows(world).exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"answer0": "0", "answer1": "0"},
        {"answer0": "9", "answer1": "0", "answer2": "0"},
        {"answer0": "-1", "answer1": "0", "answer2": "0"},
        {"answer0": "x", "answer1": "0", "answer2": "9" * 400},
    ],
)
def test_an_answer_that_is_missing_is_asked_for_and_the_others_stay(world, sent):
    answer = visitor().post(f"{opened(world)}backup/", sent | {"name": "花子"})
    assert answer.status_code == 400
    assert say("lesson.answer_all", "ja") in answer.content.decode()
    assert 'value="花子"' in answer.content.decode()
    assert not rows(world).exists()


def test_a_lesson_that_is_none_is_not_found(world):
    address = opened(world)
    for path in (
        f"{address}no-lesson/",
        f"{base(world)}no-lesson/",
        "/lesson-pictures/no-lesson.svg",
    ):
        assert world.client("owner").get(path).status_code == 404


def test_a_cookie_of_ones_own_making_is_another_person(world):
    address, phone = opened(world), visitor()
    phone.cookies[link_pages.COOKIE] = "0" * 32
    phone.post(f"{address}backup/", answers("backup"))
    assert rows(world).count() == 1
    phone.cookies[link_pages.COOKIE] = "0" * 32
    phone.post(f"{address}backup/", answers("backup"))
    assert rows(world).values("person").distinct().count() == 2


def test_a_link_in_wrong_hands_fills_nothing(world, monkeypatch):
    address = opened(world)
    monkeypatch.setattr(taking, "TAKEN_AT_MOST", 1)
    visitor().post(f"{address}backup/", answers("backup"))
    answer = visitor().post(f"{address}backup/", answers("backup"))
    assert answer.status_code == 400
    assert say("lesson.too_many", "ja") in answer.content.decode()
    monkeypatch.setattr(link_pages, "_AN_HOUR", 2)
    assert visitor().post(f"{address}backup/", answers("backup")).status_code == 429
    assert rows(world).count() == 1


@pytest.mark.parametrize("people", ["0", "-1", "2001", "many", "9" * 30])
def test_how_many_shall_learn_is_a_sensible_number(world, people):
    answer = world.client("owner").post(f"{base(world)}link/", {"is_on": "yes", "people": people})
    assert answer.status_code == 400
    assert f'value="{people}"' in answer.content.decode(), "what was typed stays"
    assert say("lessons.people_wrong", "ja") in answer.content.decode()
    assert not LessonLink.objects.of(world.company).filter(is_on=True).exists()


def test_saying_how_many_there_are_makes_the_record(world):
    visitor().post(f"{opened(world)}first-ten-minutes/", answers("first-ten-minutes"))
    assert record_of(world, "incident-education") is None
    opened(world, people="1")
    assert record_of(world, "incident-education") == "met"


def test_staff_see_neither_names_nor_the_link(world):
    address = opened(world)
    visitor().post(f"{address}backup/", answers("backup", name="花子"))
    shown = world.client("staff").get(base(world)).content.decode()
    assert "花子" not in shown
    assert address not in shown
    assert "花子" in world.client("owner").get(base(world)).content.decode()


def test_the_owner_deletes_a_row(world):
    visitor().post(f"{opened(world)}backup/", answers("backup", name="花子"))
    remove = f"{base(world)}taken/{rows(world).get().pk}/remove/"
    assert world.client("staff").post(remove).status_code == 404
    world.client("owner").post(remove)
    assert not rows(world).exists()
    assert world.client("owner").post(remove).status_code == 404


def test_a_certificate_is_for_what_was_taken(world):
    address, phone = opened(world), visitor()
    assert phone.post(f"{address}certificate.pdf").status_code == 400
    phone.post(f"{address}backup/", answers("backup", name="花子"))
    made = phone.post(f"{address}certificate.pdf")
    assert made["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")
    assert world.client("owner").post(f"{base(world)}certificate.pdf").status_code == 400


@pytest.mark.parametrize(("lang", "words"), [("ja", "合わせて10分"), ("en", "10 minutes in all")])
def test_a_certificate_adds_the_minutes_up(lang, words):
    day = timezone.localdate()
    lines = tuple(CertificateLine(id_, day) for id_ in ("passkeys", "suspicious-mail"))
    assert words in certificate_page(Certificate("", "x", lines, day), catalog(), lang)


def test_statements_name_nobody(world):
    visitor().post(f"{opened(world)}backup/", answers("backup", wrong=1, name="花子"))
    answer = world.client("owner").get(f"{base(world)}statements.json")
    (made,) = json.loads(answer.content)
    assert "花子" not in answer.content.decode()
    assert set(made["actor"]) == {"objectType", "account"}
    assert made["result"]["score"] == {"scaled": 0.6667, "raw": 2, "min": 0, "max": 3}
    assert timezone.datetime.fromisoformat(made["timestamp"]).tzinfo is not None


def test_a_month_without_a_lesson_is_told_once_to_whoever_wants_it(world):
    opened(world, remind="yes")
    told = Notice.objects.of(world.company).filter(kind=LESSON_DUE, ended_at=None)
    remind_of_lessons.call()
    assert not told.exists()
    LessonLink.objects.of(world.company).update(made_at=timezone.now() - timedelta(days=31))
    remind_of_lessons.call()
    remind_of_lessons.call()
    assert told.count() == 1
    world.client("owner").post(f"{base(world)}backup/", answers("backup"))
    assert not told.exists()
    remind_of_lessons.call()
    assert not told.exists()


def test_the_step_leads_to_the_lessons(world):
    shown = world.client("owner").get(f"/c/{world.company.pk}/control/know-the-tricks/")
    assert base(world) in shown.content.decode()


def test_the_first_lesson_says_what_was_found_here(world):
    """The page names what a look saw, not only what the lesson is about."""
    own = Device.objects.of(world.company).create(company=world.company, kind=Device.HERE)
    device, now = Subject("device", str(own.pk)), timezone.now()
    waits = DeviceUpdates(
        "apt", 2, 2, ("openssl", "curl"), now, now, None, now - timedelta(days=40)
    )
    keep(world.company, [seen(waits, subject=device, source="measured", at=now)])
    refresh(world.company)
    offered = taking.offered_in(world.company)[0]
    assert offered["lesson"].id == "updates"
    page = html.unescape(world.client("owner").get(base(world)).content.decode())
    title, found = offered["because"][0]
    assert "2" in found
    assert f"{title.ja}: {found}" in page
    link = opened(world)
    assert found not in html.unescape(visitor().get(link).content.decode())
