"""Before and after on one page, and the monthly report a company allows."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from tests.support.pressing import run_tasks
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Assessed
from tojimari.portal.companies.questions import answer
from tojimari.portal.supporters import tasks
from tojimari.portal.supporters.models import Grant, MonthlyReport
from tojimari.portal.supporters.periodic import report_monthly
from tojimari.portal.words import catalog

ALL = ("findings:read", "reports:monthly")


def said(company, **given):
    for question, choice in given.items():
        answer(company, catalog().questions[question.replace("_", "-")], choice)
    refresh(company)


def plain(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def improved(world):
    """A company that had no updates 40 days ago and has them now, and lost its fresh backup."""
    said(world.company, updates="none", backup_where=["cloud"])
    Assessed.objects.of(world.company).update(as_of=timezone.now() - timedelta(days=40))
    said(world.company, updates="all", backup_where=["none"])
    return world.company


def allow(world, *scopes):
    Grant.objects.of(world.company).filter(organisation=world.chamber).update(scopes=scopes)


def make(monkeypatch, month=None):
    if month:
        monkeypatch.setattr(tasks, "this_month", lambda: month)
        monkeypatch.setattr("tojimari.portal.supporters.periodic.this_month", lambda: month)
    report_monthly.enqueue()
    run_tasks()


def test_what_changed_since_a_chosen_day_is_on_one_page(world, improved):
    owner = world.client("owner")
    page = plain(owner.get(f"/c/{improved.pk}/changes/"))
    assert "よくなったこと" in page
    assert re.search(r"パソコンのOSの更新: × まだ → ○", page) or "パソコンのOSの更新" in page
    assert "悪くなったこと" in page
    today = timezone.localdate().isoformat()
    same = plain(owner.get(f"/c/{improved.pk}/changes/?since={today}"))
    assert "比べられる前の様子は、まだありません" in same


@pytest.mark.parametrize("since", ["x", "9999-01-01", "0001-01-01", "2026-02-30", "' OR 1", ""])
def test_a_day_that_is_none_is_as_none_given(world, improved, since):
    page = world.client("owner").get(f"/c/{improved.pk}/changes/", {"since": since})
    assert page.status_code == 200
    assert "よくなったこと" in plain(page)


def test_the_helper_reads_it_in_the_customers_language_and_can_change_it(world, improved):
    world.company.memberships.filter(user=world.owner).update(remind_lang="en")
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/c/{improved.pk}/changes/"
    assert "what changed" in plain(client.get(page))
    assert '<html lang="en">' in client.get(page).content.decode()
    assert "変わったこと" in plain(client.get(f"{page}?lang=ja"))
    assert "what changed" in plain(client.get(f"{page}?lang=xx"))
    assert "会社の一覧" in plain(client.get(f"/s/{world.chamber.pk}/"))  # their own pages stay


def test_without_findings_only_the_basics_are_compared(world, improved):
    allow(world)
    page = plain(world.client("supporter").get(f"/s/{world.chamber.pk}/c/{improved.pk}/changes/"))
    assert "OSやソフトを最新にする" in page
    assert "パソコンのOSの更新" not in page
    assert "よくなったこと" not in page


def test_a_report_is_made_once_a_month_for_those_who_allow_it(world, improved, smtp, monkeypatch):
    allow(world, "findings:read")
    make(monkeypatch)
    assert not MonthlyReport.objects.across("test").exists()
    allow(world, *ALL)
    make(monkeypatch)
    make(monkeypatch)
    found = MonthlyReport.objects.of(improved).get()
    assert found.organisation == world.chamber
    (mail,) = smtp.wait_for(1)
    assert smtp.to == ["owner@example.jp"]
    body = mail.get_content()
    assert f"/c/{improved.pk}/changes/{found.pk}/" in body
    assert f"/c/{improved.pk}/sharing/" in body
    assert "町の会議所" in body
    owner = world.client("owner")
    assert "よくなったこと" in plain(owner.get(f"/c/{improved.pk}/changes/{found.pk}/"))
    assert "報告書ができました" in plain(owner.get(f"/c/{improved.pk}/"))
    supporter = world.client("supporter")
    listed = supporter.get(f"/s/{world.chamber.pk}/reports/").content.decode()
    address = f"/s/{world.chamber.pk}/c/{improved.pk}/changes/{found.pk}/"
    assert address in listed
    assert supporter.get(address).status_code == 200
    assert address in supporter.get(f"/s/{world.chamber.pk}/c/{improved.pk}/").content.decode()


def test_the_next_month_compares_with_the_last_report(world, improved, smtp, monkeypatch):
    allow(world, *ALL)
    make(monkeypatch)
    first = MonthlyReport.objects.of(improved).get()
    Assessed.objects.of(improved).filter(pk=first.after_id).update(
        as_of=timezone.now() - timedelta(days=20)
    )
    said(improved, updates="some")
    next_month = (first.month + timedelta(days=32)).replace(day=1)
    make(monkeypatch, next_month)
    second = MonthlyReport.objects.of(improved).latest("month")
    assert second.before == first.after
    page = plain(world.client("owner").get(f"/c/{improved.pk}/changes/{second.pk}/"))
    assert re.search(r"悪くなったこと\s+[1-9]", page)


def test_the_mail_is_in_the_language_of_each_owner(world, improved, smtp, monkeypatch):
    world.company.memberships.filter(user=world.owner).update(remind_lang="en")
    allow(world, *ALL)
    make(monkeypatch, date(2026, 11, 1))
    (mail,) = smtp.wait_for(1)
    assert mail["subject"] == "Report of 2026-11: what changed"


def test_an_owner_who_came_in_english_is_written_to_in_english(world):
    from django.utils import translation

    from tojimari.portal.companies.start import found_company
    from tojimari.portal.supporters.reports import lang_of

    with translation.override("en"):
        company = found_company(world.stranger, "Corner shop")
    assert lang_of(company) == "en"
    assert lang_of(world.company) == "ja"


def test_what_was_taken_back_is_not_made_and_not_shown(world, improved, monkeypatch):
    allow(world, *ALL)
    make(monkeypatch)
    found = MonthlyReport.objects.of(improved).get()
    address = f"/s/{world.chamber.pk}/c/{improved.pk}/changes/{found.pk}/"
    supporter = world.client("supporter")
    allow(world, "findings:read")
    assert supporter.get(address).status_code == 404
    assert supporter.get(f"{address}report.pdf").status_code == 404
    assert address not in supporter.get(f"/s/{world.chamber.pk}/reports/").content.decode()
    make(monkeypatch, (found.month + timedelta(days=32)).replace(day=1))
    assert MonthlyReport.objects.of(improved).count() == 1
    # The company keeps what was made of it.
    assert world.client("owner").get(f"/c/{improved.pk}/changes/{found.pk}/").status_code == 200


def test_the_report_comes_on_paper_as_far_as_the_reader_may_see(
    world, improved, monkeypatch, caplog
):
    from io import BytesIO

    from pypdf import PdfReader

    allow(world, *ALL)
    make(monkeypatch)
    found = MonthlyReport.objects.of(improved).get()
    supporter, rest = world.client("supporter"), f"c/{improved.pk}/changes/{found.pk}/report.pdf"
    assert (
        f"{rest}?lang=ja" in supporter.get(f"/s/{world.chamber.pk}/{rest[:-10]}").content.decode()
    )

    def words(client, address: str) -> str:
        response = client.get(address)
        assert response["Content-Type"] == "application/pdf"
        pages = PdfReader(BytesIO(response.content)).pages
        assert len(pages) <= 2
        return "".join(page.extract_text() for page in pages)

    whole = words(supporter, f"/s/{world.chamber.pk}/{rest}")
    for text in ("ひみつ商店", "町の会議所", "よくなったこと", "パソコンのOSの更新", "次の一歩"):
        assert text in whole
    assert "Better" in words(world.client("owner"), f"/{rest}?lang=en")
    # Hatched bars and the like: what the printer does not understand it leaves out.
    assert not [one for one in caplog.messages if "Ignored" in one]
    allow(world, "reports:monthly")
    assert "パソコンのOSの更新" not in words(supporter, f"/s/{world.chamber.pk}/{rest}")
    monkeypatch.setattr("tojimari.portal.supporters.reports.PRINTED_A_MINUTE", 0)
    refused = supporter.get(f"/s/{world.chamber.pk}/{rest}")
    assert refused.status_code == 429
    assert "1分待って" in plain(refused)


def test_another_organisation_reads_no_report_that_is_not_its_own(world, improved, monkeypatch):
    allow(world, *ALL)
    make(monkeypatch)
    found = MonthlyReport.objects.of(improved).get()
    Grant.objects.of(improved).filter(organisation=world.bank).update(scopes=ALL)
    page = f"/s/{world.bank.pk}/c/{improved.pk}/changes/{found.pk}/"
    assert world.client("buyer").get(page).status_code == 404


def test_the_first_report_of_a_new_company_has_nothing_to_compare_with(world, monkeypatch):
    allow(world, *ALL)
    make(monkeypatch)
    found = MonthlyReport.objects.of(world.company).get()
    assert found.before is None
    page = plain(world.client("owner").get(f"/c/{world.company.pk}/changes/{found.pk}/"))
    assert "比べられる前の様子は、まだありません" in page
    assert isinstance(found.made_at, datetime)


def test_empty_lists_say_how_a_report_comes(world):
    page = plain(world.client("supporter").get(f"/s/{world.chamber.pk}/reports/"))
    assert "まだ報告書はありません" in page
    assert "見せる相手" in page
