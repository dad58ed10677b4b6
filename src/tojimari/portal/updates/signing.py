"""Signs tasks that were approved. A worker does it: pages have no key."""

import logging
import secrets
import time
from typing import Any

from django.utils import timezone
from django_tasks import task

from tojimari.agent.tasks import Task, sign_task
from tojimari.portal.core.sealing import seal
from tojimari.portal.updates.models import Actuator, Consent, DeviceTask, Proposal
from tojimari.portal.updates.proposals import is_agreed
from tojimari.portal.updates.task_keys import NoTaskKey, signing_key

log = logging.getLogger("tojimari.updates")

SEALED_FOR = "tojimari signed task 1"


def next_sequence(actuator: Actuator) -> int:
    """Return a number for the next task of a device, greater than any it was given.

    It is also not below the time in seconds: after a restored backup, which has forgotten the last
    ones, numbers still grow. The conditional update gives no number twice.
    """
    rows = Actuator.objects.of(actuator.company_id).filter(pk=actuator.pk)
    while True:
        last = rows.values_list("sequence", flat=True).get()
        wanted = max(last + 1, int(time.time()))
        if rows.filter(sequence=last).update(sequence=wanted) == 1:
            return wanted


@task()
def sign_tasks(company_id: str) -> None:
    """Sign what is approved in a company and may be let go; what is not agreed to any more is not.

    Without the key here it stays approved, and is tried again.
    """
    rows = DeviceTask.objects.of(company_id).filter(
        state=DeviceTask.APPROVED,
        proposal__state=Proposal.APPROVED,
        proposal__until__gt=timezone.now(),
        device__removed_at=None,
    )
    rows = rows.exclude(stage=None, proposal__wave__isnull=False)
    rows = rows.select_related("proposal__company", "proposal__organisation", "proposal__policy")
    waiting = list(rows.order_by("proposal__approved_at", "pk"))
    if not waiting:
        return
    try:
        kid, key = signing_key()
    except NoTaskKey as error:
        log.warning("tasks were not signed", extra={"reason": error.say("en")})
        return
    agreed: dict[Any, bool] = {}
    for one in waiting:
        proposal = one.proposal
        if proposal.pk not in agreed:
            agreed[proposal.pk] = is_agreed(proposal)
        if agreed[proposal.pk]:
            _sign(one, kid, key)


def _sign(row: DeviceTask, kid: str, key: Any) -> None:
    """Sign one task; the conditional update keeps it only where nobody else did meanwhile."""
    proposal = row.proposal
    actuator = Actuator.objects.of(row.company_id).filter(device=row.device_id).first()
    if actuator is None:
        return
    sequence = next_sequence(actuator)
    who, how = _approved_by(proposal)
    signed = sign_task(
        Task(
            schema="tojimari.task/1",
            task=row.pk,
            device=row.device_id,
            kind=proposal.kind,
            args=proposal.args,
            sequence=sequence,
            nonce=secrets.token_urlsafe(16),
            not_before=proposal.not_before,
            until=proposal.until,
            approved_by=who,
            approved_how=how,
        ),
        key,
        kid,
    )
    rows = DeviceTask.objects.of(row.company_id).filter(
        pk=row.pk, state=DeviceTask.APPROVED, proposal__state=Proposal.APPROVED
    )
    rows.update(
        state=DeviceTask.SIGNED,
        sequence=sequence,
        kid=kid,
        sealed=seal(signed.encode(), purpose=SEALED_FOR, about=str(row.pk)),
        signed_at=timezone.now(),
    )


def _approved_by(proposal: Proposal) -> tuple[str, str]:
    """Return who said yes and how, as the device keeps it."""
    if proposal.policy is not None:
        what, about = Consent.POLICY, proposal.policy.pk
    else:
        what, about = Consent.PROPOSAL, proposal.pk
    given = Consent.objects.of(proposal.company_id).filter(what=what, about=about)
    rows = list(given.order_by("at", "pk"))
    how = "+".join(one.how for one in rows)
    return ", ".join(one.name for one in rows), f"policy+{how}" if proposal.policy else how
