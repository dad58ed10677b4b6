"""What devices say came of their tasks. All of it is hostile until it fits a task of that device."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from tojimari.agent.task_report import (
    CHANGES_AT_MOST,
    FINISHED,
    ActorReport,
    Change,
    TaskReport,
)
from tojimari.lib.printable import printable
from tojimari.portal.core.audit import note
from tojimari.portal.core.notices import end, tell
from tojimari.portal.devices.models import Device
from tojimari.portal.updates.endings import end_if_over
from tojimari.portal.updates.isolation import LONGEST, SHOWN_FOR
from tojimari.portal.updates.models import SILENT, Actuator, DeviceTask
from tojimari.portal.updates.notices import DEVICE_ISOLATED, RESTARTS, UPDATE_RESTART
from tojimari.portal.updates.signing import sign_tasks
from tojimari.portal.updates.waves import move_wave

WORD_LETTERS = 200
REASON = re.compile(r"[a-z_]{1,40}")
KEPT_AT_MOST = NOTES_AT_MOST = KINDS_AT_MOST = 50
LOGGED_CHANGES = 20
HIGHEST_BELIEVED = 2**53
"""A device that claims a greater number could make the next one too large to be written."""
_UNDER_WAY = {"received": DeviceTask.HANDED, "waiting": DeviceTask.HANDED, "running": "started"}
_FINISHED = {
    "done": DeviceTask.DONE,
    "failed": DeviceTask.FAILED,
    "interrupted": DeviceTask.FAILED,
    "refused": DeviceTask.REFUSED,
    "stopped": DeviceTask.STOPPED,
}
_NOT_TAKEN = ("old_sequence", "notes_went_back")
_RANK = {DeviceTask.SIGNED: 0, DeviceTask.HANDED: 1, DeviceTask.STARTED: 2}


def changes_of(rows: Iterable[Change]) -> list[list[str]]:
    """Return changes as they are kept: their texts cut, and no more than may be."""
    return [
        [printable(part)[:WORD_LETTERS] for part in (row.name, row.before, row.after)]
        for row in list(rows)[:CHANGES_AT_MOST]
    ]


def _word(text: str | None) -> str:
    return text if text and text != SILENT and REASON.fullmatch(text) else ""


def take(device: Device, said: TaskReport, *, ahead: timedelta = timedelta(0)) -> bool:
    """Keep what a device says of a task; returns whether it was one of its own and told anything new.

    ahead: how far the device's clock stands before ours, as its message shows.

    A task of another device or company is none. Nothing goes backwards: what is finished stays so.
    """
    with transaction.atomic():
        _note_highest(device, said.highest)
        own = DeviceTask.objects.of(device.company_id).filter(device=device)
        row = _locked(own.filter(dry_run=said.task, dry_sequence__isnull=False))
        if row is not None:
            return _note_plan(row, said)
        row = _locked(own.filter(pk=said.task, sequence__isnull=False))
        # What we took for lost was only late: its own word counts once it comes.
        if row is None or (row.state in DeviceTask.FINISHED and row.reason != SILENT):
            return False
        if said.state == "refused" and said.reason in _NOT_TAKEN:
            if row.sequence > said.highest:
                return False  # of an earlier signature: it was signed again since
            if _never_done(row, said, ahead):
                _sign_again(row)
                return True
        if said.state in _FINISHED:
            _finish(row, device, said)
            return True
        new = _UNDER_WAY.get(said.state)
        # Of what was stopped it is only asked how it ended.
        if new is None or row.state not in _RANK or _RANK[new] < _RANK[row.state]:
            return False
        row.state, row.handed_at = new, row.handed_at or timezone.now()
        row.reason = _word(said.reason)
        if said.plan:
            row.plan = changes_of(said.plan)
        row.save(update_fields=["state", "handed_at", "reason", "plan"])
    return True


def _never_done(row: DeviceTask, said: TaskReport, ahead: timedelta) -> bool:
    """Say whether a task that a device would not take cannot have been done by it before.

    A device remembers the tasks it took, so one whose number is merely old is new to it (a portal
    restored from a backup may give small numbers). Where its notes may have gone back, only what it
    was handed afterwards is new.
    """
    if row.state not in (DeviceTask.SIGNED, DeviceTask.HANDED):
        return False
    if said.reason == "old_sequence" or row.handed_at is None:
        return True
    until = said.forgotten_until
    if until is None or until.tzinfo is None:
        return False
    # A message names its moment in whole seconds, and is some time on its way.
    return row.handed_at + ahead - timedelta(seconds=2) > until


def _sign_again(row: DeviceTask) -> None:
    row.state, row.sequence, row.sealed, row.handed_at = DeviceTask.APPROVED, None, b"", None
    row.save(update_fields=["state", "sequence", "sealed", "handed_at"])
    sign_tasks.enqueue(str(row.company_id))


def _locked(rows: Any) -> DeviceTask | None:
    found: DeviceTask | None = (
        rows.select_for_update(of=("self",)).select_related("proposal__company").first()
    )
    return found


def _note_highest(device: Device, highest: int) -> None:
    """A device that took a greater number than we know of gets greater ones from now on."""
    if 0 < highest < HIGHEST_BELIEVED:
        rows = Actuator.objects.of(device.company_id).filter(device=device, sequence__lt=highest)
        rows.update(sequence=highest)


def _note_plan(row: DeviceTask, said: TaskReport) -> bool:
    """Keep what a proposal would change, or why the device cannot say so; it is asked once."""
    if row.state != DeviceTask.WAITING or row.plan is not None or said.state not in FINISHED:
        return False
    if said.state == "refused" and said.reason in _NOT_TAKEN:
        if row.dry_sequence is not None and row.dry_sequence <= said.highest:
            # It changes nothing: it may be asked twice.
            row.dry_sealed, row.dry_sequence = b"", None
            row.save(update_fields=["dry_sealed", "dry_sequence"])
            sign_tasks.enqueue(str(row.company_id))
        return False
    row.dry_sealed, row.reason = b"", _word(said.reason)
    row.plan = changes_of(said.plan) if said.state == "planned" else None
    row.dry_sequence = row.dry_sequence if said.state == "planned" else 0
    row.save(update_fields=["dry_sealed", "dry_sequence", "reason", "plan"])
    return True


def _finish(row: DeviceTask, device: Device, said: TaskReport) -> None:
    row.state = _FINISHED[said.state]
    if said.reason == "held_back" and row.state == DeviceTask.FAILED:
        row.state = DeviceTask.KEPT_BACK
    row.changes, row.reason = changes_of(said.changes), _word(said.reason)
    row.notes = [note for note in map(_word, said.notes[:NOTES_AT_MOST]) if note]
    row.kept = [printable(path)[:WORD_LETTERS] for path in said.kept[:KEPT_AT_MOST]]
    row.restart, row.sealed, row.finished_at = said.restart_needed, b"", timezone.now()
    row.save()
    proposal = row.proposal
    note(
        "updates.result",
        company=proposal.company,
        actor=None,
        actor_as="device",
        name=_log_words(device, row.changes),
        task=proposal.kind,
        proposal=str(proposal.pk),
        state=row.state,
        reason=row.reason,
        changes=row.changes[:LOGGED_CHANGES],
        n=len(row.changes),
    )
    if said.started is not None or row.changes:
        # What it says is not believed as a finding: the next look has to see it.
        device.look_wanted_at = timezone.now()
        device.save(update_fields=["look_wanted_at"])
    if said.restart_needed:
        restart_needed(device, timezone.now())
    end_if_over(proposal)
    if proposal.wave_id is not None:
        move_wave.enqueue(str(proposal.wave_id))


def _log_words(device: Device, changes: list[list[str]]) -> str:
    changed = [f"{name} {before} → {after}" for name, before, after in changes[:3]]
    more = len(changes) - len(changed)
    return ", ".join([device.name, *changed, *([f"+{more}"] if more > 0 else [])])


def restart_needed(device: Device, since: datetime | None) -> None:
    """Note that a device has to be restarted, or (None) that it need not any more.

    A company has one notice of all its devices that do, whatever each needs it for.
    """
    rows = Actuator.objects.of(device.company_id)
    own = rows.filter(device=device)
    if since is None:
        changed = own.exclude(restart_since=None).update(restart_since=None)
    else:
        changed = own.filter(restart_since=None).update(restart_since=since)
    if not changed:
        return
    waiting = rows.exclude(restart_since=None).filter(device__removed_at=None)
    devices = [str(one) for one in waiting.values_list("device", flat=True)]
    if not devices:
        end(device.company, UPDATE_RESTART, RESTARTS, put_away=True)
        return
    tell(device.company, UPDATE_RESTART, RESTARTS, points=devices, values={"devices": devices})


def _bounded(until: datetime | None) -> datetime | None:
    """Return a moment that can be meant: a device may name any, also one no database takes."""
    now = timezone.now()
    return max(now - SHOWN_FOR, min(until, now + LONGEST)) if until else None


def note_actuator(device: Device, said: ActorReport) -> None:
    """Keep what a device says it does, and which key it trusts."""
    plain = sorted({printable(kind)[:40] for kind in said.kinds[:KINDS_AT_MOST]})
    Actuator.objects.of(device.company_id).update_or_create(
        device=device,
        defaults={
            "company_id": device.company_id,
            "kinds": plain,
            "key": printable(said.key)[:43],
            "told_at": timezone.now(),
            "isolated_until": _bounded(said.isolated_until),
        },
    )
    if said.isolated_until is None:
        end(device.company, DEVICE_ISOLATED, str(device.pk))
    restart_needed(device, timezone.now() if said.restart_needed else None)
