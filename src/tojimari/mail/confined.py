"""Reads files of strangers in a process of their own, and believes nothing it answers unchecked."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from types import TracebackType

import msgspec

from tojimari.mail.frames import Incoming, Settings, send
from tojimari.mail.message import MAIL_BYTES, Gap, Message

SECONDS = 20.0
"""After so long the process is ended, however little of the processor it had."""
TURN_SECONDS = 5.0
"""So long a file waits for the one before it."""
QUEUE = 3
"""Files at once: one is read, the others wait."""
_QUEUE_SECONDS = 0.5
_ANSWER_BYTES = 33 << 20
_MODULE = "tojimari.mail.reading_process"


_MAY_WAIT = os.name == "posix"
"""Whether one can wait for a pipe for so long and no longer; a thread for each mail costs more."""
_KEPT = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LANG", "LC_ALL", "TEMP", "TMPDIR")


class Busy(BlockingIOError):
    """Too many files at once: this one was not looked at, and may be handed in again."""


def bare_environment() -> dict[str, str]:
    """Return what a process that reads a stranger's bytes may know of ours: none of its secrets."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


@contextlib.contextmanager
def _ended_when_late(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """End a process that takes too long meanwhile, where one cannot wait for its pipes with a limit."""
    if _MAY_WAIT:
        yield
        return
    over = threading.Timer(SECONDS, process.kill)
    over.start()
    try:
        yield
    finally:
        over.cancel()


@contextlib.contextmanager
def turn(of: "threading.Semaphore | threading.Lock", seconds: float) -> Iterator[None]:
    """Hold ``of`` meanwhile. Raises Busy where it was not free within ``seconds``."""
    if not of.acquire(timeout=seconds):
        raise Busy
    try:
        yield
    finally:
        of.release()


class Reader:
    """One reading process, started with the first file and again after it was ended.

    A context manager. ``ready``: it loads everything before the first file, for many files or a
    service that waits for them; otherwise only what a file needs.
    """

    def __init__(self, *, ready: bool = False, own_servers: Sequence[str] = ()) -> None:
        """Start nothing yet."""
        self._command = [sys.executable, "-m", _MODULE, *(["--ready"] if ready else [])]
        self._own_servers = tuple(own_servers)
        self._process: subprocess.Popen[bytes] | None = None
        self._one = threading.Lock()
        self._queue = threading.BoundedSemaphore(QUEUE)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Start the process before the first file is there: it loads what it needs meanwhile."""
        with self._one:
            self._started()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent yet goes nowhere
                        pipe.close()
            self._process = None

    def read(self, data: bytes, *, together: bool = False) -> list[Message]:
        """Return the messages in a file (``reading.read_file``); never raises for what is in it.

        Raises Busy where other threads keep the process busy for too long.

        ``together``: it may be read by the child that reads others which one person handed in
        together (``batch.py``); never for mails of different companies. Where the process was stopped there is one message without contents, whose gap says why:
        took_too_long, too_much_memory, stopped.
        """
        settings = Settings(self._own_servers, together, len(data) > MAIL_BYTES)
        data = data[:MAIL_BYTES]  # of a larger one only its beginning is read, and so said
        with turn(self._queue, _QUEUE_SECONDS), turn(self._one, TURN_SECONDS):
            process, until = self._started(), time.monotonic() + SECONDS
            try:
                with _ended_when_late(process):
                    found = self._asked(process, data, msgspec.json.encode(settings), until)
            except (OSError, ValueError):
                found = None
            if found:
                return found
            late = time.monotonic() >= until
            self.close()
            return [Message("mail", gaps=(Gap("took_too_long" if late else "stopped"),))]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                self._command,
                bufsize=0,  # frames are read and written whole
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=bare_environment(),
            )
            if _MAY_WAIT and self._process.stdin is not None:
                os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _asked(
        self, process: subprocess.Popen[bytes], data: bytes, settings: bytes, until: float
    ) -> list[Message] | None:
        if process.stdin is None or process.stdout is None:
            return None
        send(process.stdin.fileno(), settings, data, until=until)
        answers = Incoming(process.stdout.fileno())  # nothing is left of the last one
        found = answers.frame(_ANSWER_BYTES, until if _MAY_WAIT else None)
        return None if found is None else msgspec.json.decode(found, type=list[Message])
