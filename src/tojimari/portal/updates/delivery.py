"""What a device takes along when it asks: its tasks, and those that must not be done any more."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from tojimari.portal.core.sealing import Sealed, unseal
from tojimari.portal.devices.errands import Errand, Source
from tojimari.portal.devices.models import Device
from tojimari.portal.updates.models import Actuator, DeviceTask, TaskKey
from tojimari.portal.updates.proposals import By, is_agreed, still_wanted, stop
from tojimari.portal.updates.signing import SEALED_FOR
from tojimari.portal.updates.task_keys import handovers, public_key

HANDED_AT_ONCE = 20
STOPPED_TOLD = timedelta(days=1)
"""A device is told of a stopped task until this long after its time is over."""
_TO_HAND = (DeviceTask.SIGNED, DeviceTask.HANDED)
_STOPPED = (DeviceTask.STOPPED, DeviceTask.LAPSED)


def errand_of(device: Device) -> Errand:
    """Return what a device takes along now.

    One query for a device that runs no tasks, three for one that has none before it. Whether a task
    is still agreed to is asked anew at this very moment: a withdrawn grant, an owner who is none any
    more, a policy taken back, each stops it.
    """
    actuator = Actuator.objects.of(device.company_id).filter(device=device).first()
    if actuator is None:
        return Errand()
    now = timezone.now()
    rows = DeviceTask.objects.of(device.company_id).filter(
        device=device,
        state__in=(DeviceTask.WAITING, *_TO_HAND, *_STOPPED),
        proposal__until__gt=now - STOPPED_TOLD,
    )
    rows = rows.select_related("proposal__company", "proposal__organisation", "proposal__policy")
    tasks: list[tuple[int, str]] = []
    stopped = []
    for one in rows:
        if one.state == DeviceTask.WAITING:
            tasks += _dry_run(one, now)
            continue
        if one.state in _TO_HAND and not is_agreed(one.proposal):
            why = "yes" if still_wanted(one.proposal) else "grant"
            stop(one.proposal, By(None, "portal"), why)
            one.state = DeviceTask.STOPPED
        if one.state in _STOPPED:
            stopped += [one.pk] if one.handed_at is not None else []
        elif one.proposal.until > now:
            tasks += _handed(one)
    signed = tuple(text for _, text in sorted(tasks)[:HANDED_AT_ONCE])
    keys = () if _trusts_present(actuator) else tuple(handovers())
    return Errand(signed, tuple(stopped), keys)


def _dry_run(task: DeviceTask, now: datetime) -> list[tuple[int, str]]:
    """Return what asks a device what a proposal would change; nothing once it has said so."""
    wanted = task.plan is None and task.dry_sequence is not None and task.proposal.until > now
    if not wanted or not still_wanted(task.proposal):
        return []
    text = _opened(task.dry_sealed, task.dry_run)
    return [(task.dry_sequence or 0, text)] if text else []


def _handed(task: DeviceTask) -> list[tuple[int, str]]:
    """Return a signed task, and note that the device has it now; nothing where it was just stopped."""
    text = _opened(task.sealed, task.pk)
    rows = DeviceTask.objects.of(task.company_id).filter(pk=task.pk, state__in=_TO_HAND)
    if task.handed_at is None:
        done = rows.update(state=DeviceTask.HANDED, handed_at=timezone.now())
    else:
        done = rows.count()
    return [(task.sequence or 0, text)] if done and text else []


def _opened(sealed: bytes, about: UUID) -> str:
    try:
        return unseal(bytes(sealed), purpose=SEALED_FOR, about=str(about)).decode()
    except Sealed:  # the portal's secret was replaced: nobody can hand it out any more
        return ""


def _trusts_present(actuator: Actuator) -> bool:
    """Return whether a device has said that it trusts the present key."""
    if not actuator.key:
        return False
    return TaskKey.objects.filter(kid=actuator.key, state=TaskKey.CURRENT).exists()


SOURCE = Source(errand_of, public_key)
