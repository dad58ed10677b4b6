"""What a proposal is to its company: which devices it is for, and whether it has every yes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.updates.consents import standing
from tojimari.portal.updates.emergencies import may_ask, yes_of
from tojimari.portal.updates.kinds import is_emergency
from tojimari.portal.updates.models import (
    Actuator,
    Consent,
    DeviceTask,
    Proposal,
)
from tojimari.portal.updates.policies import covering


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
    return any(one.pk == proposal.policy_id for one in covering(proposal, devices))
