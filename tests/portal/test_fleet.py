"""The companies a supporter watches over: who needs help first, filters, CSV, nudges."""

import csv
import io
import re

import pytest

from tests.support.pressing import run_tasks
from tojimari.lib.formulas import guard
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


def test_who_needs_help_comes_first(world, fleet):
    response = world.client("supporter").get(f"/s/{world.chamber.pk}/")
    shown = names(response)
    assert len(shown) == 30
    assert set(shown[:2]) == {"商店20", "商店25"}
    assert set(shown[:13]) == {f"商店{n}" for n in (*range(20, 30), "00", "05", "10", "15")} - {
        shown[13]
    }
    assert "基本がまだ" in response.content.decode()


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
