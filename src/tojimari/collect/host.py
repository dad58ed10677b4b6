"""Access to a machine: read files and run commands, read-only, with limits.

Collectors see the machine only through a Host, so that the same collector works on the real
root, on a prefix root, and on recorded outputs.
"""

import contextlib
import glob
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import msgspec

from tojimari.collect.failures import Denied as Denied
from tojimari.collect.failures import ErrorAnswered as ErrorAnswered
from tojimari.collect.failures import Missing as Missing
from tojimari.collect.failures import Nonsense as Nonsense
from tojimari.collect.failures import TookTooLong as TookTooLong

# Whoever looks through a host takes its failures from here as well.
from tojimari.collect.failures import Unavailable as Unavailable
from tojimari.collect.failures import Unreachable as Unreachable

if TYPE_CHECKING:
    from tojimari.collect.windows_system import WindowsSystem

MAX_OUTPUT_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ERROR_BYTES = 64 * 1024
_CHUNK = 256 * 1024


class Output(msgspec.Struct, frozen=True):
    """What a command gave: exit code, standard output, standard error (text, never None)."""

    code: int
    out: str
    err: str


class Host(Protocol):
    """What collectors may do with a machine. Nothing here writes."""

    @property
    def root(self) -> Path:
        """Root folder that absolute paths are taken from; ``/`` on the real machine."""

    def path(self, absolute: str) -> Path:
        """Return where ``absolute`` (a path on the machine) really is."""

    def read(self, absolute: str) -> str:
        """Return a text file's content. Raises Missing, Denied or Nonsense."""

    def read_bytes(self, absolute: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """Return the first ``limit`` bytes of a file. Raises Missing, Denied or Nonsense."""

    def mtime(self, absolute: str) -> datetime | None:
        """Return when a file was last changed (UTC); None when it is missing or hidden."""

    def exists(self, absolute: str) -> bool:
        """Return whether the path exists. Raises Denied when that cannot be told."""

    def glob(self, absolute_pattern: str) -> list[str]:
        """Return machine paths that match, sorted; folders that may not be read give none."""

    def which(self, program: str) -> str | None:
        """Return the program's path, also from the sbin folders, or None."""

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        """Run a command without shell or input, in the C locale.

        Raises Missing, Denied, TookTooLong or Nonsense. A non-zero exit code is not an error here.
        """

    def pipe(
        self, first: Sequence[str], second: Sequence[str], *, limit_seconds: float = 4.0
    ) -> Output:
        """Run two commands, the output of the first being the input of the second.

        So a large file can be decompressed and filtered without ever being held here whole.
        Returns the second's output; raises as ``run``, and Nonsense when the first one failed.
        """

    def is_root(self) -> bool:
        """Return whether the process may read everything."""

    @property
    def windows(self) -> "WindowsSystem":
        """The registry and functions of a Windows; on every other system all of it is Missing."""


_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def _search_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), *_SBIN])


class LocalHost:
    """The machine we run on, or a prefix root on it (``root``)."""

    def __init__(self, root: Path = Path("/")) -> None:
        """Look below ``root``; programs are always those of the running machine."""
        self._root = root
        self._running: set[subprocess.Popen[bytes]] = set()

    @property
    def root(self) -> Path:
        """See Host."""
        return self._root

    def path(self, absolute: str) -> Path:
        """See Host."""
        return self._root / absolute.lstrip("/")

    def read(self, absolute: str) -> str:
        """See Host."""
        data = self.read_bytes(absolute, MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise Nonsense(f"{absolute}: larger than {MAX_FILE_BYTES} bytes")
        return data.decode("utf-8", errors="replace")

    def read_bytes(self, absolute: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """See Host."""
        try:
            place = self.path(absolute)
            # Not blocking: a named pipe in the place of a file must not hold us up.
            if not stat.S_ISREG(place.stat().st_mode):
                # Looked at before opening: opening some devices already does something.
                raise Nonsense(f"{absolute}: is not a plain file")
            handle = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(handle, "rb") as file:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise Nonsense(f"{absolute}: is not a plain file")
                return _read_up_to(file, limit)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Missing(absolute) from error
        except PermissionError as error:
            raise Denied(absolute) from error
        except (OSError, ValueError, TypeError) as error:
            raise Nonsense(f"{absolute}: {error}") from error

    def mtime(self, absolute: str) -> datetime | None:
        """See Host."""
        try:
            return datetime.fromtimestamp(self.path(absolute).stat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            return None

    def exists(self, absolute: str) -> bool:
        """See Host."""
        try:
            self.path(absolute).stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except PermissionError as error:
            raise Denied(absolute) from error
        except (OSError, ValueError):
            return False
        return True

    def glob(self, absolute_pattern: str) -> list[str]:
        """See Host."""
        try:
            parts = [part for part in absolute_pattern.split("/") if part not in ("", ".")]
            # Not by Path.glob, which takes twice as long for the hundreds of a look.
            found = glob.glob("/".join(parts), root_dir=self._root, include_hidden=True)  # noqa: PTH207
            if parts and not glob.has_magic(parts[-1]):
                # What a pattern names in full counts only where it is; a link may lead nowhere.
                found = [path for path in found if self.path(path).exists()]
            return sorted("/" + path.replace(os.sep, "/") for path in found)
        except (OSError, ValueError):
            return []

    def which(self, program: str) -> str | None:
        """See Host."""
        return shutil.which(program, path=_search_path())

    def _start(
        self, argv: Sequence[str], stdin: "int | IO[bytes]" = subprocess.DEVNULL
    ) -> "subprocess.Popen[bytes]":
        program = self.which(argv[0])
        if program is None:
            raise Missing(argv[0])
        environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "LANGUAGE": "",
            "PATH": _search_path(),
        }
        try:
            process = subprocess.Popen(
                [program, *argv[1:]],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except PermissionError as error:
            raise Denied(argv[0]) from error
        except OSError as error:
            raise Nonsense(f"{argv[0]}: {error}") from error
        self._running.add(process)
        return process

    def stop_all(self) -> None:
        """End commands that collectors left behind when they ran out of time."""
        for process in list(self._running):
            if process.poll() is None:
                _stop(process)
        self._running.clear()

    def pipe(
        self, first: Sequence[str], second: Sequence[str], *, limit_seconds: float = 4.0
    ) -> Output:
        """See Host."""
        source = self._start(first)
        try:
            process = self._start(second, stdin=source.stdout or subprocess.DEVNULL)
        except Unavailable:
            _stop(source)
            raise
        if source.stdout is not None:
            source.stdout.close()  # so that the first ends when the second stops reading
        try:
            output = self._finish(process, second, limit_seconds)
            with contextlib.suppress(subprocess.TimeoutExpired):
                source.wait(timeout=1)
            if source.returncode != 0:
                # Half an input looks like a whole one to the second command.
                raise Nonsense(f"{first[0]}: ended with {source.returncode}")
            return output
        finally:
            _stop(source)
            self._running.discard(source)
            if source.stderr is not None:
                source.stderr.close()

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        """See Host."""
        return self._finish(self._start(argv), argv, limit_seconds)

    def _finish(
        self, process: "subprocess.Popen[bytes]", argv: Sequence[str], limit_seconds: float
    ) -> Output:
        late = threading.Event()
        errors: list[bytes] = []

        def give_up() -> None:
            late.set()
            _stop(process)

        def read_errors() -> None:
            # What is beyond the limit stays in the pipe; a command that goes on writing errors
            # blocks there until its time is over.
            if process.stderr is not None:
                errors.append(process.stderr.read(MAX_ERROR_BYTES))

        # Read up to the limit and no further: a command that prints without end must not fill
        # our memory while the clock runs.
        timer = threading.Timer(limit_seconds, give_up)
        reader = threading.Thread(target=read_errors, daemon=True)
        timer.daemon = True
        timer.start()
        reader.start()
        try:
            out = _read_up_to(process.stdout, MAX_OUTPUT_BYTES + 1) if process.stdout else b""
            too_much = len(out) > MAX_OUTPUT_BYTES
            if too_much:
                _stop(process)
            code = process.wait()
            reader.join(timeout=1)
        finally:
            timer.cancel()
            self._running.discard(process)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None and not reader.is_alive():
                    pipe.close()
        if late.is_set():
            raise TookTooLong(" ".join(argv))
        if too_much:
            raise Nonsense(f"{argv[0]}: more than {MAX_OUTPUT_BYTES} bytes of output")
        err = errors[0] if errors else b""
        return Output(
            code, out.decode("utf-8", errors="replace"), err.decode("utf-8", errors="replace")
        )

    def is_root(self) -> bool:
        """See Host."""
        return hasattr(os, "geteuid") and os.geteuid() == 0

    @property
    def windows(self) -> "WindowsSystem":
        """See Host."""
        # Only there: what stands behind it costs every other system time to load.
        if sys.platform == "win32":
            from tojimari.collect.running_windows import RunningWindows

            return RunningWindows()
        from tojimari.collect.windows_system import NoWindows

        return NoWindows()


def _read_up_to(file: IO[bytes], limit: int) -> bytes:
    """Read at most ``limit`` bytes. ``read(limit)`` would set aside all of it at once."""
    chunks: list[bytes] = []
    size = 0
    while size < limit and (chunk := file.read(min(_CHUNK, limit - size))):
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a command and everything it started; never wait for something that cannot die."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
