"""Notices: told once, on the page until seen and by mail until the server took it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.support.agents import post, report, signed
from tests.support.pressing import run_tasks
from tojimari.portal.core import notices
from tojimari.portal.core.holds import HOLDS_WAIT
from tojimari.portal.core.mail import send
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import end, kinds, mail_again, tell
from tojimari.portal.desk.notices import DESK_ANSWERED, DESK_ANSWERED_NOBODY, HANDOVER_ASKED
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.notices import DEVICE_ATTACKED, DEVICE_SILENT
from tojimari.portal.devices.periodic import note_silent
from tojimari.portal.drills.notices import DRILL_OVER, DRILL_PROPOSED, DRILL_STOPPED
from tojimari.portal.experts.notices import (
    VISIT_CALLED_OFF,
    VISIT_EXPERT_GONE,
    VISIT_LAPSED,
    VISIT_OFFERED,
    VISIT_REPORTED,
)
from tojimari.portal.incidents.notices import (
    INCIDENT_BROKEN,
    INCIDENT_DUE,
    INCIDENT_DUE_OWNERS,
    INCIDENT_OPENED,
    INCIDENT_OPENED_OWNERS,
    INCIDENT_RECORD,
)
from tojimari.portal.lenders.notices import LOAN_DECIDED
from tojimari.portal.lessons.notices import LESSON_DUE
from tojimari.portal.money.notices import MONEY_DEADLINE
from tojimari.portal.outside.notices import SITE_ALARM, SITE_UNPROVEN
from tojimari.portal.papers.notices import PAPER_ENDS, PAPER_PREPARED
from tojimari.portal.people.models import User
from tojimari.portal.proofs.notices import PROOF_ENDS
from tojimari.portal.requests.notices import REQUEST_CAME
from tojimari.portal.sensors.notices import WATCH_DAY, WATCH_NOW
from tojimari.portal.supporters.models import Invitation
from tojimari.portal.supporters.notices import (
    GRANT_GIVEN,
    GRANT_WITHDRAWN,
    MAIL_CAMPAIGN,
    REPORT_READY,
)
from tojimari.portal.updates.notices import (
    DEVICE_ISOLATED,
    UPDATE_RESTART,
    UPDATE_RESTORED,
    UPDATE_SECOND,
    UPDATE_WAITS,
    UPDATE_WAVE_STOPPED,
)
from tojimari.portal.words import say

UPDATES = {UPDATE_WAITS, UPDATE_SECOND, UPDATE_WAVE_STOPPED, UPDATE_RESTART, UPDATE_RESTORED}
INCIDENTS = {INCIDENT_OPENED, INCIDENT_OPENED_OWNERS, INCIDENT_DUE, INCIDENT_DUE_OWNERS}
ALARM = {"kind": "spam", "evidence": "evil.example", "page": "https://a.example/"}


def alarm(world, *points: str) -> None:
    values = {"site": "a.example", "alarms": [ALARM] * len(points)}
    tell(world.company, SITE_ALARM, "site-1", points=points, values=values)


def shown(world, who="owner") -> str:
    return world.client(who).get(f"/c/{world.company.pk}/").content.decode()


def rows(world):
    return Notice.objects.of(world.company)


@pytest.fixture
def mails(settings):
    settings.MAIL_CONFIGURED = True
    return mail.outbox


def test_it_stands_on_the_owners_page_until_seen(world):
    alarm(world, "x")
    assert "a.example に、書き換えを疑うところがあります" in shown(world)
    assert "a.example に" not in shown(world, "staff")  # nothing staff could do about it
    found = rows(world).get()
    seen = f"/c/{world.company.pk}/notices/{found.pk}/seen/"
    assert world.client("staff").post(seen).status_code == 404
    assert world.client("stranger").post(seen).status_code == 404
    assert "a.example に" in shown(world)
    assert world.client("owner").post(seen)["Location"] == f"/c/{world.company.pk}/"
    assert "a.example に" not in shown(world)
    assert rows(world).get().seen_by == world.owner


def test_the_same_again_is_not_told_again_and_something_new_is(world, mails):
    alarm(world, "x")
    run_tasks()
    rows(world).update(seen_at=rows(world).get().made_at)
    alarm(world, "x")
    run_tasks()
    assert len(mails) == 1
    assert "a.example に" not in shown(world)
    alarm(world, "x", "y")
    run_tasks()
    assert len(mails) == 2
    assert "a.example に" in shown(world)
    alarm(world, "y")
    run_tasks()
    assert len(mails) == 2
    assert rows(world).get().points == ["y"]


def test_after_its_end_it_is_told_anew(world, mails):
    alarm(world, "x")
    run_tasks()
    end(world.company, SITE_ALARM, "site-1")
    assert "a.example に" in shown(world)  # nobody has seen it yet
    alarm(world, "x")
    run_tasks()
    assert len(mails) == 2
    assert rows(world).count() == 2


def test_a_server_in_trouble_is_tried_again_and_nobody_gets_it_twice(
    world, mails, monkeypatch, settings
):
    from tojimari.portal.core import mail as mail_out
    from tojimari.portal.core import notices

    world.company.memberships.filter(user=world.staff).update(role="owner", remind_lang="en")
    really, down = mail_out.send, [True]

    def send(subject, body, to, **more):
        if to == "staff@example.jp" and down:
            raise ConnectionResetError
        return really(subject, body, to, **more)

    monkeypatch.setattr(notices, "send", send)
    alarm(world, "x")
    run_tasks()
    assert [letter.to for letter in mails] == [["owner@example.jp"]]
    assert rows(world).get().mailed_at is None
    down.clear()
    mail_again.enqueue()
    run_tasks()
    assert [letter.to for letter in mails] == [["owner@example.jp"], ["staff@example.jp"]]
    assert "may have been changed" in mails[1].subject
    assert rows(world).get().mailed_at is not None
    mail_again.enqueue()
    run_tasks()
    assert len(mails) == 2


def test_what_was_seen_or_is_over_is_not_mailed_any_more(world, settings, mails):
    settings.MAIL_CONFIGURED = False
    alarm(world, "x")
    run_tasks()
    settings.MAIL_CONFIGURED = True
    rows(world).update(seen_at=rows(world).get().made_at)
    tell(world.company, SITE_UNPROVEN, "s", values={"site": "b.example", "line": "tojimari=1"})
    end(world.company, SITE_UNPROVEN, "s")
    mail_again.enqueue()
    run_tasks()
    assert mails == []


def test_nobody_is_told_what_only_they_did(world):
    page = f"/c/{world.company.pk}/sharing/{world.grant.pk}/"
    world.client("owner").post(page, {"withdraw": "yes"})
    assert not rows(world).exists()


def test_another_owner_is_told_that_a_grant_was_withdrawn(world):
    world.company.memberships.filter(user=world.staff).update(role="owner")
    page = f"/c/{world.company.pk}/sharing/{world.grant.pk}/"
    world.client("owner").post(page, {"withdraw": "yes"})
    assert rows(world).get().kind == GRANT_WITHDRAWN
    said = say("notice.grant.withdrawn", "ja", organisation="町の会議所")
    assert said in shown(world, "staff")
    assert said not in shown(world)


def test_the_owner_is_told_when_an_organisation_took_up_the_invitation(world):
    rows(world).delete()
    _, secret = Invitation.make(
        "organisation",
        company=world.foreign,
        made_by=world.stranger,
        scopes=("findings:read",),
    )
    client = world.client("supporter")
    client.post(f"/join/{secret}/accept/", {"organisation": str(world.chamber.pk)})
    assert Notice.objects.of(world.foreign).get().kind == GRANT_GIVEN
    page = world.client("stranger").get(f"/c/{world.foreign.pk}/").content.decode()
    assert say("notice.grant.given", "ja", organisation="町の会議所") in page
    client = world.client("stranger")
    client.cookies["django_language"] = "en"
    page = client.get(f"/c/{world.foreign.pk}/").content.decode()
    assert "町の会議所 may look at this company now." in page


def test_there_is_one_open_notice_of_a_matter(world):
    alarm(world, "x")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows(world).create(company=world.company, kind=SITE_ALARM, about="site-1")


def test_a_kind_nobody_declared_is_our_mistake_and_an_old_one_is_passed_over(world):
    with pytest.raises(LookupError):
        tell(world.company, "weather", "x")
    rows(world).create(company=world.company, kind="retired.kind", about="x")
    assert world.client("owner").get(f"/c/{world.company.pk}/").status_code == 200
    assert set(kinds()) == {
        DEVICE_ATTACKED,
        DEVICE_SILENT,
        SITE_ALARM,
        SITE_UNPROVEN,
        GRANT_GIVEN,
        GRANT_WITHDRAWN,
        REPORT_READY,
        MAIL_CAMPAIGN,
        LESSON_DUE,
        *(DRILL_PROPOSED, DRILL_STOPPED, DRILL_OVER),
        *(WATCH_NOW, WATCH_DAY),
        DEVICE_ISOLATED,
        HOLDS_WAIT,
        PROOF_ENDS,
        VISIT_OFFERED,
        VISIT_CALLED_OFF,
        VISIT_REPORTED,
        VISIT_EXPERT_GONE,
        VISIT_LAPSED,
        *INCIDENTS,
        INCIDENT_BROKEN,
        INCIDENT_RECORD,
        DESK_ANSWERED,
        DESK_ANSWERED_NOBODY,
        HANDOVER_ASKED,
        MONEY_DEADLINE,
        REQUEST_CAME,
        LOAN_DECIDED,
        PAPER_ENDS,
        PAPER_PREPARED,
        *UPDATES,
    }


def test_only_what_asks_for_action_today_is_shown_as_a_warning(world):
    assert {kind.name for kind in kinds().values() if kind.urgent} == {
        DEVICE_ATTACKED,
        SITE_ALARM,
        SITE_UNPROVEN,
        *INCIDENTS,
        INCIDENT_BROKEN,
        WATCH_NOW,
        DEVICE_ISOLATED,
        HOLDS_WAIT,
        UPDATE_RESTORED,
    }
    tell(world.company, GRANT_GIVEN, "g", values={"organisation": "X"})
    assert shown(world).count('class="card warn"') == 0
    alarm(world, "spam")
    assert shown(world).count('class="card warn"') == 1


def test_a_silent_computer_is_told_once_until_it_reports(client, machine, world):
    device = Device.objects.of(machine.device.company).filter(pk=machine.device.pk)
    found = Notice.objects.of(machine.device.company).filter(kind=DEVICE_SILENT)
    note_silent.call()
    assert not found.exists()
    day = timezone.now() - timedelta(days=31)
    device.update(enrolled_at=day, last_report_at=None, name="店のPC")
    note_silent.call()
    note_silent.call()
    assert found.get().values["name"] == "店のPC"
    assert found.get().values["day"] == timezone.localdate(day).isoformat()
    assert post(client, signed(machine, report(machine))).status_code == 200
    assert found.get().ended_at is not None
    assert found.get().seen_at is not None
    device.update(last_report_at=day)
    note_silent.call()
    assert found.count() == 2


def test_a_removed_computer_is_not_told_of(machine):
    device = Device.objects.of(machine.device.company).filter(pk=machine.device.pk)
    device.update(enrolled_at=timezone.now() - timedelta(days=31), removed_at=timezone.now())
    note_silent.call()
    assert not Notice.objects.of(machine.device.company).filter(kind=DEVICE_SILENT).exists()


def test_what_a_worker_died_of_mailing_is_mailed_by_another_once_to_each(world, smtp, monkeypatch):
    """As SIGKILL has it: what stands in the database at that moment is all that is left."""
    other = User.objects.create_user("second@example.jp")
    world.company.memberships.create(user=other, role="owner")
    real, there = send, []

    def dies(subject, body, to, **more):
        there.append((to, rows(world).get()))
        if len(there) == 2:
            raise SystemExit
        return real(subject, body, to, **more)

    alarm(world, "x")
    with monkeypatch.context() as patched:
        patched.setattr(notices, "send", dies)
        with pytest.raises(SystemExit):
            notices.mail_notices.func(str(world.company.pk))
    left = there[1][1]
    assert (len(left.mailed_to), left.mailed_at) == (1, None)
    notices.mail_notices.func(str(world.company.pk))
    assert len(smtp.mails) == 1  # whoever claimed it may still live
    rows(world).update(claimed_at=timezone.now() - timedelta(minutes=6))
    for _ in range(2):
        notices.mail_notices.func(str(world.company.pk))
    assert len(smtp.to) == len(set(smtp.to)) == 2
    assert rows(world).get().mailed_at is not None
