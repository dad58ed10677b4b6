"""Cutting a device off from all but the portal, and letting it in again; how it stands."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import end, tell
from tojimari.portal.updates.agreement import By, able, log
from tojimari.portal.updates.consents import give
from tojimari.portal.updates.emergencies import may_ask
from tojimari.portal.updates.endings import stop
from tojimari.portal.updates.fresh import Fresh
from tojimari.portal.updates.kinds import checked_parameters
from tojimari.portal.updates.models import Actuator, Consent, DeviceTask, Proposal
from tojimari.portal.updates.notices import DEVICE_ISOLATED
from tojimari.portal.updates.proposals import bad
from tojimari.portal.updates.signing import sign_tasks

LONGEST = timedelta(hours=72)
SHOWN_FOR = timedelta(days=7)
"""What came of a press of the button stays on the page for so long."""
Kind = Literal["isolate", "release"]
ISOLATE: Kind = "isolate"
RELEASE: Kind = "release"
KINDS: tuple[Kind, ...] = (ISOLATE, RELEASE)


class DeviceIsolation(msgspec.Struct, frozen=True):
    """How it stands with one device.

    Attributes:
        able: whether the device's own people allow it.
        until: until when the device says that it is isolated; None where it does not say so.
        over: whether that time is past, and the device has not said anything since.
        told_at: when the device last said what it allows and how it stands.
        task: the newest task about it; None for none in the last days.
        under_way: whether that task is still to be done.
    """

    able: bool
    until: datetime | None
    over: bool
    told_at: datetime | None
    task: Any
    under_way: bool


def _asked(company: Company, devices: Iterable[UUID]) -> Any:
    rows = DeviceTask.objects.of(company).filter(
        device__in=list(devices),
        proposal__kind__in=KINDS,
        proposal__made_at__gt=timezone.now() - SHOWN_FOR,
    )
    return rows.select_related("proposal__company", "proposal__organisation", "device")


def standing_of(company: Company, device: UUID) -> DeviceIsolation:
    """Return how it stands with a device of a company."""
    row = Actuator.objects.of(company).filter(device=device).first()
    until = row.isolated_until if row else None
    task = _asked(company, [device]).order_by("-proposal__made_at", "-sequence").first()
    return DeviceIsolation(
        able=row is not None and ISOLATE in (row.kinds or ()),
        until=until,
        over=until is not None and until <= timezone.now(),
        told_at=row.told_at if row else None,
        task=task,
        under_way=task is not None and task.state in DeviceTask.LIVE,
    )


def isolated(company: Company) -> dict[UUID, datetime | None]:
    """Return the devices that can be isolated: until when each says that it is, or None."""
    now = timezone.now()
    return {
        one.device_id: one.isolated_until if (one.isolated_until or now) > now else None
        for one in able(company, ISOLATE)
    }


def ask(company: Company, device: UUID, kind: Kind, by: By, fresh: Fresh, hours: str) -> Proposal:
    """Keep that somebody isolates a device for so many hours, or lets it in again; a worker signs it.

    What was asked about this device before and is not done yet is stopped: the newest word counts.
    Raises BadProposal where the device does not do it, or they may not.
    """
    values = {"hours": hours} if kind == ISOLATE else {}
    parameters = checked_parameters(kind, values)
    if parameters is None or not may_ask(company, user=by.user, organisation=by.organisation):
        raise bad("update.bad_kind")
    now = timezone.now()
    with transaction.atomic():
        company = Company.objects.select_for_update().get(pk=company.pk)
        if device not in {one.device_id for one in able(company, kind)}:
            raise bad("isolation.not_able")
        for earlier in _asked(company, [device]).filter(state__in=DeviceTask.LIVE):
            stop(earlier.proposal, by, "owner" if by.organisation is None else "supporter")
        made: Proposal = Proposal.objects.of(company).create(
            company=company,
            organisation=by.organisation,
            made_by=by.user,
            kind=kind,
            parameters=parameters,
            not_before=now,
            until=now + (timedelta(hours=int(hours)) if kind == ISOLATE else LONGEST),
            state=Proposal.APPROVED,
            approved_at=now,
        )
        DeviceTask.objects.of(company).create(
            company=company, proposal=made, device_id=device, state=DeviceTask.APPROVED
        )
        give(company, Consent.PROPOSAL, made.pk, by.user, fresh.how)
        log(made, "updates.emergency", by, how=fresh.how)
        if kind == ISOLATE:
            who = str(by.organisation or by.user)
            values = {"who": who, "hours": hours}
            points = [str(made.pk)]
            tell(company, DEVICE_ISOLATED, str(device), points=points, values=values, by=by.user)
        else:
            end(company, DEVICE_ISOLATED, str(device))
        sign_tasks.enqueue(str(company.pk))
    return made
