"""The companies a supporter watches over: who needs help first, filters, CSV, nudges."""

import csv
import io
import re
from typing import Any

import pytest

from tests.support.pressing import run_tasks
from tojimari.lib.formulas import guard
from tojimari.model import State
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.start import found_company
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.people.models import User
from tojimari.portal.supporters.fleet import Filters, standings
from tojimari.portal.supporters.models import Grant, Nudge

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def world(world_of_module):
    return world_of_module


@pytest.fixture(scope="module")
def fleet(world):
    """Thirty companies that allow the chamber a look, with different answers."""
    from tojimari.portal.companies.questions import answer
    from tojimari.portal.words import catalog

    questions = catalog().questions
    made = []
    for n in range(30):
        owner = User.objects.create_user(f"boss{n}@example.jp")
        company = found_company(owner, f"商店{n:02}")
        company.prefecture = f"{n % 3 + 1:02}"
        company.save()
        answer(company, questions["industry"], "retail" if n % 2 else "construction")
        answer(company, questions["mfa"], "done" if n % 5 else "not_done")
        answer(company, questions["updates"], "all" if n < 20 else "none")
        refresh(company)
        Grant.objects.of(company).create(
            company=company,
            organisation=world.chamber,
            scopes=("findings:read",) * (n % 10 != 0) + ("reminders:send",) * (n % 2 == 0),
        )
        made.append(company)
    return made


def names(response) -> list[str]:
    return re.findall(r"商店\d\d", re.sub(r'aria-label="[^"]*"', "", response.content.decode()))


def row_of(page: str, name: str) -> str:
    """Return the text of one company's row."""
    (row,) = [row for row in page.split("<tr>") if f">{name}</a>" in row]
    return re.sub(r"<[^>]+>", " ", row)


def test_who_needs_help_comes_first(world, fleet):
    response = world.client("supporter").get(f"/s/{world.chamber.pk}/")
    shown = names(response)
    assert len(shown) == 30
    assert set(shown[:2]) == {"商店20", "商店25"}
    assert set(shown[:13]) == {f"商店{n}" for n in (*range(20, 30), "00", "05", "10", "15")} - {
        shown[13]
    }
    page = response.content.decode()
    assert "基本がまだ" not in page  # says nothing: every other company has it
    # With findings each row names what is open; without them it says which of the basics.
    assert "パソコンの更新が止まっている" in row_of(page, "商店21")
    assert "クラウドがパスワードだけで入れる" in row_of(page, "商店05")
    assert "更新ができていない" in row_of(page, "商店20")
    assert "パソコンの更新" not in row_of(page, "商店20")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("industry=retail", 15),
        ("prefecture=02", 10),
        ("q=商店1", 10),
        ("control=mfa-cloud&state=not_met", 3),
        ("reason=said_not_met&control=mfa-cloud", 3),
        ("control=mfa-cloud&state=not_met&industry=retail", 3),
        ("size=one", 0),
        ("control=nonsense&state=other", 30),
        ("wrong=ipa6-1", 10),
        ("wrong=ipa6-3", 6),
        ("wrong=ipa6-3&industry=retail", 3),
        ("wrong=never_looked", 30),
        ("wrong=silent", 0),
        ("wrong=fine", 0),
        ("wrong=nonsense'", 30),
    ],
)
def test_filters(world, fleet, query, count):
    assert (
        len(set(names(world.client("supporter").get(f"/s/{world.chamber.pk}/?{query}")))) == count
    )


def test_a_filter_by_finding_never_finds_a_company_that_hides_its_findings(world, fleet):
    found = standings(world.chamber, Filters(control="mfa-cloud", state="not_met"))
    hidden = {fleet[n].pk for n in (0, 10, 20)}
    assert not hidden & {row.company_id for row in found}


def test_pages_and_htmx(world, fleet, monkeypatch):
    monkeypatch.setattr("tojimari.portal.supporters.fleet.ROWS_A_PAGE", 12)
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/"
    assert len(names(client.get(page))) == 12
    assert len(names(client.get(f"{page}?page=3"))) in (6, 7)
    assert len(names(client.get(f"{page}?page=999"))) in (6, 7)
    chosen = client.get(f"{page}?control=os-updates-pc").content.decode()
    assert 'name="reason"' in chosen
    assert 'name="reason"' not in client.get(page).content.decode()


def test_csv_is_complete_and_harmless(world, fleet):
    Company.objects.filter(pk=fleet[3].pk).update(name="=HYPERLINK(1)")
    response = world.client("supporter").get(f"/s/{world.chamber.pk}/export.csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 31
    assert "'=HYPERLINK(1)" in {row["会社"] for row in rows}
    assert guard("@x") == "'@x"
    log = fleet[5].audit_events.filter(action="fleet.exported")
    assert log.get().organisation == world.chamber


def test_nudges_go_to_those_who_allow_it_once_a_day(world, fleet, smtp):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/nudge/"
    asked = client.post(page, {"all": "yes", "industry": "retail", "words": "こんにちは"})
    assert "今日まだ送っていないのは0社" in asked.content.decode()
    everyone = {"all": "yes", "sure": "yes", "words": "こんにちは"}
    refused = client.post(page, {**everyone, "industry": "retail"}, follow=True)
    assert "許している会社がありません" in refused.content.decode()
    assert Nudge.objects.across("test").count() == 0  # the retailers do not allow mail
    asked = client.post(page, {"all": "yes", "industry": "construction", "words": "こんにちは"})
    assert "15社です" in asked.content.decode()
    assert Nudge.objects.across("test").count() == 0  # not before it was asked once more
    client.post(page, {**everyone, "industry": "construction"})
    assert AuditEvent.objects.across("test").filter(action="nudge.sent").count() == 15
    run_tasks()
    sent = smtp.wait_for(15)
    assert len(sent) == 15
    body = sent[0].get_content()
    assert "こんにちは" in body
    assert "次の一歩:" in body
    assert "/c/" in body
    again = client.post(page, {**everyone, "industry": "construction"}, follow=True)
    assert "今日はもう送りました" in again.content.decode()
    nobody = client.post(page, {"words": "x"}, follow=True)
    assert "会社が選ばれていません" in nobody.content.decode()
    run_tasks()
    assert len(smtp.mails) == 15


def test_totals_stand_on_top_and_lead_to_the_companies(world, fleet):
    client = world.client("supporter")
    page = client.get(f"/s/{world.chamber.pk}/").content.decode()
    totals = dict(
        re.findall(r'<a href="\?wrong=([\w-]+)"[^>]*><span>[^<]*</span> <b>(\d+)社', page)
    )
    assert "31社を見守っています" in page
    assert totals["ipa6-1"] == "10"
    for wrong, count in totals.items():
        found = client.get(f"/s/{world.chamber.pk}/?wrong={wrong}").content.decode()
        assert f"<b>{count}社</b>" in found, wrong


def test_a_row_names_no_more_than_is_granted(world, fleet):
    """Said and measured differ, an open door: told to all; which control is it, only where allowed."""
    from tojimari.portal.supporters.concerns import Row, concerns

    states: dict[str, State] = {"os-updates-pc": "not_met", "remote-desktop-exposure": "not_met"}
    told: dict[str, Any] = {"differ": ("os-updates-pc",), "why": ("contradiction", "open_door")}
    seen = concerns(Row(states=states, silent=True, looked=True, sees_findings=True, **told))
    hidden = concerns(Row(states=states, silent=True, looked=True, sees_findings=False, **told))
    assert seen[:3] == [
        "答えと実際が違う (パソコンのOSの更新)",
        "リモートデスクトップが開いている",
        "パソコンの更新が止まっている",
    ]
    assert hidden[:3] == ["答えと実際が違う", "入られやすいところがある", "更新ができていない"]
    assert "30日連絡のない機器がある" in seen
    assert "30日連絡のない機器がある" in hidden


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"backup-exists": "not_met", "backup-recent": "not_met"}, "バックアップがない"),
        ({"backup-exists": "met", "backup-recent": "not_met"}, "バックアップが古い"),
        ({"antimalware-running": "not_met"}, "ウイルス対策ソフトが止まっている"),
        ({"os-updates-pc": "partly"}, "パソコンの更新が止まっている (一部)"),
        ({"supported-os": "not_met"}, "サポートの切れたOSがある"),
        ({}, "基本の6つがどれもわからない"),
        ({"know-the-tricks": "met"}, "わからない: バックアップ、更新"),
        (
            {"mfa-cloud": "partly", "strong-passwords": "met"},
            "クラウドがパスワードだけで入れる (一部)",
        ),
    ],
)
def test_each_row_says_the_one_thing_that_is_open(states, expected):
    from tojimari.portal.supporters.concerns import Row, concerns

    row = Row(states=states, differ=(), why=(), silent=False, looked=True, sees_findings=True)
    assert concerns(row)[0].startswith(expected)


def test_what_is_lost_for_good_comes_first_and_the_rest_is_counted():
    from tojimari.portal.supporters.concerns import Row, basics, sentence_of

    states: dict[str, State] = {controls[0]: "not_met" for controls in basics().values()}
    row = Row(states=states, differ=(), why=(), silent=False, looked=True, sees_findings=True)
    named = sentence_of(row).split("、")
    words = ("バックアップ", "更新", "ウイルス対策", "パスワード", "ほか2つ")
    assert [word in part for word, part in zip(words, named, strict=True)] == [True] * 5


def test_what_nobody_knows_does_not_hide_what_is_open():
    from tojimari.portal.supporters.concerns import Row, concerns

    row = Row(
        states={"backup-exists": "not_met"},
        differ=(),
        why=(),
        silent=False,
        looked=True,
        sees_findings=True,
    )
    assert concerns(row) == ["バックアップがない", "わからないこと5つ"]


def test_every_control_behind_the_basics_and_every_open_door_has_its_words():
    from tojimari.portal.supporters.concerns import basics
    from tojimari.portal.words import catalog, texts

    needed = {control for controls in basics().values() for control in controls}
    needed |= {id_ for id_, control in catalog().controls.items() if control.open_door}
    assert {f"wrong.{control}" for control in needed} == {
        key for key in texts() if key.startswith("wrong.")
    }
    assert all(f"basic.{item}" in texts() and f"concern.{item}" in texts() for item in basics())


def test_a_silent_computer_is_found_and_a_removed_one_or_a_phone_is_not(world, fleet):
    from datetime import timedelta

    from django.utils import timezone

    from tojimari.portal.devices.models import Device

    long_ago = timezone.now() - timedelta(days=31)
    for company, more in (
        (fleet[1], {"kind": "computer"}),
        (fleet[2], {"kind": "computer", "removed_at": timezone.now()}),
        (fleet[3], {"kind": "phone"}),
    ):
        Device.objects.of(company).create(
            company=company, enrolled_at=long_ago, last_report_at=long_ago, **more
        )
    page = world.client("supporter").get(f"/s/{world.chamber.pk}/?wrong=silent").content.decode()
    assert names(world.client("supporter").get(f"/s/{world.chamber.pk}/?wrong=silent")) == [
        "商店01"
    ]
    assert "30日連絡のない機器がある" in row_of(page, "商店01")


def test_an_empty_fleet_invites_and_a_filter_without_a_hit_leads_back(world, fleet):
    from tojimari.portal.supporters.models import Helper, Organisation

    client = world.client("supporter")
    none = client.get(f"/s/{world.chamber.pk}/?q=どこにもない").content.decode()
    assert "すべての会社を表示する" in none
    new = Organisation.objects.create(
        name="新しい団体", kind="supporter", approved_at=world.chamber.approved_at
    )
    Helper.objects.create(user=world.supporter, organisation=new)
    empty = client.get(f"/s/{new.pk}/").content.decode()
    assert "当てはまる会社はありません" not in empty
    assert f'href="/s/{new.pk}/invitations/"' in empty


def test_how_many_questions_a_page_asks_does_not_grow_with_the_companies(
    world, fleet, django_assert_max_num_queries
):
    client = world.client("supporter")
    client.get(f"/s/{world.chamber.pk}/")
    with django_assert_max_num_queries(40):
        client.get(f"/s/{world.chamber.pk}/")


def test_an_open_door_among_the_basics_is_told_beside_what_else_is_open_there():
    """A system without support must not hide behind updates that wait, nor the other way."""
    from msgspec.structs import replace

    from tojimari.portal.supporters.concerns import Row, concerns

    row = Row(
        states={"os-updates-pc": "not_met", "supported-os": "not_met", "backup-exists": "partly"},
        differ=(),
        why=("open_door",),
        silent=False,
        looked=True,
        sees_findings=True,
    )
    told = concerns(row)
    assert "サポートの切れたOSがある" in told
    assert "パソコンの更新が止まっている" in told
    alone = concerns(replace(row, states={"supported-os": "not_met"}))
    assert alone.count("サポートの切れたOSがある") == 1
    hidden = concerns(replace(row, sees_findings=False))
    assert "入られやすいところがある" in hidden
    assert "サポートの切れたOSがある" not in hidden
