"""What a fresh pair of eyes found: each fault stays fixed."""

import csv
import http.client
import io
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.agents import looker, post, refused, report, signed
from tests.support.patience import PATIENCE
from tests.support.pressing import run_tasks
from tests.support.servers import MailServer, Portal
from tojimari.agent.loop import Agent
from tojimari.model import NotSeen
from tojimari.portal.devices.models import EnrolCode
from tojimari.portal.people.models import Membership
from tojimari.portal.supporters.models import Grant, Helper, Invitation, Nudge


@pytest.fixture
def world(new_world):
    return new_world


def test_behind_a_proxy_https_is_seen_and_visitors_are_told_apart(tmp_path, empty_database):
    portal = Portal(
        tmp_path,
        "serve",
        env={
            "TOJIMARI_MODE": "server",
            "TOJIMARI_PUBLIC_URL": "https://portal.example.jp",
            "TOJIMARI_HOSTS": "127.0.0.1",
            "TOJIMARI_BEHIND_PROXY": "yes",
            "TOJIMARI_REDIRECT_TO_HTTPS": "no",
        },
        database=empty_database,
    )
    try:
        seen = []
        for visitor in range(35):
            line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)
            headers = {
                "Host": "portal.example.jp",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": f"192.0.2.{visitor}",
            }
            line.request("GET", "/phone/ABCDEFGH/", headers=headers)
            answer = line.getresponse()
            answer.read()
            seen.append(answer.status)
        assert set(seen) == {404}
        assert "max-age" in answer.headers["Strict-Transport-Security"]
    finally:
        portal.stop()


def test_a_removed_owners_link_is_dead(world):
    world.company.memberships.filter(user=world.staff).update(role="owner")
    _, secret = Invitation.make("staff", company=world.company, made_by=world.staff)
    member = world.company.memberships.get(user=world.staff)
    world.client("owner").post(f"/c/{world.company.pk}/settings/people/{member.pk}/remove/")
    back = world.client("staff")
    assert back.get(f"/join/{secret}/").status_code == 404
    assert back.post(f"/join/{secret}/accept/").status_code == 404
    assert not Membership.objects.of(world.company).filter(user=world.staff).exists()


def test_withdrawing_ends_the_links_still_on_their_way(world):
    _, secret = Invitation.make("organisation", company=world.company, made_by=world.owner)
    world.client("owner").post(
        f"/c/{world.company.pk}/sharing/{world.grant.pk}/", {"withdraw": "yes"}
    )
    again = world.client("supporter").post(
        f"/join/{secret}/accept/", {"organisation": str(world.chamber.pk)}
    )
    assert again.status_code == 404
    assert (
        not Grant.objects.of(world.company)
        .filter(organisation=world.chamber, withdrawn_at=None)
        .exists()
    )


def test_a_closed_organisations_invitation_is_dead(world):
    _, secret = Invitation.make("company", organisation=world.chamber, made_by=world.supporter)
    world.chamber.approved_at = None
    world.chamber.save()
    taken = world.client("stranger").post(
        f"/join/{secret}/accept/", {"company": str(world.foreign.pk)}
    )
    assert taken.status_code == 404


def test_a_helper_can_be_removed_but_not_the_last(world):
    other = Helper.objects.create(user=world.stranger, organisation=world.chamber)
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/people"
    client.post(f"{page}/{other.pk}/remove/")
    assert world.client("stranger").get(f"/s/{world.chamber.pk}/").status_code == 404
    own = Helper.objects.get(user=world.supporter)
    client.post(f"{page}/{own.pk}/remove/")
    assert client.get(f"/s/{world.chamber.pk}/").status_code == 200


def test_a_list_holds_no_more_than_was_granted(world):
    def row(who: str, organisation) -> dict[str, str]:
        answer = world.client(who).get(f"/s/{organisation.pk}/export.csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return next(csv.DictReader(io.StringIO(text)))

    private = ("対策: まだ", "対策: 不明", "答えと実際の違い", "機器の数")
    assert [row("buyer", world.bank)[name] for name in private] == [""] * 4
    assert all(row("supporter", world.chamber)[name] for name in private)


def test_one_address_that_is_gone_stops_nobody_else(world, settings, monkeypatch):
    import smtplib

    from django.core.mail import EmailMessage

    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    send = EmailMessage.send

    def gone(mail, *words, **more):
        if mail.to == ["owner@example.jp"]:
            raise smtplib.SMTPRecipientsRefused({mail.to[0]: (550, b"gone")})
        return send(mail, *words, **more)

    monkeypatch.setattr(EmailMessage, "send", gone)
    Grant.objects.of(world.foreign).create(
        company=world.foreign, organisation=world.chamber, scopes=("reminders:send",)
    )
    world.client("supporter").post(f"/s/{world.chamber.pk}/nudge/", {"all": "yes", "sure": "yes"})
    run_tasks()
    server.wait_for(1)
    server.stop()
    assert server.to == ["stranger@example.jp"]
    assert not Nudge.objects.across("test").filter(sent_at=None).exists()


def test_nothing_seen_is_never_a_green_card(client, world, machine):
    from tojimari.agent.wire import ReportedFact

    unseen = ReportedFact("device.time_sync", 1, None, NotSeen("no_permission"))
    post(client, signed(machine, report(machine, unseen)))
    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    nothing = {"system": "ios", "version": "", "up_to_date": "", "screen_lock": ""}
    client.post(f"/phone/{letters}/", nothing)
    page = world.client("owner").get(f"/c/{world.company.pk}/devices/").content.decode()
    assert "見えた範囲で、直すところはありません" not in page
    assert page.count("大丈夫とは言えません") == 2
    assert 'class="card good"' not in page


def test_a_nul_anywhere_in_a_report_is_refused(client, machine):
    from tojimari.agent.wire import ReportedFact

    bad = report(machine, agent="0.2\x00")
    refused(post(client, signed(machine, bad)), 400, "malformed")
    why = ReportedFact("device.time_sync", 1, None, NotSeen("timed_out", detail="a\x00"))
    refused(post(client, signed(machine, report(machine, why))), 400, "malformed")


def test_an_older_report_does_not_roll_the_device_back(client, machine):
    now = datetime.now(UTC)
    post(client, signed(machine, report(machine, at=now, agent="0.2.0")))
    late = report(machine, at=now - timedelta(days=2), agent="0.1.0")
    assert post(client, signed(machine, late)).status_code == 200
    machine.device.refresh_from_db()
    assert machine.device.agent_version == "0.2.0"
    assert machine.device.last_report_at == now


@pytest.mark.django_db(transaction=True)
def test_a_report_made_under_a_wrong_clock_is_dropped(live_server, world, agent_home):
    from tests.support.agents import enrolled

    enrolled(live_server, world, agent_home)
    wrong = Agent(agent_home, looker=looker(), now=lambda: datetime.now(UTC) + timedelta(hours=3))
    wrong.turn(look_now=True)
    assert len(wrong.queue) == 1
    right = Agent(agent_home, looker=looker())
    right.turn(look_now=True)
    assert len(right.queue) == 0
    assert right.schedule.last_problem == {}


def test_long_numbers_and_addresses_are_refused_politely(world):
    client = world.client("owner")
    token = {"name": "x", "scope": "company:read", "days": "9" * 5000}
    assert client.post("/account/tokens/", token).status_code == 400
    long = {"email": "a" * 300 + "@example.jp"}
    assert client.post(f"/c/{world.company.pk}/sharing/invite/", long).status_code == 400


def test_an_open_invitation_is_listed_and_can_be_cancelled(world):
    made, secret = Invitation.make(
        "organisation", company=world.company, made_by=world.owner, email="new@example.jp"
    )
    client, page = world.client("owner"), f"/c/{world.company.pk}/sharing/"
    assert "new@example.jp" in client.get(page).content.decode()
    client.post(f"{page}invitations/{made.pk}/cancel/")
    assert "new@example.jp" not in client.get(page).content.decode()
    assert world.client("supporter").get(f"/join/{secret}/").status_code == 404
