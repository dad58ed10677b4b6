"""What can happen with a proposal: made, said yes or no to, stopped, over."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tojimari.agent.tasks import LONGEST_WINDOW
from tojimari.model import TojimariError
from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note
from tojimari.portal.core.notices import end, tell
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.updates.consents import give, standing
from tojimari.portal.updates.emergencies import may_ask, yes_of
from tojimari.portal.updates.fresh import Fresh
from tojimari.portal.updates.kinds import checked_parameters, is_emergency
from tojimari.portal.updates.models import (
    Actuator,
    Consent,
    DeviceTask,
    Policy,
    Proposal,
    Wave,
)
from tojimari.portal.updates.notices import UPDATE_SECOND, UPDATE_WAITS
from tojimari.portal.updates.policies import covers, in_force
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


class Wanted(msgspec.Struct, frozen=True):
    """What is proposed: the kind with its values, when, and the words to the owner."""

    kind: str
    parameters: Mapping[str, Any]
    not_before: datetime
    until: datetime
    words: str = ""


class By(msgspec.Struct, frozen=True):
    """Who acts, for the log: the person, in which part, and for which organisation."""

    user: Any
    part: str
    organisation: Any = None


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


def able(company: Company, kind: str | None = None) -> list[Actuator]:
    """Return the devices of a company that said that they run tasks: of ``kind``, or of any."""
    rows = Actuator.objects.of(company).filter(
        device__removed_at=None, device__kind=Device.COMPUTER, kinds__isnull=False
    )
    rows = rows.select_related("device").order_by("device__name", "device_id")
    return [one for one in rows if one.kinds and (kind is None or kind in one.kinds)]


def has_same_under_way(company: Company, wanted: Wanted, devices: Iterable[UUID]) -> set[UUID]:
    """Return which devices have the very same task before them already: nothing is run twice."""
    rows = DeviceTask.objects.of(company).filter(
        device__in=list(devices), state__in=DeviceTask.LIVE, proposal__kind=wanted.kind
    )
    return {
        one.device_id
        for one in rows.select_related("proposal")
        if one.proposal.parameters == dict(wanted.parameters)
    }


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
    from tojimari.portal.updates.signing import sign_tasks

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


def tasks_of(proposal: Proposal) -> Any:
    """Return the tasks of a proposal, one a device."""
    return DeviceTask.objects.of(proposal.company_id).filter(proposal=proposal)


def log(proposal: Proposal, action: str, by: By, *, device_name: str = "", **about: Any) -> None:
    """Add an event about a proposal, or about one device of it, to the company's log."""
    named = (device_name, *map(str, proposal.parameters.values()))
    note(
        action,
        company=proposal.company,
        actor=by.user,
        actor_as=by.part,
        organisation=by.organisation,
        name=", ".join(filter(None, named)),
        task=proposal.kind,
        proposal=str(proposal.pk),
        **about,
    )


def _policy_for(proposal: Proposal, devices: Collection[UUID]) -> Policy | None:
    if proposal.organisation is None:
        return None
    return next(
        (
            one
            for one in in_force(proposal.company, proposal.organisation)
            if covers(
                one,
                kind=proposal.kind,
                devices=devices,
                not_before=proposal.not_before,
                until=proposal.until,
            )
        ),
        None,
    )


def still_wanted(proposal: Proposal) -> bool:
    """Return whether a supporter's proposal still has the company's leave to be one."""
    organisation = proposal.organisation
    if is_emergency(proposal.kind):
        return organisation is None or may_ask(proposal.company, organisation=organisation)
    return organisation is None or may(
        Actor(organisation=organisation), UPDATES_PROPOSE, proposal.company
    )


def is_agreed(proposal: Proposal) -> bool:
    """Return whether a proposal has every yes it needs, as things are today.

    An owner who is none any more, a policy that was taken back, a grant that was withdrawn: each
    takes the yes away.
    """
    if not still_wanted(proposal):
        return False
    if is_emergency(proposal.kind):
        return bool(yes_of(proposal))
    if proposal.policy is None:
        return standing(proposal.company, Consent.PROPOSAL, proposal.pk).is_complete
    devices = list(tasks_of(proposal).values_list("device", flat=True))
    return any(
        one.pk == proposal.policy_id
        and covers(
            one,
            kind=proposal.kind,
            devices=devices,
            not_before=proposal.not_before,
            until=proposal.until,
        )
        for one in in_force(proposal.company, proposal.organisation)
    )


def approve(proposal: Proposal, user: Any, part: str, fresh: Fresh) -> bool:
    """Keep somebody's yes; returns whether it was still to be had.

    Where it was the last one that was missing, the tasks are handed to a worker to be signed.
    """
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=proposal.company_id)
        row = _locked(proposal, Proposal.PROPOSED)
        if row is None or row.until <= timezone.now() or not still_wanted(row):
            return False
        now_at = give(row.company, Consent.PROPOSAL, row.pk, user, fresh.how)
        log(row, "updates.said_yes", By(user, part), how=fresh.how)
        if now_at.is_complete:
            _approve(row, None)
            _put_away(row)
        elif now_at.second is not None:
            page = reverse("updates:update", args=[row.company_id, row.pk])
            tell(row.company, UPDATE_SECOND, str(row.pk), values={"page": page}, by=user)
    return True


def _approve(proposal: Proposal, policy: Policy | None) -> None:
    from tojimari.portal.updates.signing import sign_tasks

    proposal.state, proposal.policy = Proposal.APPROVED, policy
    proposal.approved_at = timezone.now()
    proposal.save(update_fields=["state", "policy", "approved_at"])
    tasks_of(proposal).filter(state=DeviceTask.WAITING).update(state=DeviceTask.APPROVED)
    if proposal.wave_id is not None:
        from tojimari.portal.updates.waves import move_wave

        move_wave.enqueue(str(proposal.wave_id))
    else:
        sign_tasks.enqueue(str(proposal.company_id))


def _locked(proposal: Proposal, *states: str) -> Proposal | None:
    rows = Proposal.objects.of(proposal.company_id).filter(pk=proposal.pk, state__in=states)
    found: Proposal | None = (
        rows.select_for_update(of=("self",)).select_related("company", "organisation").first()
    )
    return found


def refuse(proposal: Proposal, by: By) -> bool:
    """The owner says no; returns whether it was still open to be said no to."""
    return _over(proposal, Proposal.REFUSED, by, "updates.refused", "owner", Proposal.PROPOSED)


def stop(proposal: Proposal, by: By, who: str) -> bool:
    """Stop a proposal: what is not begun is not done. Returns whether it was still open.

    who: ``owner``, ``supporter``, ``grant``, ``wave``, ``key`` or ``restored``; see ``Proposal.stopped_by``.
    """
    return _over(proposal, Proposal.STOPPED, by, "updates.stopped", who, *Proposal.OPEN)


def lapse(proposal: Proposal) -> bool:
    """Nobody said yes in time."""
    by = By(None, "portal")
    return _over(proposal, Proposal.LAPSED, by, "updates.lapsed", "", Proposal.PROPOSED)


def _over(proposal: Proposal, state: str, by: By, action: str, who: str, *from_states: str) -> bool:
    with transaction.atomic():
        row = _locked(proposal, *from_states)
        if row is None:
            return False
        row.state, row.stopped_by, row.ended_at = state, who, timezone.now()
        row.save(update_fields=["state", "stopped_by", "ended_at"])
        # What a device has begun is not torn: it finishes, and what it says is still taken.
        left = DeviceTask.STOPPED if state != Proposal.LAPSED else DeviceTask.LAPSED
        may_stop = (*DeviceTask.UNSIGNED, DeviceTask.SIGNED, DeviceTask.HANDED)
        tasks_of(row).filter(state__in=may_stop).update(
            state=left, sealed=b"", finished_at=timezone.now()
        )
        log(row, action, by, why=who)
        _put_away(row)
    return True


def _put_away(proposal: Proposal) -> None:
    for kind in (UPDATE_WAITS, UPDATE_SECOND):
        end(proposal.company, kind, str(proposal.pk), put_away=True)


def stop_under_policy(policy: Policy, by: By) -> None:
    """Stop what a policy approved and is not over: it was taken back."""
    rows = Proposal.objects.of(policy.company).filter(policy=policy, state=Proposal.APPROVED)
    for proposal in rows.select_related("company", "organisation"):
        stop(proposal, by, "owner")


def end_if_over(proposal: Proposal) -> None:
    """Note that nothing is to come of a proposal any more, once every device is through."""
    if tasks_of(proposal).filter(state__in=DeviceTask.LIVE).exists():
        return
    rows = Proposal.objects.of(proposal.company_id).filter(pk=proposal.pk, state=Proposal.APPROVED)
    rows.update(state=Proposal.ENDED, ended_at=timezone.now())


def stop_everything(who: str = "key") -> int:
    """Stop every approved proposal of the portal; returns how many.

    who: ``key`` (it was revoked) or ``restored`` (an older backup, which knows of no stop since).
    """
    rows = Proposal.objects.across("every update is stopped").filter(state=Proposal.APPROVED)
    by = By(None, "operator")
    return sum(stop(one, by, who) for one in rows.select_related("company", "organisation"))
