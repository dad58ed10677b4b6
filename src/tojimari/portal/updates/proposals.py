"""What can happen with a proposal: made, said yes or no to, stopped, over."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tojimari.agent.tasks import LONGEST_WINDOW
from tojimari.model import TojimariError
from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.updates.agreement import (
    By,
    Wanted,
    able,
    has_same_under_way,
    log,
    still_wanted,
    tasks_of,
)
from tojimari.portal.updates.consents import give
from tojimari.portal.updates.endings import locked, put_away
from tojimari.portal.updates.fresh import Fresh
from tojimari.portal.updates.kinds import checked_parameters, is_emergency
from tojimari.portal.updates.models import (
    Consent,
    DeviceTask,
    Policy,
    Proposal,
    Wave,
)
from tojimari.portal.updates.notices import UPDATE_SECOND, UPDATE_WAITS
from tojimari.portal.updates.policies import covering
from tojimari.portal.updates.signing import sign_tasks
from tojimari.portal.updates.waves import move_wave
from tojimari.portal.words import texts

AHEAD_AT_MOST = timedelta(days=30)
OPEN_AT_MOST = 50
"""Proposals of one company that are open at a time."""


class BadProposal(TojimariError):
    """A proposal cannot be made as it is; nothing is kept of it."""


def bad(key: str, **values: object) -> BadProposal:
    """Return the refusal whose sentence is the portal's text ``key``."""
    text = texts()[key]
    return BadProposal(text.say("ja", **values), text.say("en", **values))


def checked(wanted: Wanted) -> Wanted:
    """Return what is wanted with its values as the catalog declares them. Raises BadProposal."""
    now = timezone.now()
    if wanted.until <= max(now, wanted.not_before):
        raise bad("update.bad_window")
    if wanted.until - wanted.not_before > LONGEST_WINDOW:
        raise bad("update.long_window", n=LONGEST_WINDOW.days)
    if wanted.not_before > now + AHEAD_AT_MOST:
        raise bad("update.far_window", n=AHEAD_AT_MOST.days)
    parameters = checked_parameters(wanted.kind, wanted.parameters)
    if parameters is None or is_emergency(wanted.kind):
        raise bad("update.bad_kind")
    return msgspec.structs.replace(wanted, parameters=parameters)


def propose(
    company: Company,
    wanted: Wanted,
    devices: Collection[UUID],
    by: By,
    *,
    wave: Wave | None = None,
) -> Proposal:
    """Keep a proposal and tell the owner, or approve it where a policy covers it.

    Raises BadProposal, also for a device that is not one of the company's own, or does not do it.
    """
    wanted = checked(wanted)
    if by.organisation is not None and not may(
        Actor(by.user, by.organisation), UPDATES_PROPOSE, company
    ):
        raise bad("update.no_right")
    with transaction.atomic():
        # One proposal of a company at a time, and no grant is withdrawn meanwhile.
        company = Company.objects.select_for_update().get(pk=company.pk)
        own = {one.device_id for one in able(company, wanted.kind)}
        chosen = sorted(set(devices), key=str)
        if not chosen or not set(chosen) <= own:
            raise bad("update.bad_devices")
        if has_same_under_way(company, wanted, chosen):
            raise bad("update.under_way")
        rows = Proposal.objects.of(company)
        if rows.filter(state__in=Proposal.OPEN).count() >= OPEN_AT_MOST:
            raise bad("update.too_many", n=OPEN_AT_MOST)
        made: Proposal = rows.create(
            company=company,
            organisation=by.organisation,
            wave=wave,
            made_by=by.user,
            kind=wanted.kind,
            parameters=dict(wanted.parameters),
            not_before=wanted.not_before,
            until=wanted.until,
            words=wanted.words,
        )
        DeviceTask.objects.of(company).bulk_create(
            [DeviceTask(company=company, proposal=made, device_id=one) for one in chosen]
        )
        log(made, "updates.proposed", by, n=len(chosen))
        policy = _policy_for(made, chosen)
        if policy is not None:
            _approve(made, policy)
            log(made, "updates.approved_by_policy", By(None, "portal", by.organisation))
            return made
        sign_tasks.enqueue(str(company.pk))  # what asks the devices what it would change
        if by.organisation is not None:
            _tell_waiting(made, by, len(chosen))
    return made


def _tell_waiting(made: Proposal, by: By, devices: int) -> None:
    values = {
        "organisation": str(by.organisation),
        "kind": made.kind,
        "parameters": made.parameters,
        "n": devices,
    }
    tell(made.company, UPDATE_WAITS, str(made.pk), values=values, by=by.user)


def _policy_for(proposal: Proposal, devices: Collection[UUID]) -> Policy | None:
    if proposal.organisation is None:
        return None
    return next(iter(covering(proposal, devices)), None)


def approve(proposal: Proposal, user: Any, part: str, fresh: Fresh) -> bool:
    """Keep somebody's yes; returns whether it was still to be had.

    Where it was the last one that was missing, the tasks are handed to a worker to be signed.
    """
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=proposal.company_id)
        row = locked(proposal, Proposal.PROPOSED)
        if row is None or row.until <= timezone.now() or not still_wanted(row):
            return False
        now_at = give(row.company, Consent.PROPOSAL, row.pk, user, fresh.how)
        log(row, "updates.said_yes", By(user, part), how=fresh.how)
        if now_at.is_complete:
            _approve(row, None)
            put_away(row)
        elif now_at.second is not None:
            page = reverse("updates:update", args=[row.company_id, row.pk])
            tell(row.company, UPDATE_SECOND, str(row.pk), values={"page": page}, by=user)
    return True


def _approve(proposal: Proposal, policy: Policy | None) -> None:
    proposal.state, proposal.policy = Proposal.APPROVED, policy
    proposal.approved_at = timezone.now()
    proposal.save(update_fields=["state", "policy", "approved_at"])
    tasks_of(proposal).filter(state=DeviceTask.WAITING).update(state=DeviceTask.APPROVED)
    if proposal.wave_id is not None:
        move_wave.enqueue(str(proposal.wave_id))
    else:
        sign_tasks.enqueue(str(proposal.company_id))
