"""Updates from afar: who may propose, who says yes and how, what is signed, and what is not."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.support.agents import post, signed
from tests.support.pressing import code_in, run_tasks
from tests.support.updates import (
    KIND,
    SCOPES,
    able,
    allowed,
    proposed,
    said,
    say_yes,
    sign_in_anew,
    supporter,
    task_of,
    wanted,
)
from tests.support.updates import key as key_row
from tojimari.agent.client import public_hex
from tojimari.agent.task_report import SENTENCES, ActorReport, Change
from tojimari.agent.tasks import TaskRefused, Trust, read_task
from tojimari.agent.wire import Ping
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.devices.models import Device
from tojimari.portal.people.models import ApiToken
from tojimari.portal.supporters.models import Grant
from tojimari.portal.updates.delivery import errand_of
from tojimari.portal.updates.models import (
    Actuator,
    AddressChange,
    Consent,
    DeviceTask,
    Policy,
    Proposal,
    SecondPerson,
)
from tojimari.portal.updates.periodic import tend_updates
from tojimari.portal.updates.proposals import BadProposal, propose
from tojimari.portal.updates.results import take
from tojimari.portal.updates.signing import next_sequence, sign_tasks
from tojimari.portal.updates.task_keys import make_first
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(settings, tmp_path):
    settings.TASK_KEY = tmp_path / "task-key"
    make_first()
    return settings.TASK_KEY


@pytest.fixture
def able_machine(world, machine, key):
    allowed(world, machine)
    return machine


@dataclass
class Machine:
    """A device of another company, with its key."""

    device: Device
    key: Ed25519PrivateKey

    @classmethod
    def of(cls, company) -> "Machine":
        private = Ed25519PrivateKey.generate()
        device = Device.objects.of(company).create(
            company=company, kind="computer", public_key=public_hex(private)
        )
        return cls(device, private)


def address(proposal) -> str:
    return f"/c/{proposal.company_id}/updates/{proposal.pk}/"


def handed(device) -> tuple[str, ...]:
    return errand_of(device).tasks


# --- from the proposal to the device -----------------------------------------------------------------


def test_a_task_is_signed_and_handed_out_once_an_owner_said_yes(world, able_machine):
    made = proposed(world, able_machine)
    assert handed(able_machine.device) == ()
    owner = world.client("owner")
    assert owner.get(address(made)).status_code == 200
    say_yes(owner, made)
    assert (made.state, task_of(made).state) == (Proposal.APPROVED, DeviceTask.SIGNED)
    assert len(handed(able_machine.device)) == 1
    assert task_of(made).state == DeviceTask.HANDED
    assert handed(able_machine.device)  # again: the first may not have arrived


def test_an_owner_starts_an_update_of_own_devices(world, able_machine):
    owner = world.client("owner")
    until = timezone.localtime(timezone.now() + timedelta(hours=2))
    sent = {
        "kind": KIND,
        "devices": [str(able_machine.device.pk)],
        "until": f"{until:%Y-%m-%dT%H:%M}",
    }
    answer = owner.post(f"/c/{world.company.pk}/updates/new/", sent)
    assert answer.status_code == 302
    made = Proposal.objects.of(world.company).get()
    assert (made.state, made.organisation) == (Proposal.PROPOSED, None)
    assert handed(able_machine.device) == ()
    say_yes(owner, made)
    assert len(handed(able_machine.device)) == 1


def test_numbers_of_a_device_only_grow_and_are_never_given_twice(world, able_machine, monkeypatch):
    row = Actuator.objects.of(world.company).get()
    numbers = [next_sequence(row) for _ in range(5)]
    assert numbers == sorted(set(numbers))
    # A clock that goes back, or a database that was restored, gives none again.
    monkeypatch.setattr("tojimari.portal.updates.signing.time.time", lambda: 5.0)
    assert next_sequence(row) == numbers[-1] + 1
    Actuator.objects.of(world.company).update(sequence=0)
    monkeypatch.undo()
    assert next_sequence(row) >= numbers[0]


# --- who may say yes ---------------------------------------------------------------------------------


def test_a_session_without_a_fresh_sign_in_says_no_yes(world, able_machine):
    made, owner = proposed(world, able_machine), world.client("owner")
    answer = say_yes(owner, made, anew=False)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in-anew/")
    assert made.state == Proposal.PROPOSED
    assert not Consent.objects.of(world.company).exists()


def test_one_sign_in_is_one_yes(world, able_machine):
    first, owner = proposed(world, able_machine), world.client("owner")
    say_yes(owner, first)
    second = proposed(world, able_machine, kind="package", parameters={"name": "bash"})
    answer = say_yes(owner, second, anew=False)
    assert answer["Location"].startswith("/sign-in-anew/")
    assert second.state == Proposal.PROPOSED


def test_two_requests_with_one_sign_in_at_the_same_moment_are_one_yes(world, able_machine, rf):
    from tojimari.portal.updates import fresh

    request = rf.post("/")
    request.user = world.owner
    at = timezone.now().timestamp()
    kept = {"updates_mailed": {"user": str(world.owner.pk), "at": at}}
    request.session = dict(kept)
    assert fresh.spend(request) is not None
    request.session = dict(kept)  # the other request read its session before this one was saved
    assert fresh.spend(request) is None


def test_a_number_is_good_for_one_person_few_tries_and_ten_minutes(
    world, able_machine, monkeypatch
):
    owner = world.client("owner")
    owner.post("/sign-in-anew/", {"send": "yes"})
    code = code_in(mail.outbox[-1])
    assert mail.outbox[-1].to == [world.owner.email]
    other = world.client("staff")
    assert other.post("/sign-in-anew/", {"code": code}).status_code == 400
    for _ in range(5):
        assert owner.post("/sign-in-anew/", {"code": "AAAA-AAAA"}).status_code == 400
    assert owner.post("/sign-in-anew/", {"code": code}).status_code == 400


def test_a_mail_address_that_was_just_changed_gets_no_number(world, able_machine):
    from allauth.account.models import EmailAddress
    from allauth.account.signals import email_changed

    one = EmailAddress.objects.get(user=world.owner)
    email_changed.send(EmailAddress, request=None, user=world.owner, to_email_address=one)
    owner = world.client("owner")
    assert owner.post("/sign-in-anew/", {"send": "yes"}).status_code == 429
    assert mail.outbox == []
    AddressChange.objects.update(at=timezone.now() - timedelta(days=4))
    sign_in_anew(owner)


def test_a_passkey_added_today_is_no_way_in_and_an_older_one_closes_the_mail(world, able_machine):
    from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
    from allauth.mfa.models import Authenticator

    added = Authenticator.objects.create(user=world.owner, type="totp", data={})
    owner, made = world.client("owner"), proposed(world, able_machine)
    record = {"method": "mfa", "id": added.pk, "type": "totp", "reauthenticated": True}
    record["at"] = timezone.now().timestamp()
    session = owner.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
    session["account_authentication_methods_user"] = str(world.owner.pk)
    session.save()
    assert say_yes(owner, made, anew=False)["Location"].startswith("/sign-in-anew/")
    Authenticator.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert owner.post("/sign-in-anew/", {"send": "yes"}).status_code == 429  # no way around it
    say_yes(owner, made, anew=False)
    assert made.state == Proposal.APPROVED
    assert Consent.objects.of(world.company).get().how == "app"


@pytest.mark.parametrize("who", ["staff", "supporter", "stranger", "buyer", "operator"])
def test_nobody_but_an_owner_says_yes_however_freshly_signed_in(world, able_machine, who):
    made, client = proposed(world, able_machine), world.client(who)
    answer = say_yes(client, made)
    assert answer.status_code == 404
    assert made.state == Proposal.PROPOSED


def test_a_form_from_elsewhere_says_no_yes(world, able_machine):
    made = proposed(world, able_machine)
    owner = Client(enforce_csrf_checks=True)
    owner.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
    assert owner.post(f"{address(made)}answer/", {"yes": "yes"}).status_code == 403
    made.refresh_from_db()
    assert made.state == Proposal.PROPOSED


def test_no_token_of_the_api_says_yes(world, able_machine, client):
    from tojimari.portal.people.models import SCOPES as TOKEN_SCOPES

    made = proposed(world, able_machine)
    _, secret = ApiToken.make(world.owner, "all", list(TOKEN_SCOPES), 30)
    headers = {"authorization": f"Bearer {secret}"}
    base = f"/api/v1/companies/{world.company.pk}/updates"
    listed = client.get(base, headers=headers).json()
    assert [one["state"] for one in listed] == ["proposed"]
    for tail in ("answer", "approve", "yes"):
        assert client.post(f"{base}/{made.pk}/{tail}", headers=headers).status_code == 404
    assert (
        client.post(f"{address(made)}answer/", {"yes": "yes"}, headers=headers).status_code == 302
    )
    assert client.post(f"{base}/{made.pk}/stop", headers=headers).json()["state"] == "stopped"


def two_people(world) -> None:
    owner, page = world.client("owner"), f"/c/{world.company.pk}/updates/second/"
    sign_in_anew(owner)
    assert owner.post(page, {"person": str(world.staff.pk)}).status_code == 302


def test_a_second_person_has_to_say_yes_too(world, able_machine):
    owner, staff = world.client("owner"), world.client("staff")
    page = f"/c/{world.company.pk}/updates/second/"
    sign_in_anew(owner)
    assert owner.post(page, {"person": str(world.stranger.pk)}).status_code == 404
    sign_in_anew(owner)
    assert owner.post(page, {"person": str(world.staff.pk)}).status_code == 302
    made = proposed(world, able_machine)
    say_yes(owner, made)
    assert made.state == Proposal.PROPOSED
    assert "/updates/" in staff.get(f"/c/{world.company.pk}/").content.decode()
    # The owner's account alone does not get around it: it ends after a week, or by the other's yes.
    sign_in_anew(owner)
    owner.post(page, {"end": "yes"})
    say_yes(owner, made)
    assert made.state == Proposal.PROPOSED
    say_yes(staff, made)
    assert made.state == Proposal.APPROVED
    SecondPerson.objects.of(world.company).update(ends_at=timezone.now())
    other = proposed(world, able_machine, kind="package", parameters={"name": "bash"})
    say_yes(owner, other)
    assert other.state == Proposal.APPROVED


# --- what is not wanted any more ---------------------------------------------------------------------


def withdrawn(world) -> None:
    world.client("owner").post(
        f"/c/{world.company.pk}/sharing/{world.grant.pk}/", {"withdraw": "yes"}
    )


def test_a_grant_withdrawn_after_the_proposal_leaves_nothing_to_approve(world, able_machine):
    made = proposed(world, able_machine)
    withdrawn(world)
    answer = say_yes(world.client("owner"), made)
    assert answer.status_code == 409
    assert task_of(made).sealed == b""
    tend_updates.func()
    made.refresh_from_db()
    assert (made.state, made.stopped_by) == (Proposal.STOPPED, "grant")


def test_a_grant_withdrawn_after_the_yes_stops_what_is_not_delivered(world, able_machine):
    made = proposed(world, able_machine)
    say_yes(world.client("owner"), made)
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=SCOPES[:2])
    assert handed(able_machine.device) == ()
    made.refresh_from_db()
    assert (made.state, made.stopped_by) == (Proposal.STOPPED, "grant")


def test_a_device_is_told_of_a_task_it_has_and_must_not_do(world, able_machine):
    made, owner = proposed(world, able_machine), world.client("owner")
    say_yes(owner, made)
    assert handed(able_machine.device)
    owner.post(f"{address(made)}answer/", {"stop": "yes"})
    told = errand_of(able_machine.device)
    assert (told.tasks, told.stopped) == ((), (task_of(made).pk,))


def test_nothing_is_signed_where_the_yes_went_away_before_the_worker_came(world, able_machine):
    made = proposed(world, able_machine)
    owner = world.client("owner")
    sign_in_anew(owner)
    owner.post(f"{address(made)}answer/", {"yes": "yes"})
    made.refresh_from_db()
    assert made.state == Proposal.APPROVED
    world.company.memberships.filter(user=world.owner).update(role="staff")
    run_tasks()
    assert task_of(made).sequence is None
    assert handed(able_machine.device) == ()


def test_a_proposal_nobody_answers_is_over_with_its_time(world, able_machine):
    made = proposed(world, able_machine)
    Proposal.objects.of(world.company).update(until=timezone.now() - timedelta(minutes=1))
    tend_updates.func()
    made.refresh_from_db()
    assert (made.state, task_of(made).state) == (Proposal.LAPSED, DeviceTask.LAPSED)


# --- what may be proposed ----------------------------------------------------------------------------


def test_a_device_of_another_company_cannot_be_smuggled_in(world, able_machine):
    foreign = Device.objects.of(world.foreign).create(
        company=world.foreign, kind="computer", public_key="00" * 32
    )
    able(foreign)
    for devices in ([foreign.pk], [able_machine.device.pk, foreign.pk]):
        with pytest.raises(BadProposal):
            propose(world.company, wanted(), devices, supporter(world))
    client = world.client("supporter")
    sent = {"kind": KIND, "devices": [str(foreign.pk)], "until": "2099-01-01T00:00"}
    page = f"/s/{world.chamber.pk}/c/{world.company.pk}/updates/"
    assert client.post(page, sent).status_code == 400
    assert client.get(f"/s/{world.chamber.pk}/c/{world.foreign.pk}/updates/").status_code == 404
    assert not Proposal.objects.of(world.company).exists()


def test_without_the_scope_nothing_is_proposed(world, able_machine):
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=SCOPES[:2])
    with pytest.raises(BadProposal):
        proposed(world, able_machine)
    page = f"/s/{world.chamber.pk}/c/{world.company.pk}/updates/"
    assert world.client("supporter").get(page).status_code == 404


def test_what_does_not_fit_is_said_and_not_kept(world, able_machine):
    now = timezone.now()
    for bad in (
        {"until": now - timedelta(hours=1)},
        {"until": now + timedelta(days=8)},
        {"not_before": now + timedelta(days=90), "until": now + timedelta(days=91)},
    ):
        with pytest.raises(BadProposal):
            proposed(world, able_machine, **bad)
    with pytest.raises(BadProposal):
        proposed(world, able_machine, kind="format_disk")
    proposed(world, able_machine)
    with pytest.raises(BadProposal):
        proposed(world, able_machine)  # the same is before the device already
    assert Proposal.objects.of(world.company).count() == 1


# --- a yes beforehand --------------------------------------------------------------------------------


def policy(world, *, excluded=()) -> Policy:
    owner = world.client("owner")
    sent = {
        "organisation": str(world.chamber.pk),
        "kinds": [KIND],
        "days": list("0123456"),
        "begins": "00:00",
        "ends": "00:00",
        "excluded": [str(one) for one in excluded],
        "good_days": "30",
    }
    assert owner.post(f"/c/{world.company.pk}/updates/policies/new/", sent).status_code == 302
    made = Policy.objects.of(world.company).latest("made_at")
    assert made.agreed_at is None  # writing it down is no yes
    sign_in_anew(owner)
    page = f"/c/{world.company.pk}/updates/policies/{made.pk}/answer/"
    assert owner.post(page, {"yes": "yes"}).status_code == 302
    made.refresh_from_db()
    assert made.agreed_at is not None
    return made


def soon(hours=1) -> dict:
    """A window that lies within one day."""
    noon = timezone.localtime(timezone.now() + timedelta(days=1)).replace(hour=12)
    return {"not_before": noon, "until": noon + timedelta(hours=hours)}


def test_a_policy_covers_its_kinds_hours_and_devices_and_nothing_else(world, able_machine):
    policy(world)
    made = proposed(world, able_machine, **soon())
    made.refresh_from_db()
    assert made.state == Proposal.APPROVED
    run_tasks()
    assert task_of(made).state == DeviceTask.SIGNED
    other = proposed(world, able_machine, kind="package", parameters={"name": "bash"}, **soon())
    assert other.state == Proposal.PROPOSED


def test_a_policy_covers_no_window_that_leaves_its_hours(world, able_machine):
    policy(world)
    made = proposed(world, able_machine, **soon(hours=20))
    assert made.state == Proposal.PROPOSED


def test_a_policy_never_covers_a_device_that_is_excluded(world, able_machine):
    policy(world, excluded=[able_machine.device.pk])
    assert proposed(world, able_machine, **soon()).state == Proposal.PROPOSED


def test_a_policy_taken_back_stops_what_it_allowed(world, able_machine):
    made_by = policy(world)
    made = proposed(world, able_machine, **soon())
    run_tasks()
    page = f"/c/{world.company.pk}/updates/policies/{made_by.pk}/answer/"
    world.client("owner").post(page, {"stop": "yes"})
    made.refresh_from_db()
    assert made.state == Proposal.STOPPED
    assert handed(able_machine.device) == ()


def test_a_policy_written_into_the_table_without_a_yes_covers_nothing(world, able_machine):
    made = policy(world)
    Consent.objects.of(world.company).delete()
    assert proposed(world, able_machine, **soon()).state == Proposal.PROPOSED
    assert made.agreed_at is not None


def test_signing_asks_again_whether_it_is_agreed(world, able_machine):
    made = proposed(world, able_machine)
    Proposal.objects.of(world.company).update(state=Proposal.APPROVED)
    DeviceTask.objects.of(world.company).update(state=DeviceTask.APPROVED)
    sign_tasks.func(str(world.company.pk))
    assert task_of(made).sequence is None


# --- over the wire -----------------------------------------------------------------------------------


def sent(client, machine, message, what):
    return post(client, signed(machine, msgspec.json.encode(message)), what)


def trust(machine, **more) -> Trust:
    values = {"key": key_row().public, "device": machine.device.pk, "kinds": [KIND], **more}
    return Trust(**values)


def read(text, machine, **more):
    return read_task(text, trust(machine, **more), catalog().task_kinds, now=timezone.now())


def ping(client, machine) -> dict:
    answer = sent(client, machine, Ping("tojimari.ping/1", machine.device.pk), "ping")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_device_says_what_it_allows_is_asked_first_and_does_what_was_approved(
    world, machine, client, key
):
    allowed(world)
    actor = ActorReport("tojimari.actor/1", machine.device.pk, [KIND], key_row().kid)
    assert sent(client, machine, actor, "actor").status_code == 200
    made = proposed(world, machine)
    run_tasks()
    # What it would change is asked before anybody says yes; the task itself is not there.
    (asked,) = ping(client, machine)["tasks"]
    dry = read(asked, machine)
    assert dry.dry_run
    assert task_of(made).sequence is None
    plan = [Change("bash", "5.2-1", "5.2-2")]
    row = task_of(made)
    planned = said(row, "planned", task=dry.task, plan=plan, changes=[])
    assert sent(client, machine, planned, "task-reports").json()["stored"] == 1
    owner = world.client("owner")
    assert "5.2-2" in owner.get(address(made)).content.decode()
    assert ping(client, machine)["tasks"] == []
    say_yes(owner, made)
    (given,) = ping(client, machine)["tasks"]
    task = read(given, machine, highest=dry.sequence)
    assert (task.task, task.dry_run, task.approval) == (task_of(made).pk, False, "once")
    assert task.approved_by == str(world.owner)
    done = said(task_of(made), "done", restart_needed=True)
    answer = sent(client, machine, done, "task-reports").json()
    assert (answer["stored"], answer["look_wanted"], answer["tasks"]) == (1, True, [])
    assert sent(client, machine, done, "task-reports").json()["duplicate"]
    shown = owner.get(address(made)).content.decode()
    assert say("update.restart") in shown
    assert say("update.not_looked") in shown  # the finding closes only when a look has seen it
    event = AuditEvent.objects.of(world.company).get(action="updates.result")
    assert event.about["changes"] == [["bash", "5.2-1", "5.2-2"]]
    log = owner.get(f"/c/{world.company.pk}/log/").content.decode()
    assert "5.2-2" in log
    assert say("fresh.mail") in log  # how the owner signed in for the yes
    assert say("approval.once") in log
    assert say("update.other", n=1) not in shown


def test_what_came_out_other_than_shown_before_is_said(world, able_machine, client):
    made = proposed(world, able_machine)
    row = task_of(made)
    row.plan = [["bash", "5.2-1", "5.2-2"], ["curl", "8.1", "8.2"]]
    row.save()
    say_yes(world.client("owner"), made)
    changes = [Change("bash", "5.2-1", "5.2-2"), Change("curl", "8.1", "8.3")]
    assert take(able_machine.device, said(task_of(made), "done", changes=changes))
    shown = world.client("owner").get(address(made)).content.decode()
    assert say("update.other", n=1) in shown


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        ("done", None, "done"),
        ("failed", "half_installed", "failed"),
        ("failed", "held_back", "kept_back"),
        ("refused", "would_remove", "refused"),
        ("interrupted", "was_cut_off", "failed"),
        ("failed", "no_such_reason", "failed"),
    ],
)
def test_the_log_names_the_device_and_says_what_came_of_the_task_and_why(
    world, able_machine, state, reason, shown
):
    able_machine.device.name = "レジのパソコン"
    able_machine.device.save()
    made = proposed(world, able_machine)
    say_yes(world.client("owner"), made)
    assert take(able_machine.device, said(task_of(made), state, reason=reason))
    log = world.client("owner").get(f"/c/{world.company.pk}/log/").content.decode()
    signed, result = (
        next(line for line in log.splitlines() if say(f"event.updates.{one}") in line)
        for one in ("signed", "result")
    )
    assert "レジのパソコン" in signed
    assert "レジのパソコン" in result
    assert say(f"taskstate.{shown}") in result
    sentence = SENTENCES.get(reason or "")
    if sentence is not None:
        assert sentence.ja.rstrip("。") in result
    assert "no_such_reason" not in result


@pytest.mark.parametrize("by", ["policy", "two"])
def test_the_log_says_by_whose_yes_a_task_was_signed(world, able_machine, by):
    if by == "policy":
        policy(world)
        made = proposed(world, able_machine, **soon())
    else:
        two_people(world)
        made = proposed(world, able_machine)
        for who in ("owner", "staff"):
            say_yes(world.client(who), made)
    run_tasks()
    assert task_of(made).state == DeviceTask.SIGNED
    log = world.client("owner").get(f"/c/{world.company.pk}/log/").content.decode()
    assert say(f"approval.{by}") in log
    assert say("approval.once") not in log


def test_a_copied_or_altered_task_is_none_for_another_device(world, able_machine):
    made = proposed(world, able_machine)
    say_yes(world.client("owner"), made)
    (given,) = handed(able_machine.device)
    assert read(given, able_machine).task == task_of(made).pk
    with pytest.raises(TaskRefused) as refused:
        read(given, able_machine, device=uuid.uuid4())
    assert refused.value.reason == "other_device"
    with pytest.raises(TaskRefused):
        read(given[:-2] + ("AA" if given[-2:] != "AA" else "BB"), able_machine)


def test_what_another_device_signs_about_a_task_is_passed_over(world, able_machine, client):
    made = proposed(world, able_machine)
    say_yes(world.client("owner"), made)
    other = Machine.of(world.foreign)
    message = said(task_of(made), "done", device=other.device.pk)
    assert sent(client, other, message, "task-reports").json()["stored"] == 0
    assert sent(client, other, said(task_of(made), "done"), "task-reports").status_code == 403
    assert sent(client, able_machine, {"schema": "x"}, "task-reports").status_code == 400
    assert task_of(made).state == DeviceTask.SIGNED


def test_a_new_device_is_told_the_key(world, client, key):
    from tojimari.portal.devices.models import EnrolCode

    _, letters = EnrolCode.make(world.company, "computer", world.owner)
    body = {"code": letters, "public_key": "0a" * 32, "name": "x", "system": "linux"}
    answer = client.post("/api/v1/enrol", body, content_type="application/json").json()
    assert answer["task_key"] == key_row().public


def test_the_api_proposes_for_a_supporter_and_hides_the_rest(world, able_machine, client):
    _, secret = ApiToken.make(world.supporter, "mine", ["updates:propose"], 30)
    headers = {"authorization": f"Bearer {secret}"}
    base = f"/api/v1/organisations/{world.chamber.pk}"
    body = {
        "kind": KIND,
        "devices": [str(able_machine.device.pk)],
        "until": (timezone.now() + timedelta(hours=5)).isoformat(),
    }
    page = f"{base}/companies/{world.company.pk}/updates"
    made = client.post(page, body, "application/json", headers=headers)
    assert made.status_code == 200, made.content
    assert [one["id"] for one in client.get(f"{base}/updates", headers=headers).json()] == [
        made.json()["id"]
    ]
    foreign = f"{base}/companies/{world.foreign.pk}/updates"
    assert client.post(foreign, body, "application/json", headers=headers).status_code == 404
    bad = {**body, "devices": [str(uuid.uuid4())]}
    assert client.post(page, bad, "application/json", headers=headers).status_code == 400
    assert (
        client.post(f"{page}/{made.json()['id']}/stop", headers=headers).json()["state"]
        == "stopped"
    )
