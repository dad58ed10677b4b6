"""One task for many devices, in stages: one device, then a tenth, then the rest."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.updates.models import Actuator, DeviceTask, Proposal, Wave
from tojimari.portal.updates.notices import UPDATE_WAVE_STOPPED
from tojimari.portal.updates.proposals import (
    BadProposal,
    By,
    Wanted,
    bad,
    checked,
    has_same_under_way,
    propose,
    stop,
)
from tojimari.portal.words import current_lang

DEVICES_AT_MOST = 10_000
ONE, TENTH, REST = 0, 1, 2


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


def tasks_of_wave(wave: Wave) -> Any:
    """Return the tasks of a wave, in whatever company."""
    return DeviceTask.objects.across("the devices of one wave").filter(proposal__wave=wave)


def counts(wave: Wave, stage: int | None = None) -> Counter[str]:
    """Return how many devices are in which state, in the wave or in one stage of it."""
    rows = tasks_of_wave(wave)
    rows = rows if stage is None else rows.filter(stage=stage)
    return Counter(rows.values_list("state", flat=True))


def size_of(stage: int, devices: int) -> int:
    """Return how many devices a stage lets go, of all that are in the wave."""
    return (1, max(1, math.ceil(devices / 10)), devices)[stage]


@task()
def move_wave(wave_id: str) -> None:
    """Let go what a wave's stage has room for; go on to the next stage, stop, or end.

    A stage is over when every device it let go has answered or its time went by. Devices whose
    owners have said nothing yet are no part of it: another takes their place.
    """
    from tojimari.portal.updates.signing import sign_tasks

    with transaction.atomic():
        rows = Wave.objects.filter(pk=wave_id, state=Wave.RUNNING)
        wave = rows.select_for_update().first()
        if wave is None:
            return
        for stage in range(wave.stage, len(Wave.STAGES)):
            wave.stage = stage
            if _is_too_bad(wave):
                _stop(wave, "failures", By(None, "portal", wave.organisation), "wave")
                return
            _let_go(wave)
            if not _is_over(wave):
                break
        if not tasks_of_wave(wave).filter(state__in=DeviceTask.LIVE).exists():
            wave.state, wave.ended_at = Wave.DONE, timezone.now()
        wave.save(update_fields=["stage", "state", "ended_at"])
        if wave.state == Wave.DONE:
            _tell_supporters(wave)
        companies = set(
            tasks_of_wave(wave)
            .filter(state=DeviceTask.APPROVED, stage__isnull=False)
            .values_list("company", flat=True)
        )
    for company in companies:
        sign_tasks.enqueue(str(company))


def _let_go(wave: Wave) -> None:
    """Give this stage's number to as many approved devices as it has room for."""
    everything = tasks_of_wave(wave)
    did_nothing = (DeviceTask.REFUSED, DeviceTask.STOPPED, DeviceTask.LAPSED)
    taken = everything.filter(stage=wave.stage).exclude(state__in=did_nothing).count()
    room = size_of(wave.stage, everything.count()) - taken
    if room <= 0:
        return
    ready = everything.filter(state=DeviceTask.APPROVED, stage=None)
    chosen = list(ready.order_by("proposal__approved_at", "pk").values_list("pk", flat=True)[:room])
    everything.filter(pk__in=chosen, stage=None).update(stage=wave.stage)


def _is_over(wave: Wave) -> bool:
    """Return whether a stage has let somebody go, and all of them are through.

    The first two are over only with a device that did it: what nobody has tried is not let go on.
    """
    state = counts(wave, wave.stage)
    if not state or any(state[one] for one in DeviceTask.LIVE):
        return False
    return wave.stage == REST or state[DeviceTask.DONE] + state[DeviceTask.KEPT_BACK] > 0


def _is_too_bad(wave: Wave) -> bool:
    """Return whether more devices failed than may, of those that answered since the stage began.

    While few have answered, they are counted as out of ten or of all that were let go: one failure
    of one device stops it, one of the first five of a hundred does not.
    """
    for stage in range(wave.stage + 1):
        state = counts(wave, stage)
        answered = sum(state[one] for one in DeviceTask.FINISHED)
        wrong = state[DeviceTask.FAILED]
        let_go = sum(state.values())
        if wrong and (wrong * 100 > wave.most_failed * max(answered, min(let_go, 10))):
            return True
    return False


def stop_wave(wave: Wave, by: By) -> bool:
    """A supporter stops its wave; returns whether it was still running."""
    with transaction.atomic():
        row = Wave.objects.filter(pk=wave.pk, state=Wave.RUNNING).select_for_update().first()
        if row is None:
            return False
        _stop(row, "supporter", by, "supporter")
    return True


def _stop(wave: Wave, why: str, by: By, who: str) -> None:
    wave.state, wave.why, wave.ended_at = Wave.STOPPED, why, timezone.now()
    wave.save(update_fields=["state", "why", "stage", "ended_at"])
    rows = Proposal.objects.across("the proposals of one wave").filter(wave=wave)
    for proposal in rows.filter(state__in=Proposal.OPEN).select_related("company", "organisation"):
        if stop(proposal, by, who) and why == "failures":
            values = {
                "organisation": str(wave.organisation),
                "kind": wave.kind,
                "parameters": wave.parameters,
            }
            tell(proposal.company, UPDATE_WAVE_STOPPED, str(proposal.pk), values=values)
    _tell_supporters(wave)


def _tell_supporters(wave: Wave) -> None:
    from tojimari.portal.updates.wave_mails import mail_wave

    mail_wave.enqueue(str(wave.pk))
