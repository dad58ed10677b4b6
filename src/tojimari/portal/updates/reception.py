"""Takes what devices say of tasks and of what they allow: signed like every message of theirs."""

from django.utils import timezone

from tojimari.agent.task_report import ActorReport, TaskReport
from tojimari.agent.wire import Taken
from tojimari.portal.devices.reception import (
    Refuse,
    clock_of,
    open_message,
    read_message,
    taken,
)
from tojimari.portal.updates.results import note_actuator, take


def take_task_report(body: bytes) -> Taken:
    """Keep where a task stands. Raises Refuse.

    One that is not of this device is passed over: whether there is such a task is not told.
    """
    device, payload = open_message(body)
    said: TaskReport = read_message(payload, TaskReport, device)
    if said.device != device.pk:
        raise Refuse("bad_signature", 403, device)
    new = take(device, said, ahead=clock_of(body) - timezone.now())
    return taken(device, int(new), duplicate=not new)


def take_actor_report(body: bytes) -> Taken:
    """Keep what a device allows, and which key it trusts. Raises Refuse."""
    device, payload = open_message(body)
    said: ActorReport = read_message(payload, ActorReport, device)
    if said.device != device.pk:
        raise Refuse("bad_signature", 403, device)
    note_actuator(device, said)
    return taken(device, 1)
