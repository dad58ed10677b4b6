"""Signs tasks that were approved. A worker does it: pages have no key."""

import logging
import secrets
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from tojimari.agent.tasks import LONGEST_WINDOW, Task, sign_task
from tojimari.portal.core.sealing import seal
from tojimari.portal.updates.agreement import By, is_agreed, still_wanted
from tojimari.portal.updates.agreement import log as log_proposal
from tojimari.portal.updates.consents import standing
from tojimari.portal.updates.emergencies import yes_of
from tojimari.portal.updates.kinds import is_emergency
from tojimari.portal.updates.models import (
    Actuator,
    Consent,
    DeviceTask,
    Proposal,
)
from tojimari.portal.updates.task_keys import NoTaskKey, signing_key

log = logging.getLogger("tojimari.updates")

SIGNED_BEFORE = LONGEST_WINDOW - timedelta(days=1)
"""A device takes no task whose time begins later than the longest window from now."""
NAME_LETTERS = 100
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

    Also what only asks devices what a proposal would change: it changes nothing, and the owner is
    to know before saying yes. Without the key here it stays as it is, and is tried again.
    """
    soon = timezone.now() + SIGNED_BEFORE
    rows = DeviceTask.objects.of(company_id).filter(
        proposal__until__gt=timezone.now(),
        proposal__not_before__lte=soon,
        device__removed_at=None,
    )
    rows = rows.select_related(
        "device", "proposal__company", "proposal__organisation", "proposal__policy"
    )
    rows = rows.order_by("proposal__made_at", "pk")
    asked = rows.filter(
        state=DeviceTask.WAITING, proposal__state=Proposal.PROPOSED, dry_sequence=None
    )
    approved = rows.filter(state=DeviceTask.APPROVED, proposal__state=Proposal.APPROVED)
    approved = approved.exclude(stage=None, proposal__wave__isnull=False)
    waiting = [*asked, *approved]
    if not waiting:
        return
    try:
        kid, key = signing_key()
    except NoTaskKey as error:
        log.warning("tasks were not signed", extra={"reason": error.say("en")})
        return
    agreed: dict[tuple[Any, str], bool] = {}
    for one in waiting:
        about = (one.proposal_id, one.state)
        if about not in agreed:
            dry_run = one.state == DeviceTask.WAITING
            agreed[about] = (still_wanted if dry_run else is_agreed)(one.proposal)
        if agreed[about]:
            _sign(one, kid, key)


def _sign(row: DeviceTask, kid: str, key: Ed25519PrivateKey) -> None:
    """Sign one task, or its dry run where nobody has said yes yet.

    The row of the device's numbers is locked until it is kept: no later number is handed out
    before. The conditional update keeps it only where nothing happened to it meanwhile.
    """
    dry_run = row.state == DeviceTask.WAITING
    with transaction.atomic():
        actuator = Actuator.objects.of(row.company_id).filter(device=row.device_id).first()
        if actuator is None:
            return
        sequence = next_sequence(actuator)
        id_ = row.dry_run if dry_run else row.pk
        signed = sign_task(_task(row, id_, sequence, dry_run=dry_run), key)
        sealed = seal(signed.encode(), purpose=SEALED_FOR, about=str(id_))
        rows = DeviceTask.objects.of(row.company_id).filter(
            pk=row.pk, state=row.state, proposal__state=row.proposal.state
        )
        if dry_run:
            rows.update(dry_sequence=sequence, dry_sealed=sealed)
            return
        kept = rows.update(
            state=DeviceTask.SIGNED,
            sequence=sequence,
            kid=kid,
            sealed=sealed,
            dry_sealed=b"",
            signed_at=timezone.now(),
        )
        if kept:
            log_proposal(
                row.proposal,
                "updates.signed",
                By(None, "portal"),
                device=str(row.device_id),
                device_name=row.device.name,
                approval=_approval(row.proposal),
            )


def _task(row: DeviceTask, id_: UUID, sequence: int, *, dry_run: bool) -> Task:
    proposal = row.proposal
    who, second = ("", None) if dry_run else _approved_by(proposal)
    return Task(
        schema="tojimari.task/1",
        task=id_,
        device=row.device_id,
        kind=proposal.kind,
        parameters=proposal.parameters,
        sequence=sequence,
        nonce=secrets.token_urlsafe(24),
        not_before=timezone.now() if dry_run else proposal.not_before,
        expires=min(proposal.until, timezone.now() + LONGEST_WINDOW) if dry_run else proposal.until,
        approved_by=who,
        approval="policy" if proposal.policy is not None else "once",
        second=second,
        dry_run=dry_run,
    )


def _approval(proposal: Proposal) -> str:
    """Return how a proposal came to be agreed to: ``policy``, ``two`` people, or ``once``."""
    if proposal.policy is not None:
        return "policy"
    return "once" if _approved_by(proposal)[1] is None else "two"


def _approved_by(proposal: Proposal) -> tuple[str, str | None]:
    """Return who said yes, and who as the second person, as the device keeps it."""
    if proposal.policy is not None:
        what, about = Consent.POLICY, proposal.policy.pk
    else:
        what, about = Consent.PROPOSAL, proposal.pk
    emergency = is_emergency(proposal.kind)
    given = yes_of(proposal) if emergency else standing(proposal.company, what, about).given
    names = [one.name[:NAME_LETTERS] for one in given]
    return names[0] if names else "", names[1] if len(names) > 1 else None
