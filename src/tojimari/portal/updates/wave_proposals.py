"""One task for many devices: the same proposal to every company that lets it be made."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.updates.agreement import By, Wanted, has_same_under_way
from tojimari.portal.updates.models import Actuator, Wave
from tojimari.portal.updates.proposals import BadProposal, bad, checked, propose
from tojimari.portal.updates.waves import move_wave
from tojimari.portal.words import current_lang

DEVICES_AT_MOST = 10_000


class Left(msgspec.Struct, frozen=True):
    """A company whose devices are not in a wave, and why."""

    company: Company
    why: str


def candidates(actor: Actor, kind: str) -> list[Actuator]:
    """Return the devices that may be in a wave: their company lets the organisation propose, and
    they do tasks of ``kind``.
    """
    rows = Actuator.objects.across("devices a supporter may propose updates for").filter(
        company__in=companies_where(actor, UPDATES_PROPOSE),
        device__removed_at=None,
        device__kind=Device.COMPUTER,
        kinds__isnull=False,
    )
    rows = rows.select_related("device", "company").order_by("company__name", "company", "device")
    return [one for one in rows[:DEVICES_AT_MOST] if one.kinds and kind in one.kinds]


def start(
    organisation: Any,
    user: Any,
    wanted: Wanted,
    devices: Iterable[UUID],
    *,
    form: UUID,
    most_failed: int,
) -> tuple[Wave, list[Left]]:
    """Propose the same to every company of the chosen devices; returns the wave and who is left out.

    The same form sent again gives the wave it made. Raises BadProposal.
    """
    before = Wave.objects.filter(form=form, organisation=organisation).first()
    if before is not None:
        return before, []
    wanted = checked(wanted)
    chosen = set(devices)
    by_company: dict[Company, set[UUID]] = {}
    for one in candidates(Actor(user, organisation), wanted.kind):
        if one.device_id in chosen:
            by_company.setdefault(one.company, set()).add(one.device_id)
    if not by_company or chosen != set().union(*by_company.values()):
        raise bad("update.bad_devices")
    try:
        with transaction.atomic():
            made = Wave.objects.create(
                organisation=organisation,
                form=form,
                made_by=user,
                kind=wanted.kind,
                parameters=dict(wanted.parameters),
                not_before=wanted.not_before,
                until=wanted.until,
                words=wanted.words,
                most_failed=most_failed,
            )
    except IntegrityError:  # the same form, pressed twice at the same moment
        twin = Wave.objects.filter(form=form, organisation=organisation).first()
        if twin is None:
            raise bad("update.bad_devices") from None
        return twin, []
    by, left = By(user, organisation.kind, organisation), []
    for company, ids in by_company.items():
        free = ids - has_same_under_way(company, wanted, ids)
        try:
            if not free:
                raise bad("update.under_way")
            propose(company, wanted, free, by, wave=made)
        except BadProposal as error:
            left.append(Left(company, error.say(current_lang())))
    move_wave.enqueue(str(made.pk))
    return made, left
