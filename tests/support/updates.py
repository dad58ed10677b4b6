"""A company whose device takes updates, a supporter that may propose some, and a fresh sign-in."""

import uuid
from datetime import timedelta

from django.core import mail
from django.utils import timezone

from tests.support.pressing import code_in, run_tasks
from tojimari.agent.task_report import Change, TaskReport
from tojimari.portal.supporters.models import Grant
from tojimari.portal.updates.agreement import By, Wanted
from tojimari.portal.updates.models import (
    Actuator,
    DeviceTask,
    Policy,
    Proposal,
    TaskKey,
    Wave,
)
from tojimari.portal.updates.proposals import propose

KIND = "security_updates"
SCOPES = ("findings:read", "devices:read", "updates:propose")


def allowed(world, *machines, kinds=(KIND, "package")) -> None:
    """Let the supporter propose, and the devices do."""
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=SCOPES)
    for machine in machines:
        able(machine.device, kinds)


def able(device, kinds=(KIND, "package")) -> Actuator:
    return Actuator.objects.of(device.company_id).create(
        company_id=device.company_id,
        device=device,
        kinds=list(kinds),
        told_at=timezone.now(),
    )


def wanted(kind=KIND, **more) -> Wanted:
    now = timezone.now()
    values = {"parameters": {}, "not_before": now, "until": now + timedelta(days=1), **more}
    return Wanted(kind=kind, **values)


def supporter(world) -> By:
    return By(world.supporter, "supporter", world.chamber)


def proposed(world, *machines, kind=KIND, **more) -> Proposal:
    devices = [one.device.pk for one in machines]
    return propose(world.company, wanted(kind, **more), devices, supporter(world))


def sign_in_anew(client) -> None:
    """Have a number sent by mail, and type it."""
    address = "/sign-in-anew/"
    assert client.post(address, {"send": "yes"}).status_code == 302
    answer = client.post(address, {"code": code_in(mail.outbox[-1])})
    assert answer.status_code == 302, answer.content.decode()


def say_yes(client, proposal, *, anew=True):
    if anew:
        sign_in_anew(client)
    page = f"/c/{proposal.company_id}/updates/{proposal.pk}/answer/"
    answer = client.post(page, {"yes": "yes"})
    run_tasks()
    proposal.refresh_from_db()
    return answer


def said(row: DeviceTask, state: str, **more) -> TaskReport:
    """What the task's device says of it."""
    values = {
        "schema": "tojimari.task-report/1",
        "device": row.device_id,
        "task": row.pk,
        "state": state,
        "at": timezone.now(),
        "highest": row.sequence or 0,
        "changes": [Change("bash", "5.2-1", "5.2-2")] if state == "done" else [],
        **more,
    }
    return TaskReport(**values)


def task_of(proposal) -> DeviceTask:
    return DeviceTask.objects.of(proposal.company_id).get(proposal=proposal)


def tasks_of(proposal):
    return DeviceTask.objects.of(proposal.company_id).filter(proposal=proposal)


def key() -> TaskKey:
    return TaskKey.objects.get(state=TaskKey.CURRENT)


def proposed_updates(world, machine) -> dict:
    """A proposal, a policy and a wave with rows of the company; returns their ids.

    The supporter has no leave to see them: the scope is not granted.
    """
    now = timezone.now()
    window = {"not_before": now, "until": now + timedelta(days=1), "words": "ひみつ商店"}
    wave = Wave.objects.create(organisation=world.chamber, form=uuid.uuid4(), kind=KIND, **window)
    proposal = Proposal.objects.of(world.company).create(
        company=world.company, organisation=world.chamber, wave=wave, kind=KIND, **window
    )
    DeviceTask.objects.of(world.company).create(
        company=world.company, proposal=proposal, device=machine.device, kept=["ひみつ商店"]
    )
    policy = Policy.objects.of(world.company).create(
        company=world.company,
        organisation=world.chamber,
        kinds=[KIND],
        days=[0],
        begins=0,
        ends=60,
        good_until=now + timedelta(days=1),
    )
    return {"proposal_id": proposal.pk, "policy_id": policy.pk, "wave_id": wave.pk}
