"""A yes beforehand: which proposals a policy covers."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note
from tojimari.portal.updates.consents import standing
from tojimari.portal.updates.models import Consent, Policy, Proposal

DAY_MINUTES = 24 * 60


def hours_around(policy: Policy, moment: datetime) -> tuple[datetime, datetime] | None:
    """Return the hours of a policy that ``moment`` lies in, as two moments; None for none."""
    local = timezone.localtime(moment)
    for back in (0, 1):
        day = (local - timedelta(days=back)).date()
        if day.weekday() not in policy.days:
            continue
        length = policy.ends - policy.begins
        if length <= 0:
            length += DAY_MINUTES
        midnight = datetime.combine(day, datetime.min.time(), tzinfo=local.tzinfo)
        begins = midnight + timedelta(minutes=policy.begins)
        ends = begins + timedelta(minutes=length)
        if begins <= local < ends:
            return begins, ends
    return None


def covering(proposal: Proposal, devices: Collection[UUID]) -> list[Policy]:
    """Return the policies that count now and say yes to a whole proposal, the newest first."""
    policies = in_force(proposal.company, proposal.organisation)
    return [one for one in policies if covers(one, proposal, devices)]


def covers(policy: Policy, proposal: Proposal, devices: Collection[UUID]) -> bool:
    """Return whether a policy says yes to a whole proposal: its kind, every device, all its time."""
    if proposal.kind not in policy.kinds or set(map(str, devices)) & set(policy.excluded):
        return False
    hours, until = hours_around(policy, proposal.not_before), proposal.until
    return hours is not None and until <= hours[1] and until <= policy.good_until


def in_force(company: Company, organisation: Any) -> list[Policy]:
    """Return the policies of a company for an organisation that count now, the newest first.

    One to which those who have to say yes have not all done so, as things are today, does not.
    """
    now = timezone.now()
    rows = Policy.objects.of(company).filter(
        organisation=organisation, agreed_at__isnull=False, ended_at=None, good_until__gt=now
    )
    return [
        one
        for one in rows.order_by("-made_at")
        if standing(company, Consent.POLICY, one.pk).is_complete
    ]


def end(policy: Policy, request_actor: Any, acting_as: str) -> bool:
    """Take a policy back; returns whether it still stood. What it approved is stopped apart."""
    rows = Policy.objects.of(policy.company).filter(pk=policy.pk, ended_at=None)
    if rows.update(ended_at=timezone.now()) != 1:
        return False
    note(
        "updates.policy_ended",
        company=policy.company,
        actor=request_actor,
        actor_as=acting_as,
        organisation=policy.organisation,
    )
    return True
