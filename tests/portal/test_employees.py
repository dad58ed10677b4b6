"""People of a company who have no account: named, left, deleted, exported, gone with the company."""

import json

import pytest

from tests.support.stored import everything_in_the_database
from tojimari.portal.core.models import AuditEvent, Employee


def page(world) -> str:
    return f"/c/{world.company.pk}/settings/employees/"


def people(world):
    return Employee.objects.of(world.company)


def test_the_owner_adds_one_with_or_without_an_address(world):
    client = world.client("owner")
    assert page(world) in client.get(f"/c/{world.company.pk}/settings/").content.decode()
    assert "まだ誰も書いていません" in client.get(page(world)).content.decode()
    client.post(page(world), {"name": " 山田 花子\u202e ", "email": "hanako@example.jp"})
    client.post(page(world), {"name": "<b>次郎</b>"})
    shown = client.get(page(world)).content.decode()
    assert "hanako@example.jp" in shown
    assert "&lt;b&gt;次郎" in shown
    assert people(world).get(email="hanako@example.jp").name == "山田 花子"
    actions = AuditEvent.objects.of(world.company).values_list("action", flat=True)
    assert "employee.added" in actions


@pytest.mark.parametrize(
    "bad", [{"name": ""}, {"name": "\u202e"}, {"name": "a" * 101}, {"name": "a", "email": "b"}]
)
def test_what_does_not_fit_is_said_and_kept_in_the_form(world, bad):
    answer = world.client("owner").post(page(world), bad)
    assert answer.status_code == 400
    assert "名前を書いてください" in answer.content.decode()
    assert not people(world).exists()


def test_leaving_is_noted_first_and_deletes_second(world):
    client = world.client("owner")
    client.post(page(world), {"name": "山田"})
    remove = f"{page(world)}{people(world).get().pk}/remove/"
    client.post(remove)
    assert people(world).get().left_at is not None
    assert "辞めた人" in client.get(page(world)).content.decode()
    client.post(remove)
    assert not people(world).exists()
    assert client.post(remove).status_code == 404


def test_it_speaks_english(world):
    client = world.client("owner")
    client.cookies["django_language"] = "en"
    assert "Employees" in client.get(page(world)).content.decode()


def test_there_is_an_end_to_the_list(world, monkeypatch):
    monkeypatch.setattr("tojimari.portal.companies.employees.EMPLOYEES_AT_MOST", 1)
    client = world.client("owner")
    client.post(page(world), {"name": "一"})
    assert client.post(page(world), {"name": "二"}).status_code == 400
    assert people(world).count() == 1


def test_they_are_exported_and_deleted_with_the_company(world):
    client = world.client("owner")
    client.post(page(world), {"name": "ひみつの人"})
    taken = json.loads(client.get(f"/c/{world.company.pk}/export/").content)
    assert taken["core.employee"][0]["name"] == "ひみつの人"
    assert {"companies.observation", "people.auditevent", "people.membership"} <= set(taken)
    client.post(f"/c/{world.company.pk}/delete/", {"word": "消す"})
    assert "ひみつの人" not in everything_in_the_database()
