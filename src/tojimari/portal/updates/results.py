"""What devices say came of their tasks. All of it is hostile until it fits a task of that device."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from tojimari.lib.printable import printable
from tojimari.portal.core.audit import note
from tojimari.portal.core.notices import end, tell
from tojimari.portal.devices.models import Device
from tojimari.portal.updates.models import SAID_LETTERS, Actuator, DeviceTask
from tojimari.portal.updates.notices import UPDATE_RESTART
from tojimari.portal.updates.proposals import end_if_over
from tojimari.portal.updates.waves import move_wave

CHANGES_AT_MOST = 2000
WORD_LETTERS = 200
REASON_LETTERS = 40
LOGGED_CHANGES = 20
_STAGES = {DeviceTask.HANDED: 1, DeviceTask.STARTED: 2}


class Said(msgspec.Struct, frozen=True):
    """What a device says of one task, as far as it can be used here.

    Attributes:
        state: ``handed`` (it has it), ``started``, or one of ``DeviceTask.FINISHED``.
        changes: (name, before, after) of what it changed, or would change.
        planned: ``changes`` are what it would change; nothing was done.
    """

    state: str
    changes: tuple[tuple[str, str, str], ...] = ()
    planned: bool = False
    reason: str = ""
    words: str = ""
    restart: bool = False


def changes_of(rows: Iterable[Iterable[object]]) -> tuple[tuple[str, str, str], ...]:
    """Return changes with their texts cut, as many as are kept."""
    found = []
    for row, _ in zip(rows, range(CHANGES_AT_MOST), strict=False):
        name, before, after = (printable(str(part))[:WORD_LETTERS] for part in row)
        found.append((name, before, after))
    return tuple(found)


def take(device: Device, task_id: UUID, said: Said) -> bool:
    """Keep what a device says of a task; returns whether it was one of its own and told anything new.

    A task of another device or company is none. Nothing goes backwards: what is finished stays so.
    """
    with transaction.atomic():
        rows = DeviceTask.objects.of(device.company_id).filter(device=device, pk=task_id)
        row = rows.select_for_update(of=("self",)).select_related("proposal__company").first()
        if row is None or row.sequence is None or row.state in DeviceTask.FINISHED:
            return False
        if said.planned:
            row.plan = [list(one) for one in said.changes]
            row.save(update_fields=["plan"])
            return True
        if said.state in DeviceTask.FINISHED:
            _finish(row, device, said)
            return True
        if _STAGES.get(said.state, 0) <= _STAGES.get(row.state, 0) or row.state in (
            DeviceTask.STOPPED,
            DeviceTask.LAPSED,
        ):
            return False
        row.state = said.state
        row.handed_at = row.handed_at or timezone.now()
        row.save(update_fields=["state", "handed_at"])
    return True


def _finish(row: DeviceTask, device: Device, said: Said) -> None:
    # A device that refuses what was stopped has done as it was told: it stays stopped.
    stopped = row.state == DeviceTask.STOPPED and said.state == DeviceTask.REFUSED
    row.state = DeviceTask.STOPPED if stopped else said.state
    row.changes = [list(one) for one in said.changes]
    row.reason = printable(said.reason)[:REASON_LETTERS]
    row.said = printable(said.words, keep="\n")[:SAID_LETTERS]
    row.restart, row.sealed, row.finished_at = said.restart, b"", timezone.now()
    row.save()
    proposal = row.proposal
    note(
        "updates.result",
        company=proposal.company,
        actor=None,
        actor_as="device",
        name=_log_words(device, said),
        task=proposal.kind,
        proposal=str(proposal.pk),
        state=row.state,
        changes=row.changes[:LOGGED_CHANGES],
        n=len(row.changes),
    )
    if said.changes:
        # What it says is not believed as a finding: the next look has to see it.
        Device.objects.of(device.company_id).filter(pk=device.pk).update(
            look_wanted_at=timezone.now()
        )
    if said.restart:
        restart_needed(device, timezone.now())
    end_if_over(proposal)
    if proposal.wave_id is not None:
        move_wave.enqueue(str(proposal.wave_id))


def _log_words(device: Device, said: Said) -> str:
    changed = [f"{name} {before} → {after}" for name, before, after in said.changes[:3]]
    more = len(said.changes) - len(changed)
    return ", ".join([device.name, *changed, *([f"+{more}"] if more > 0 else [])])


def restart_needed(device: Device, since: datetime | None) -> None:
    """Note that a device has to be restarted, or (None) that it need not any more."""
    rows = Actuator.objects.of(device.company_id).filter(device=device)
    if since is None:
        if rows.exclude(restart_since=None).update(restart_since=None):
            end(device.company, UPDATE_RESTART, str(device.pk), put_away=True)
    elif rows.filter(restart_since=None).update(restart_since=since):
        tell(device.company, UPDATE_RESTART, str(device.pk), values={"name": device.name})


def note_actuator(
    device: Device, kinds: Iterable[str], key: str, *, restart: bool | None = None
) -> None:
    """Keep what a device says it does, and which key it trusts."""
    plain: list[Any] = sorted({printable(str(kind))[:40] for kind in kinds})[:40]
    Actuator.objects.of(device.company_id).update_or_create(
        device=device,
        defaults={
            "company_id": device.company_id,
            "kinds": plain,
            "key": printable(key)[:43],
            "told_at": timezone.now(),
        },
    )
    if restart is not None:
        restart_needed(device, timezone.now() if restart else None)
