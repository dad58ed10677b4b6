"""What a device takes along when it asks: its tasks, and those that must not be done any more."""

from datetime import timedelta

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

    One query for a device that runs no tasks, three for one that has none before it. Whether a task is still agreed to is asked anew at this very
    moment: a withdrawn grant, an owner who is none any more, a policy taken back, each stops it.
    """
    actuator = Actuator.objects.of(device.company_id).filter(device=device).first()
    if actuator is None:
        return Errand()
    now = timezone.now()
    rows = DeviceTask.objects.of(device.company_id).filter(
        device=device, state__in=(*_TO_HAND, *_STOPPED), sequence__isnull=False
    )
    rows = rows.filter(proposal__until__gt=now - STOPPED_TOLD).order_by("sequence")
    found = list(
        rows.select_related("proposal__company", "proposal__organisation", "proposal__policy")
    )
    keys = [] if _trusts_present(actuator) else handovers()
    if not found:
        return Errand(task_keys=tuple(keys))
    tasks, stopped = [], []
    for one in found:
        if one.state in _TO_HAND and not is_agreed(one.proposal):
            why = "yes" if still_wanted(one.proposal) else "grant"
            stop(one.proposal, By(None, "portal"), why)
            one.state = DeviceTask.STOPPED
        if one.state in _STOPPED:
            if one.handed_at is not None:
                stopped.append(one.pk)
        elif one.proposal.until > now and len(tasks) < HANDED_AT_ONCE:
            signed = _opened(one)
            if signed:
                tasks.append(signed)
    return Errand(tuple(tasks), tuple(stopped), tuple(keys))


def _opened(task: DeviceTask) -> str:
    """Return a signed task, and note that the device has it now; "" where it was just stopped."""
    try:
        signed = unseal(bytes(task.sealed), purpose=SEALED_FOR, about=str(task.pk)).decode()
    except Sealed:  # the portal's secret was replaced: nobody can hand it out any more
        return ""
    rows = DeviceTask.objects.of(task.company_id).filter(pk=task.pk, state__in=_TO_HAND)
    if task.state == DeviceTask.SIGNED:
        done = rows.update(state=DeviceTask.HANDED, handed_at=timezone.now())
    else:
        done = rows.count()
    return signed if done else ""


def _trusts_present(actuator: Actuator) -> bool:
    """Return whether a device has said that it trusts the present key."""
    if not actuator.key:
        return False
    return TaskKey.objects.filter(kid=actuator.key, state=TaskKey.CURRENT).exists()


SOURCE = Source(errand_of, public_key)
