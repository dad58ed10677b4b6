"""What the actor keeps, in a folder of root's: whom it trusts, what it took, what came of it."""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from tojimari.agent.actor.past import Moment
from tojimari.agent.task_report import Change, TaskReport
from tojimari.agent.tasks import Task
from tojimari.lib.files import write_whole
from tojimari.model import CannotWrite, TojimariError

FOLDER = Path("/var/lib/tojimari-actor")
KEPT_TASKS, KEPT_LINES, KEPT_QUIET = 200, 2_000, 200
_QUIET = (b'"state":"refused"', b'"state":"planned"')
"""Lines of what changed nothing: however many come, they push out none of what did."""


class ActorError(TojimariError):
    """The actor cannot do what was asked; the message says what to do."""


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom this device lets give it tasks; root made it (``tojimari agent allow``).

    Attributes:
        key: public task key, 32 bytes as hex.
        key_sequence: the highest statement about a next key that was taken.
        kinds: ids of the kinds allowed here.
        inbox: folder of the looker, where tasks are dropped.
        owner: user id of the looker; a folder of anybody else is not read.
        untried: whether engines may work that were never run by us.
    """

    company: str
    portal: str
    device: UUID
    key: str
    kinds: tuple[str, ...]
    inbox: str
    owner: int
    key_sequence: int = 0
    untried: bool = False


class Held(msgspec.Struct):
    """A task that was taken, and how far it is. Written before each step, so nothing runs twice.

    Attributes:
        targets: what the plan said, noted before the engine starts.
        before: versions before the engine starts, as far as the plan names them.
    """

    task: Task
    state: str = "received"
    reason: str | None = None
    targets: list[Change] = []
    started: datetime | None = None
    notes: list[str] = []


class State(msgspec.Struct):
    """Everything that stops a task from being done twice.

    Attributes:
        highest: the highest sequence ever taken.
        nonces: nonce -> when the time of its task is over.
        taken: id of a task that was taken -> when its time is over: a portal that has forgotten
            that it signed a task gives it again under another number and nonce.
        moment: when this was written last.
        forgotten_until: numbers up to this moment are not taken, see ``past``.
        held: tasks that are not finished.
        stopped: id of a task that is not wanted -> until when that is remembered: it may come
            only afterwards, held back on its way.
    """

    highest: int = 0
    nonces: dict[str, datetime] = {}
    taken: dict[UUID, datetime] = {}
    moment: Moment | None = None
    forgotten_until: datetime | None = None
    held: list[Held] = []
    stopped: dict[UUID, datetime] = {}


class Line(msgspec.Struct, frozen=True):
    """One line of the device's own log.

    Attributes:
        approval, second: as of Task; "" in lines of earlier versions and of what was no task.
    """

    at: datetime
    task: str
    kind: str
    state: str
    reason: str | None
    approved_by: str
    changes: list[Change] = []
    approval: str = ""
    second: str = ""


class Store:
    """The actor's folder. What is saved is on the disk before the call returns."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use ``folder``, or the one of this device; it must not be anybody else's."""
        self.folder = folder or FOLDER

    def make(self) -> None:
        """Make the folders: closed to others, but for what the looker is to send."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        for path in (self.folder, self.outbox):
            path.mkdir(exist_ok=True, mode=0o755)
            path.chmod(0o755)

    @property
    def outbox(self) -> Path:
        """Where results lie for the looker, who can read them and nothing else."""
        return self.folder / "outbox"

    @property
    def stop_file(self) -> Path:
        """While this file is there nothing is done."""
        return self.folder / "stop"

    def save(self, name: str, data: bytes, *, mode: int = 0o600) -> None:
        """Write a file whole, and see that a loss of power does not take it back.

        Raises CannotWrite.
        """
        path = self.folder / name
        try:
            write_whole(path, data, mode=mode)
            handle = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise CannotWrite(path, error) from error

    def _load(self, name: str, shape: Any) -> Any:
        path = self.folder / name
        try:
            return msgspec.json.decode(path.read_bytes(), type=shape)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            # Never a fresh start: a lost number would let an old task through.
            raise ActorError(
                f"{path} が読めません。{self.folder} を消し、`tojimari agent leave` のあと登録からやり直してください。",
                f"{path} cannot be read. Remove {self.folder}, run `tojimari agent leave`, and enrol "
                "this device anew.",
            ) from error

    def pin(self) -> Pin | None:
        """Return whom root lets give tasks; None where nobody was allowed. Raises ActorError."""
        found: Pin | None = self._load("pin.json", Pin)
        return found

    def save_pin(self, pin: Pin) -> None:
        """Save whom to trust. Everybody may read it: nothing in it is secret."""
        self.save("pin.json", msgspec.json.encode(pin), mode=0o644)

    def remove_pin(self) -> None:
        """Trust nobody any more."""
        (self.folder / "pin.json").unlink(missing_ok=True)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else change whom to trust meanwhile: what root refused stays refused."""
        with self._locked("pin.lock", wait=True):
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Give whether no other actor works."""
        with self._locked("lock", wait=False) as locked:
            yield locked

    @contextlib.contextmanager
    def isolating(self) -> Iterator[None]:
        """Let nobody else isolate the device or let it in meanwhile: what is kept and the kernel agree."""
        if not self.folder.is_dir():  # nothing was ever kept here
            yield
            return
        with self._locked("isolation.lock", wait=True):
            yield

    @contextlib.contextmanager
    def _locked(self, name: str, *, wait: bool) -> Iterator[bool]:
        import fcntl  # not on Windows, where results are read from here and nothing is changed

        handle = os.open(self.folder / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                locked = False
            else:
                locked = True
            yield locked
        finally:
            os.close(handle)

    def state(self) -> State:
        """Return what was taken so far. Raises ActorError when it is damaged."""
        return self._load("state.json", State) or State()

    def save_state(self, state: State) -> None:
        """Save what was taken so far."""
        self.save("state.json", msgspec.json.encode(state))

    def hand_out(self, report: TaskReport) -> None:
        """Put a result where the looker sends it from; the newest says all about its task."""
        name = f"outbox/{report.task}.json"
        self.save(name, msgspec.json.encode(report), mode=0o644)
        files = sorted(self.outbox.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in files[:-KEPT_TASKS]:
            old.unlink(missing_ok=True)

    def handed_out(self, task: UUID) -> TaskReport | None:
        """Return the newest result of a task, if it still lies where the looker sends it from."""
        try:
            data = (self.outbox / f"{task}.json").read_bytes()
            return msgspec.json.decode(data, type=TaskReport)
        except (OSError, msgspec.MsgspecError):
            return None

    def note(self, line: Line) -> None:
        """Add a line to the device's own log, which everybody at the device may read."""
        path = self.folder / "log.jsonl"
        lines = path.read_bytes().splitlines() if path.exists() else []
        lines.append(msgspec.json.encode(line))
        quiet = [one for one in lines if any(word in one for word in _QUIET)]
        loud = [one for one in lines if not any(word in one for word in _QUIET)]
        kept = {*map(id, quiet[-KEPT_QUIET:]), *map(id, loud[-KEPT_LINES:])}
        lines = [one for one in lines if id(one) in kept]
        self.save("log.jsonl", b"\n".join(lines) + b"\n", mode=0o644)

    def lines(self) -> list[Line]:
        """Return the device's own log, the oldest first; a damaged line is left out."""
        found = []
        try:
            raw = (self.folder / "log.jsonl").read_bytes().splitlines()
        except OSError:
            return []
        for one in raw:
            try:
                found.append(msgspec.json.decode(one, type=Line))
            except msgspec.MsgspecError:
                continue
        return found
