"""The watch on the portal: begun by the owner, daily by workers, told on the page and by mail."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.support.pressing import SITE, add, job_of, press, run_tasks
from tojimari.portal.companies.models import Observation, Standing
from tojimari.portal.core.models import Job, Notice
from tojimari.portal.core.notices import mail_again
from tojimari.portal.outside import periodic
from tojimari.portal.outside.models import WATCH_EVERY, Site, Watch

HOME = (
    '<!doctype html><meta charset="utf-8"><title>ひみつ商店</title>'
    '<script src="/shop.js"></script><h1>ひみつ商店</h1><p>{news}</p>{more}'
    '<form action="/send"><input name="name"></form><a href="/about.html">会社案内</a>'
)
SKIMMER = '<script src="https://cdn-statistics-jp.example/s.js"></script>'


@pytest.fixture
def page(web):
    """Write the first page anew."""

    def write(news: str = "きょうは休みです", more: str = "") -> None:
        (web[0] / "index.html").write_text(HOME.format(news=news, more=more), encoding="utf-8")

    (web[0] / "about.html").write_text("<title>会社案内</title><p>創業70年", encoding="utf-8")
    (web[0] / "shop.js").write_text("document.title")
    write()
    return write


@pytest.fixture
def site(world, names, page):
    """A proven site that is watched, and was looked at once."""
    names()
    client = world.client("owner")
    made = add(client, world.company)
    press(client, world.company, made, "prove")
    assert press(client, world.company, made, "watch").status_code == 302
    assert job_of(world.company, "watch").state == Job.DONE
    return made


def row(world) -> Watch:
    return Watch.objects.of(world.company).get()


def a_day_later(world) -> None:
    """Let the next turn come and the workers do it."""
    past = timezone.now() - timedelta(hours=1)
    Watch.objects.of(world.company).update(next_at=past, tried_at=past, seen_at=past)
    periodic.watch_due.enqueue()  # type: ignore[attr-defined]
    run_tasks()


def shown(world, who="owner", **headers) -> str:
    client = world.client(who)
    return client.get(f"/c/{world.company.pk}/sites/", **headers).content.decode()


def test_the_watch_begins_and_says_so(world, site):
    assert row(world).pages == 2
    assert row(world).next_at > timezone.now() + WATCH_EVERY - timedelta(minutes=5)
    text = shown(world)
    assert "今の様子を控えました (2ページ" in text
    assert "書き換えを疑うところはありません" not in text  # nothing was compared yet
    found = Observation.objects.of(world.company).get(kind="site.changes")
    assert (found.subject_id, found.fields["first"]) == (SITE, True)


def test_daily_news_ring_no_bell(world, site, page):
    page(news="あしたは開けます")
    a_day_later(world)
    text = shown(world)
    assert "書き換えを疑うところはありません" in text
    assert "ふだんの更新 1件" in text
    assert mail.outbox == []


def test_an_intruder_is_told_on_the_page_in_the_plan_and_once_by_mail(world, site, page, settings):
    settings.MAIL_CONFIGURED = True
    page(more=SKIMMER)
    a_day_later(world)
    text = shown(world)
    assert "書き換えを疑うところ 1件" in text
    assert "cdn-statistics-jp.example" in text
    standing = Standing.objects.of(world.company).get()
    assert (standing.step, standing.step_kind) == ("website-defacement", "act")
    result = world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    assert "ホームページを作った会社に確かめる" in result
    control = world.client("owner").get(f"/c/{world.company.pk}/control/website-defacement/")
    assert "まず、いますぐ" in control.content.decode()
    (letter,) = mail.outbox
    assert letter.to == ["owner@example.jp"]
    assert SITE in letter.subject
    assert "cdn-statistics-jp.example" in letter.body
    assert f"/c/{world.company.pk}/sites/" in letter.body
    a_day_later(world)
    assert len(mail.outbox) == 1
    assert "書き換えを疑うところ 1件" in shown(world)


def test_english_readers_are_told_in_english(world, site, page, settings):
    settings.MAIL_CONFIGURED = True
    world.company.memberships.filter(user=world.owner).update(remind_lang="en")
    page(more=SKIMMER)
    a_day_later(world)
    assert "may have been changed" in mail.outbox[0].subject
    assert "a program is loaded from somewhere new" in mail.outbox[0].body
    client = world.client("owner")
    client.cookies["django_language"] = "en"
    text = client.get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "What may be an intruder&#x27;s work: 1" in text


def test_a_mail_server_that_is_away_is_tried_again(world, site, page, settings):
    settings.MAIL_CONFIGURED = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    page(more=SKIMMER)
    a_day_later(world)
    told = Notice.objects.of(world.company).get(kind="site.alarm")
    assert (told.mailed_at, told.mailed_to) == (None, [])
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail_again.enqueue()  # workers do so every half hour, long before the next look
    run_tasks()
    assert len(mail.outbox) == 1
    told.refresh_from_db()
    assert told.mailed_at is not None


def test_without_mail_nothing_counts_as_told(world, site, page, settings):
    settings.MAIL_CONFIGURED = False
    page(more=SKIMMER)
    a_day_later(world)
    assert mail.outbox == []
    settings.MAIL_CONFIGURED = True
    a_day_later(world)
    assert len(mail.outbox) == 1


def accept(world, site, seen_at=None):
    seen_at = seen_at or row(world).seen_at.isoformat()
    return press(world.client("owner"), world.company, site, "accept", seen_at=seen_at)


def test_what_the_owner_changed_becomes_the_new_state(world, site, page):
    page(more=SKIMMER)
    a_day_later(world)
    assert accept(world, site).status_code == 302
    assert row(world).changes == []
    assert "書き換えを疑うところはありません" in shown(world)
    a_day_later(world)
    assert "書き換えを疑うところはありません" in shown(world)


def test_what_came_after_the_page_was_opened_is_not_accepted(world, site, page):
    page(more=SKIMMER)
    a_day_later(world)
    opened = row(world).seen_at.isoformat()
    page(more=SKIMMER + '<iframe src="https://other.example/" width="0" height="0"></iframe>')
    a_day_later(world)
    assert accept(world, site, opened).status_code == 409
    assert "書き換えを疑うところ 2件" in shown(world)
    # What changes between the look that was shown and the one that follows "it is ours" rings too.
    page(more=SKIMMER * 2 + '<script src="https://third-party.example/t.js"></script>')
    assert accept(world, site).status_code == 302
    assert "third-party.example" in shown(world)
    assert "cdn-statistics-jp.example" not in shown(world)


def test_a_site_that_is_down_says_nothing_about_changes(world, site, web):
    before = row(world).baseline
    web[2].shutdown()
    web[2].server_close()
    a_day_later(world)
    assert row(world).unseen
    assert row(world).baseline == before
    assert row(world).next_at < timezone.now() + timedelta(hours=2)
    assert "変わったかどうかは分かりません" in shown(world)
    facts = Observation.objects.of(world.company).filter(kind="site.changes")
    assert facts.latest("observed_at").not_seen["reason"] == "unreachable"


def test_an_alarm_stays_while_the_site_is_down(world, site, web, page):
    page(more=SKIMMER)
    a_day_later(world)
    web[2].shutdown()
    web[2].server_close()
    a_day_later(world)
    assert row(world).unseen
    assert "書き換えを疑うところ 1件" in shown(world)
    standing = Standing.objects.of(world.company).get()
    assert (standing.step, standing.step_kind) == ("website-defacement", "act")


def by_file(web, site, text=None):
    place = web[0] / ".well-known"
    place.mkdir(exist_ok=True)
    (place / "tojimari.txt").write_text(site.line if text is None else text)


def test_an_outage_takes_no_proof_away(world, site, web, no_lab_proof):
    by_file(web, site)
    a_day_later(world)
    assert Site.objects.of(world.company).get().proven_by == "file"
    web[2].shutdown()
    web[2].server_close()
    a_day_later(world)
    assert Site.objects.of(world.company).get().proven_by == "file"
    assert row(world).unseen
    press(world.client("owner"), world.company, site, "look")
    assert "開かないので、見られませんでした" in job_of(world.company, "site").problem["ja"]


def test_a_proof_that_is_taken_away_is_told_and_nothing_counts_as_fine(
    world, site, web, no_lab_proof, settings
):
    settings.MAIL_CONFIGURED = True
    a_day_later(world)
    assert Site.objects.of(world.company).get().proven_at is None
    text = shown(world)
    assert "いまは見張れていません" in text
    assert "書き換えを疑うところはありません" not in text
    facts = Observation.objects.of(world.company).filter(kind="site.changes")
    assert facts.latest("observed_at").not_seen["reason"] == "no_permission"
    (letter,) = mail.outbox
    assert "見張れていません" in letter.subject
    assert site.line in letter.body
    assert press(world.client("owner"), world.company, site, "watch").status_code == 403
    a_day_later(world)
    assert len(mail.outbox) == 1
    # Once the line is back the watch goes on by itself.
    by_file(web, site)
    a_day_later(world)
    assert not row(world).unseen
    assert "書き換えを疑うところはありません" in shown(world)


def test_what_a_visitor_wrote_is_no_proof(world, names, web, no_lab_proof):
    names()
    client = world.client("owner")
    made = add(client, world.company)
    by_file(web, made, f"<p>newest comment: {made.line}</p>")
    press(client, world.company, made, "prove")
    assert job_of(world.company, "prove").state == Job.FAILED
    by_file(web, made, f" {made.line}\r\n")
    press(client, world.company, made, "prove")
    assert job_of(world.company, "prove").state == Job.DONE


def test_the_watch_ends_when_the_owner_says_so(world, site):
    press(world.client("owner"), world.company, site, "stop")
    assert not Watch.objects.of(world.company).exists()
    assert not Observation.objects.of(world.company).filter(kind="site.changes").exists()
    assert "見張りを始める" in shown(world)


def test_ending_it_while_a_worker_looks_keeps_it_ended(world, site):
    from tojimari.portal.outside.defacement import look_again

    Watch.objects.of(world.company).update(next_at=timezone.now())
    late = Watch.objects.of(world.company).select_related("site", "company").get()
    press(world.client("owner"), world.company, site, "stop")
    look_again(late)
    assert not Watch.objects.of(world.company).exists()
    assert not Observation.objects.of(world.company).filter(kind="site.changes").exists()


def test_two_workers_do_not_look_twice(world, site):
    from tojimari.portal.outside.defacement import watch_one

    Watch.objects.of(world.company).update(next_at=timezone.now())
    before = row(world).seen_at
    watch_one.enqueue(str(row(world).pk))
    watch_one.enqueue(str(row(world).pk))
    run_tasks()
    assert row(world).seen_at > before
    assert row(world).next_at > timezone.now() + timedelta(hours=20)


def test_it_is_not_looked_at_again_at_once_and_staff_only_reads(world, site):
    assert press(world.client("owner"), world.company, site, "watch").status_code == 429
    staff = world.client("staff")
    assert "書き換えの見張り" in shown(world, "staff")
    for what in ("watch", "accept", "stop"):
        assert press(staff, world.company, site, what).status_code == 404


def test_a_page_of_an_intruder_is_shown_as_text(world, site, page):
    page(more='<script src="https://evil.example/&quot;><img src=x onerror=alert(1)>.js"></script>')
    a_day_later(world)
    assert "<img src=x" not in shown(world)


def test_the_export_holds_the_watch(world, site):
    export = world.client("owner").get(f"/c/{world.company.pk}/export/")
    assert export.status_code == 200, export.status_code
    assert "outside.watch" in export.content.decode()


@pytest.mark.parametrize("seen", [True, False])
def test_only_what_was_seen_before_is_pointed_to(world, seen):
    now = timezone.now()
    site = Site.objects.of(world.company).create(
        company=world.company, name="a.example.jp", mail_domain="a.example.jp", proven_at=now
    )
    before = now - timedelta(days=1) if seen else None
    Watch.objects.of(world.company).create(
        company=world.company, site=site, tried_at=now, seen_at=before, kept_at=before, pages=3
    )
    page = world.client("owner").get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "ホームページを見られませんでした" in page
    assert ("その前に見えたこと" in page) == seen
