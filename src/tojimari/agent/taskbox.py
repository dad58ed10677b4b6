"""The looker's part in tasks: drops what the portal gave, and fetches what came of it. No rights.

It believes nothing and decides nothing: the actor, which is root's, verifies all of it itself.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec

from tojimari.agent.actor.past import machine_started
from tojimari.agent.actor.store import Pin, Store
from tojimari.agent.home import Home, write_private
from tojimari.agent.isolation import isolated_until
from tojimari.agent.task_report import FINISHED, ActorReport, TaskReport
from tojimari.agent.tasks import MAX_TASK_BYTES, key_id, named_task
from tojimari.agent.wire import Taken

TASKS_AT_ONCE = 50
_MAX_REPORT_BYTES = 1_500_000


class Sent(msgspec.Struct):
    """What was passed on.

    Attributes:
        reports: file of a result -> digest of what the portal was told.
        actor: digest of what it was told is allowed here.
        seen: what was dropped -> what it was.
    """

    reports: dict[str, str] = {}
    actor: str = ""
    seen: dict[str, str] = {}


class Result(msgspec.Struct, frozen=True):
    """What the actor said of one task, and the file that says it."""

    report: TaskReport
    file: str
    digest: str

    @property
    def looks_again(self) -> bool:
        """Whether the device may be another than before: then it is looked at anew."""
        return self.report.state in FINISHED and self.report.started is not None


class TaskBox:
    """Inbox and outbox of tasks. Without an actor on the device nothing is dropped."""

    def __init__(self, home: Home, actor: Path | None = None) -> None:
        """Drop into ``home``; read results below ``actor``, or where this device's actor is."""
        self.home, self.actor = home, actor or Store().folder
        self.inbox = home.folder / "inbox"
        self._sent = home.folder / "tasks-sent.json"

    def pin(self) -> Pin | None:
        """Return what root allowed on this device, as far as it can be read."""
        try:
            return msgspec.json.decode((self.actor / "pin.json").read_bytes(), type=Pin)
        except (OSError, msgspec.MsgspecError):
            return None

    def take(self, answer: Taken) -> None:
        """Drop what came with an answer: tasks, what was stopped, and statements about keys."""
        if answer.task_key:
            self._learn_key(answer.task_key)
        if self.pin() is None:
            return
        seen = self._load().seen
        for place, statement in enumerate(answer.task_keys[:TASKS_AT_ONCE]):
            # As often as they come: the portal stops when it hears that the new key is trusted.
            if len(statement) <= MAX_TASK_BYTES and statement.isascii():
                write_private(self.inbox / f"{place:03d}.key", statement.encode())
        sent = self._load()
        for signed in answer.tasks[:TASKS_AT_ONCE]:
            if not self._drop(signed, seen):
                self._forget_told(signed, sent)
        for task in answer.stopped[:TASKS_AT_ONCE]:
            self._stop(task, seen)
        sent.seen = dict(list(seen.items())[-1_000:])
        self._save(sent)

    def _drop(self, text: str, seen: dict[str, str]) -> bool:
        """Drop a task once; returns whether it is new.

        The portal gives it again until it hears what came of it.
        """
        name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
        if name in seen:
            return False
        if len(text) <= MAX_TASK_BYTES and text.isascii():
            write_private(self.inbox / f"{name}.task", text.encode())
            seen[name] = "task"
        return True

    def _forget_told(self, text: str, sent: Sent) -> None:
        """Tell again what came of a task: a portal that was told gives it no more.

        One that was restored from a backup has forgotten what it was told since.
        """
        task = named_task(text)
        if any(one.report.task == task and one.report.state in FINISHED for one in self._outbox()):
            sent.reports.pop(f"{task}.json", None)

    def _stop(self, task: UUID, seen: dict[str, str]) -> None:
        if str(task) not in seen:
            self.stop(task)
            seen[str(task)] = "stop"

    def stop(self, task: UUID) -> None:
        """Ask the actor not to do a task, which anybody who may write here can."""
        write_private(self.inbox / f"{task}.stop", b"")

    def _learn_key(self, key: str) -> None:
        """Keep the portal's key for root to compare: nothing is trusted for it."""
        identity = self.home.identity()
        if identity.task_key is None and _is_key(key):
            self.home.save_task_key(key)

    def results(self) -> Iterator[Result]:
        """Yield what the portal has not been told."""
        sent = self._load()
        for result in self._outbox():
            if sent.reports.get(result.file) != result.digest:
                yield result

    def unfinished(self) -> list[TaskReport]:
        """Return where tasks stand that are not finished."""
        return [one.report for one in self._outbox() if one.report.state not in FINISHED]

    def _outbox(self) -> Iterator[Result]:
        for path in sorted((self.actor / "outbox").glob("*.json")):
            try:
                data = path.read_bytes()[:_MAX_REPORT_BYTES]
                report = msgspec.json.decode(data, type=TaskReport)
            except (OSError, msgspec.MsgspecError):
                continue
            yield Result(report, path.name, hashlib.sha256(data).hexdigest())

    def told(self, result: Result) -> None:
        """Note that the portal has a result."""
        sent = self._load()
        sent.reports[result.file] = result.digest
        sent.reports = dict(list(sent.reports.items())[-1_000:])
        self._save(sent)

    def isolated_until(self) -> datetime | None:
        """Return until when this device is cut off from all but its portal; None: it is not."""
        return isolated_until(self.actor, datetime.now(UTC))

    def news(self) -> str:
        """Return a digest of what the portal has not been told; "" for nothing."""
        untold = [result.digest for result in self.results()]
        report = self.allowed()
        untold += [_digest(report)] if report is not None else []
        return hashlib.sha256(" ".join(untold).encode()).hexdigest() if untold else ""

    def allowed(self) -> ActorReport | None:
        """Return what the portal has to be told about what is allowed here; None: it knows."""
        report = self._actor_report()
        said = _digest(report)
        known = self._load().actor
        nothing = not report.kinds and not known
        return None if nothing or known == said else report

    def told_allowed(self, report: ActorReport) -> None:
        """Note that the portal knows what is allowed."""
        sent = self._load()
        sent.actor = _digest(report)
        self._save(sent)

    def _actor_report(self) -> ActorReport:
        pin, device = self.pin(), self.home.identity().device
        if pin is None or pin.device != device:
            return ActorReport("tojimari.actor/1", device, [], "")
        return ActorReport(
            "tojimari.actor/1",
            device,
            sorted(pin.kinds),
            key_id(pin.key),
            restart_needed=self._restart_needed(),
            isolated_until=self.isolated_until(),
        )

    def _restart_needed(self) -> bool:
        """Return whether what a task changed since this machine started waits for a restart."""
        since = machine_started(datetime.now(UTC))
        return any(
            one.report.restart_needed and (one.report.ended or one.report.at) > since
            for one in self._outbox()
        )

    def _load(self) -> Sent:
        try:
            return msgspec.json.decode(self._sent.read_bytes(), type=Sent)
        except (OSError, msgspec.MsgspecError):
            return Sent()

    def _save(self, sent: Sent) -> None:
        write_private(self._sent, msgspec.json.encode(sent))


def _digest(report: ActorReport) -> str:
    return hashlib.sha256(msgspec.json.encode(report)).hexdigest()


def _is_key(key: str) -> bool:
    try:
        key_id(key)
    except ValueError:
        return False
    return True
