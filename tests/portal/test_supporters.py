"""Supporters: invitations, grants, the fleet, nudges and notes, with a real mail server."""

import re

import pytest
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.support.ports import free_port
from tests.support.pressing import run_tasks
from tests.support.servers import MailServer
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.core.claims import AGAIN
from tojimari.portal.supporters.fleet import _keep_nudges
from tojimari.portal.supporters.models import Grant, Invitation, Nudge
from tojimari.portal.supporters.tasks import send_nudges


def link_in(text: str) -> str:
    return re.search(r"/join/[\w-]+/", text).group(0)


def test_a_supporter_invites_a_company_and_the_company_decides(world, smtp):
    page = f"/s/{world.chamber.pk}/people/"
    client = world.client("supporter")
    shown = client.post(
        page, {"to": "company", "email": "stranger@example.jp", "sees_findings": "yes"}
    ).content.decode()
    sent = smtp.wait_for(1)[0]
    assert smtp.to == ["stranger@example.jp"]
    assert "町の会議所" in sent["subject"]
    link = link_in(sent.get_content())
    assert link in shown
    stranger = world.client("stranger")
    assert "見守りたい" in stranger.get(link).content.decode()
    assert not Grant.objects.of(world.foreign).exists()
    stranger.post(f"{link}accept/", {"company": str(world.foreign.pk), "may_write": "yes"})
    grant = Grant.objects.of(world.foreign).get()
    assert grant.scopes == ("reminders:send",)
    assert stranger.get(link).status_code == 404


def test_nobody_grants_a_company_that_is_not_theirs(world):
    _, secret = Invitation.make("company", organisation=world.bank, made_by=world.buyer)
    stranger = world.client("stranger")
    taken = stranger.post(f"/join/{secret}/accept/", {"company": str(world.company.pk)})
    assert taken.status_code == 404
    staff = world.client("staff")
    assert (
        staff.post(f"/join/{secret}/accept/", {"company": str(world.company.pk)}).status_code == 404
    )
    assert Invitation.objects.across("test").get().used_at is None


def test_a_company_invites_a_buyer(world, smtp):
    client = world.client("stranger")
    client.post(f"/c/{world.foreign.pk}/sharing/invite/", {"email": "buyer@example.jp"})
    link = link_in(smtp.wait_for(1)[0].get_content())
    world.client("buyer").post(f"{link}accept/", {"organisation": str(world.bank.pk)})
    assert Grant.objects.of(world.foreign).filter(organisation=world.bank).exists()


def test_an_old_invitation_is_gone(world):
    invitation, secret = Invitation.make("staff", company=world.company, made_by=world.owner)
    Invitation.objects.across("test").filter(pk=invitation.pk).update(expires_at=timezone.now())
    assert world.client("stranger").get(f"/join/{secret}/").status_code == 404


def test_a_bad_address_gets_a_sentence(world):
    page = world.client("owner").post(f"/c/{world.company.pk}/settings/invite/", {"email": "x"})
    assert page.status_code == 400


def test_a_name_cannot_add_lines_to_a_mail(world, smtp):
    Company.objects.filter(pk=world.company.pk).update(name="店\r\nBcc: all@example.jp")
    client = world.client("owner")
    client.post(f"/c/{world.company.pk}/settings/invite/", {"email": "new@example.jp"})
    sent = smtp.wait_for(1)[0]
    assert sent["bcc"] is None
    assert smtp.to == ["new@example.jp"]


def test_a_buyer_writes_to_nobody(world):
    Grant.objects.of(world.company).filter(organisation=world.bank).update(
        scopes=("reminders:send",)
    )
    page = world.client("buyer").post(f"/s/{world.bank.pk}/nudge/", {"all": "yes"})
    assert page.status_code == 404
    assert not Nudge.objects.across("test").exists()


def test_a_withdrawn_grant_stops_a_waiting_nudge(world, smtp):
    client = world.client("supporter")
    client.post(f"/s/{world.chamber.pk}/nudge/", {"company": str(world.company.pk)})
    world.client("owner").post(
        f"/c/{world.company.pk}/sharing/{world.grant.pk}/", {"withdraw": "yes"}
    )
    run_tasks()
    assert smtp.mails == []


def test_ticked_companies_outside_the_grants_are_left_out(world, smtp):
    client = world.client("supporter")
    client.post(f"/s/{world.chamber.pk}/nudge/", {"company": [str(world.foreign.pk), "x", ""]})
    assert not Nudge.objects.across("test").exists()


def test_a_refusing_mail_server_loses_nothing(world, settings):
    server = MailServer(refuse=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    client = world.client("supporter")
    client.post(f"/s/{world.chamber.pk}/nudge/", {"company": str(world.company.pk)})
    run_tasks()
    server.stop()
    assert Nudge.objects.across("test").get().sent_at is None


def test_a_mail_server_that_is_down_loses_nothing_and_no_task_fails(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    client = world.client("supporter")
    client.post(f"/s/{world.chamber.pk}/nudge/", {"company": str(world.company.pk)})
    run_tasks()
    nudge = Nudge.objects.across("test").get()
    assert (nudge.sent_at, nudge.claimed_at) == (None, None)
    assert not DBTaskResult.objects.failed().exists()


def test_a_worker_that_dies_loses_no_letter_and_none_goes_twice(world, smtp, monkeypatch):
    """Who claimed one has it; who died with it, even while sending, leaves it to the next."""
    world.client("supporter").post(
        f"/s/{world.chamber.pk}/nudge/", {"company": str(world.company.pk)}
    )
    rows = Nudge.objects.of(world.company)
    monkeypatch.setattr("tojimari.portal.supporters.tasks.send", _killed)
    with pytest.raises(KeyboardInterrupt):
        send_nudges.func(str(world.chamber.pk))
    monkeypatch.undo()
    assert rows.get().sent_at is None
    send_nudges.func(str(world.chamber.pk))
    assert smtp.mails == []  # the claim may still be somebody's
    rows.update(claimed_at=timezone.now() - 2 * AGAIN)
    for _ in range(2):
        send_nudges.func(str(world.chamber.pk))
    assert len(smtp.wait_for(1)) == 1
    assert rows.get().sent_at is not None


def _killed(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_a_second_press_at_the_same_moment_writes_to_nobody_again(world):
    rows = Standing.objects.across("test").filter(company=world.company)
    pressed = [_keep_nudges(world.chamber, rows, world.supporter, "") for _ in range(2)]
    assert pressed == [[world.company.pk], []]


def test_notes_can_be_read_by_the_company(world):
    page = f"/s/{world.chamber.pk}/c/{world.company.pk}/"
    client = world.client("supporter")
    client.post(f"{page}note/", {"text": "<b>来週</b>訪ねる"})
    assert "&lt;b&gt;来週" in client.get(page).content.decode()
    assert "来週" in world.client("owner").get(f"/c/{world.company.pk}/sharing/").content.decode()


def test_the_weekly_reminder_comes_once_and_stops_by_one_click(
    world, client, smtp, settings, monkeypatch
):
    from datetime import datetime

    from tojimari.portal.companies import periodic

    owner, page = world.client("owner"), f"/c/{world.company.pk}/weekly/"
    owner.post(f"{page}remind/", {"remind": "yes"})
    tuesday = timezone.make_aware(datetime(2026, 11, 24, 10, 0))
    monkeypatch.setattr(timezone, "now", lambda: tuesday)
    periodic.remind.enqueue()
    periodic.remind.enqueue()
    run_tasks()
    (sent,) = smtp.wait_for(1)
    assert smtp.to == ["owner@example.jp"]
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = re.search(r"/unsubscribe/[^>\s]+/", sent["List-Unsubscribe"]).group(0)
    assert client.get(stop).status_code == 200
    assert world.company.memberships.get(user=world.owner).remind is True
    client.post(stop, {"List-Unsubscribe": "One-Click"})
    assert world.company.memberships.get(user=world.owner).remind is False
    assert client.get("/unsubscribe/forged/").status_code == 404


def test_nobody_is_reminded_who_was_here_this_week(world, smtp, monkeypatch):
    from datetime import datetime

    from tojimari.portal.companies import periodic

    owner, page = world.client("owner"), f"/c/{world.company.pk}/weekly/"
    owner.post(f"{page}remind/", {"remind": "yes"})
    owner.post(f"{page}done/")
    week = world.company.visits.get().week
    later = timezone.make_aware(datetime(week.year, week.month, week.day, 12, 0))
    monkeypatch.setattr(timezone, "now", lambda: later)
    periodic.remind.enqueue()
    run_tasks()
    assert smtp.mails == []
    assert mail.outbox == []


def test_urgency_rises_with_what_is_worse(world):
    from tojimari.portal.companies.assessments import result_of
    from tojimari.portal.companies.questions import answer
    from tojimari.portal.words import catalog

    questions = catalog().questions
    seen = []
    for choice in ("all", "some", "none"):
        answer(world.company, questions["updates"], choice)
        seen.append(result_of(world.company).urgency(silent=False).points)
    assert seen[0] < seen[1] <= seen[2]
    assert result_of(world.company).urgency(silent=True).points > seen[2]


def test_a_buyer_is_offered_only_what_it_can_use(world):
    """Reminders are sent by supporters; a box that does nothing is not shown beside a buyer."""
    page = world.client("owner").get(f"/c/{world.company.pk}/sharing/").content.decode()
    beside = {
        name: page.partition(f"<h2>{name}")[2].partition("</section>")[0]
        for name in ("町の会議所", "町の銀行")
    }
    assert 'name="may_write"' in beside["町の会議所"]
    assert 'name="may_write"' not in beside["町の銀行"]
    assert 'name="monthly_report"' in beside["町の銀行"]
    asked = world.client("buyer").get(f"/s/{world.bank.pk}/invitations/").content.decode()
    assert 'name="may_write"' not in asked
    assert (
        "見守っています" not in world.client("buyer").get(f"/s/{world.bank.pk}/").content.decode()
    )
