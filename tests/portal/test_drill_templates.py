"""Mails of a company's own, and what is taken over from GoPhish; names from a file."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support import drills as made
from tests.support.drill_mails import DOMAIN
from tests.support.drills import text_of
from tojimari.portal.core.models import Employee
from tojimari.portal.drills.models import OwnTemplate, Placement
from tojimari.portal.drills.planning import usable
from tojimari.portal.drills.templates import template_of
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db
OWN = {
    "title": "鍵の点検",
    "kind": "link",
    "sender": "総務",
    "local_part": "info",
    "subject": "鍵の点検",
    "body": "{name} 様\n\n次を開いてください。\n\n{link}",
    "cues": ["urgency", "generic-greeting"],
    "imitates_nobody": "yes",
    **dict.fromkeys(("process", "relevance", "events", "consequences"), "2"),
}


@pytest.fixture(autouse=True)
def operated(settings):
    made.operated(settings)


def writes(world, **more):
    page = f"/c/{world.company.pk}/drills/mails/new/"
    return world.client("owner").post(page, OWN | more, follow=True)


def test_an_own_mail_is_shown_with_its_cues(world):
    page = text_of(writes(world))
    assert "鍵の点検" in page
    assert catalog().drill_cues["urgency"].name.ja in page
    assert OwnTemplate.objects.of(world.company).count() == 1


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_mail_and_its_cues_read_as_somebody_receives_them(world, lang):
    client = world.client("owner")
    client.cookies["django_language"] = lang
    for key in catalog().drills:
        context = client.get(f"/c/{world.company.pk}/drills/mails/{key}/").context
        shown = f"{context['preview']}{context['cues']}"
        assert not re.search(r"\{(name|company|link|qr|today|deadline)\}|=\?utf-8", shown), key


def test_where_nobody_can_get_a_mail_that_is_said_before_a_plan(world):
    made.prove(world.company)
    made.consents(world)
    page = world.client("owner").get(f"/c/{world.company.pk}/drills/")
    assert [one["name"] for one in page.context["missing"]] == ["nobody"]
    made.people(world.company, 1)
    page = world.client("owner").get(f"/c/{world.company.pk}/drills/")
    assert page.context["missing"] == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"body": "https://evil.example/ {link}"}, "foreign_address"),
        ({"body": "a@evil.example {link}"}, "foreign_address"),
        ({"body": "no link"}, "no_link"),
        ({"kind": "reply"}, "link_too_many"),
        ({"local_part": "a@b"}, "local_part"),
        ({"imitates_nobody": ""}, "imitates"),
        ({"cues": ["nonsense"]}, "wrong"),
        ({"process": "9"}, "wrong"),
    ],
)
def test_what_could_do_harm_is_refused_in_one_sentence(world, changed, why):
    answer = writes(world, **changed)
    assert answer.status_code == 400
    assert say(f"drilltemplate.{why}", "ja") in text_of(answer)
    assert not OwnTemplate.objects.of(world.company).exists()


@pytest.mark.parametrize(
    ("changed", "why", "words"),
    [
        ({"sender": "国税庁"}, "real_name", {"name": "国税庁"}),
        ({"subject": "Ａｍａｚｏｎからのお知らせ"}, "real_name", {"name": "amazon"}),
        (
            {"body": "evil-shop.com を開いて\n\n{link}"},
            "real_address",
            {"address": "evil-shop.com"},
        ),
        ({"sender": "営業部　花山"}, "person", {"name": "花山次郎"}),
        ({"sender": "Jiro HANAYAMA"}, "person", {"name": "jirohanayama"}),
        ({"body": "{link}\n\n花山次郎より"}, "person", {"name": "花山次郎"}),
        ({"sender": "{name}"}, "person", {"name": "{name}"}),
    ],
)
def test_nobody_real_is_imitated(world, changed, why, words):
    for name in ("花山 次郎", "Jiro Hanayama"):
        Employee.objects.of(world.company).create(company=world.company, name=name)
    answer = writes(world, **changed)
    assert answer.status_code == 400
    assert say(f"drilltemplate.{why}", "ja", **words) in text_of(answer)
    assert not OwnTemplate.objects.of(world.company).exists()


def test_a_file_is_named_and_a_role_is_nobody(world):
    writes(world, sender="社長", body="見積 report.xlsx をご覧ください。\n\n{link}")
    assert OwnTemplate.objects.of(world.company).count() == 1


def test_a_name_within_another_word_is_nobody(world):
    """Mari is not in "summarised", nor is Ann Lee where one word ends and the next begins."""
    for name in ("Mari", "Ann Lee"):
        Employee.objects.of(world.company).create(company=world.company, name=name)
    writes(world, body="It is summarised here, and the annleeson too.\n\n{link}")
    assert OwnTemplate.objects.of(world.company).count() == 1
    answer = writes(world, body="As Mari said\n\n{link}")
    assert say("drilltemplate.person", "ja", name="mari") in text_of(answer)


def test_who_is_named_in_an_own_mail_and_came_later_is_not_imitated(world):
    writes(world, sender="花山商事")
    key = f"own-{OwnTemplate.objects.of(world.company).get().pk.hex}"
    level = template_of(world.company, key).level
    assert key in {one.id for one in usable(world.company, level)}
    Employee.objects.of(world.company).create(company=world.company, name="花山 次郎")
    assert key not in {one.id for one in usable(world.company, level)}
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/drills/mails/{key}/"))
    assert say("drilltemplate.person", "ja", name="花山次郎") in page


@pytest.mark.parametrize(
    "changed", [{"subject": "Your Microsoft account"}, {"text": "https://real-bank.com/ {{.URL}}"}]
)
def test_a_gophish_template_that_imitates_somebody_is_refused(world, changed):
    content = {"name": "Bank", "subject": "Hello", "text": "{{.URL}}", "html": "", **changed}
    answer = taken(world, "mails/take", "t.json", json.dumps(content).encode())
    assert answer.status_code == 400
    assert not OwnTemplate.objects.of(world.company).exists()


def test_nothing_of_an_own_mail_is_markup(world):
    page = writes(world, body="<script>alert(1)</script>\n\n{link}").content.decode()
    assert "<script>alert" not in page


def taken(world, where: str, name: str, data: bytes):
    page = f"/c/{world.company.pk}/drills/{where}/"
    return world.client("owner").post(page, {"file": SimpleUploadedFile(name, data)}, follow=True)


def test_a_gophish_template_comes_without_its_tracker(world):
    content = {
        "name": "Bank",
        "subject": "Hello {{.FirstName}}",
        "text": "",
        "html": '<p>Hi {{.FirstName}}</p><p><a href="{{.URL}}">open</a></p><img src="https://x.example/logo.png">{{.Tracker}}',
        "attachments": [{"name": "a.doc", "type": "x", "content": "eA=="}],
    }
    page = text_of(taken(world, "mails/take", "t.json", json.dumps(content).encode()))
    for kind in ("tracker", "picture", "attachment"):
        assert say(f"drilllost.{kind}", "ja") in page
    kept = json.dumps(OwnTemplate.objects.of(world.company).get().content)
    assert "x.example" not in kept
    assert "Tracker" not in kept


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b"{}", b"[" * 100_000, b'{"html": 5}'])
def test_a_file_that_is_none_is_refused(world, data):
    answer = taken(world, "mails/take", "t.json", data)
    assert answer.status_code == 400
    assert not OwnTemplate.objects.of(world.company).exists()


def test_a_gophish_group_becomes_people_in_groups(world):
    Employee.objects.of(world.company).create(
        company=world.company, name="前からの人", email=f"b@{DOMAIN}"
    )
    table = f"First Name,Last Name,Email,Position\r\nA,B,a@{DOMAIN},工場\r\nC,D,B@{DOMAIN},店\r\nE,F,none,店\r\n"
    for _ in range(2):
        taken(world, "people", "g.csv", table.encode())
    assert Employee.objects.of(world.company).filter(email__iendswith=DOMAIN).count() == 2
    groups = Placement.objects.of(world.company).values_list("employee__name", "group")
    assert dict(groups) == {"A B": "工場", "前からの人": "店"}
