"""What a device takes along when it asks: its tasks, and those that must not be done any more."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone

from tojimari.agent.tasks import LONGEST_WINDOW
from tojimari.portal.core.sealing import Sealed, unseal
from tojimari.portal.devices.errands import Errand, Source
from tojimari.portal.devices.models import Device
from tojimari.portal.updates.agreement import By, is_agreed, still_wanted
from tojimari.portal.updates.endings import stop
from tojimari.portal.updates.kinds import is_emergency
from tojimari.portal.updates.models import Actuator, DeviceTask, TaskKey
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
    tasks: list[DeviceTask] = []
    stopped = []
    for one in rows:
        if one.state == DeviceTask.WAITING:
            tasks += [one] if _asks(one, now) else []
            continue
        if one.state in _TO_HAND and not is_agreed(one.proposal):
            why = "yes" if still_wanted(one.proposal) else "grant"
            stop(one.proposal, By(None, "portal"), why)
            one.state = DeviceTask.STOPPED
        if one.state in _STOPPED:
            stopped += [one.pk] if one.handed_at is not None else []
        elif one.proposal.until > now:
            tasks.append(one)
    signed = tuple(text for one in _in_turn(device, tasks) if (text := _handed(one)))
    keys = () if _trusts_present(actuator) else tuple(handovers())
    return Errand(signed, tuple(stopped), keys)


def _in_turn(device: Device, tasks: list[DeviceTask]) -> list[DeviceTask]:
    """Return what is handed out this time, in the order of its numbers, as devices take it.

    What waits for its time at a device stays in ``tasks`` until it is done. Of more than are handed
    out at once a device is therefore given those behind the last one it was given, and the first
    ones again after all others. However many there are, an emergency is not behind them.

    Where it stopped is kept in the cache: once forgotten, it begins with the first ones again.
    """
    if len(tasks) <= HANDED_AT_ONCE:
        return sorted(tasks, key=_number)
    key = f"updates.handed:{device.pk}"
    last = cache.get(key, 0)
    at_once = [one for one in tasks if is_emergency(one.proposal.kind)][:HANDED_AT_ONCE]
    others = [one for one in tasks if not is_emergency(one.proposal.kind)]
    others.sort(key=lambda one: (_number(one) <= last, _number(one)))
    others = others[: HANDED_AT_ONCE - len(at_once)]
    if others:
        cache.set(key, _number(others[-1]), LONGEST_WINDOW.total_seconds())
    return sorted([*at_once, *others], key=_number)


def _asks(task: DeviceTask, now: datetime) -> bool:
    """Return whether a device is asked what a proposal would change; not once it has answered."""
    wanted = task.plan is None and bool(task.dry_sealed) and task.proposal.until > now
    return wanted and still_wanted(task.proposal)


def _number(task: DeviceTask) -> int:
    number = task.dry_sequence if task.state == DeviceTask.WAITING else task.sequence
    return number or 0


def _handed(task: DeviceTask) -> str:
    """Return a signed task, and note that the device has it now; "" where it was just stopped."""
    if task.state == DeviceTask.WAITING:
        return _opened(task.dry_sealed, task.dry_run)
    text = _opened(task.sealed, task.pk)
    rows = DeviceTask.objects.of(task.company_id).filter(pk=task.pk, state__in=_TO_HAND)
    if task.handed_at is None:
        done = rows.update(state=DeviceTask.HANDED, handed_at=timezone.now())
    else:
        done = rows.count()
    return text if done else ""


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
