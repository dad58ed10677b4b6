"""Reads what the looker dropped, as root, from a folder that is not root's: nothing is believed.

Links are not followed, only plain small files are opened, and a folder that is not the looker's own
is not read at all. What can be dropped: tasks (``*.task``), statements about the next key
(``*.key``), and empty files that say which task is not wanted any more (``*.stop``).
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from tojimari.agent.tasks import MAX_TASK_BYTES, named_sequence

_AT_ONCE = 200


class Dropped(msgspec.Struct, frozen=True):
    """What lay in the inbox: tasks and key statements by name, and ids of stopped tasks."""

    tasks: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    stops: tuple[UUID, ...] = ()


class Inbox:
    """The folder at ``path``, which has to belong to the user ``owner``."""

    def __init__(self, path: str, owner: int) -> None:
        """Look there; nothing is opened yet."""
        self.path, self.owner = path, owner

    @contextlib.contextmanager
    def _open(self) -> Iterator[int | None]:
        try:
            folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            yield None
            return
        try:
            yield folder if os.fstat(folder).st_uid == self.owner else None
        finally:
            os.close(folder)

    def read(self) -> tuple[Dropped, tuple[str, ...]]:
        """Return what lies there, and the names to take away once it is safely kept."""
        tasks: list[str] = []
        keys: list[str] = []
        stops: list[UUID] = []
        names: list[str] = []
        with self._open() as folder:
            if folder is None:
                return Dropped(), ()
            for name in _ours(os.listdir(folder)):  # noqa: PTH208  # of the open folder
                stem, _, ending = name.rpartition(".")
                names.append(name)
                if ending == "stop":
                    with contextlib.suppress(ValueError):
                        stops.append(UUID(stem))
                elif text := _content(name, folder):
                    (tasks if ending == "task" else keys).append(text)
        # In the order they were given out; what claims a wrong place is refused for its number.
        return Dropped(tuple(sorted(tasks, key=named_sequence)), tuple(keys), tuple(stops)), tuple(
            names
        )

    def take_away(self, names: tuple[str, ...]) -> None:
        """Remove files that were read."""
        with self._open() as folder:
            for name in names if folder is not None else ():
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=folder)


def _ours(names: Iterable[str]) -> list[str]:
    """Return what is read of a folder: stops before all else, so that nothing can hide one."""
    found = [(name.rpartition(".")[2], name) for name in names]
    order = {"stop": 0, "key": 1, "task": 2}
    known = sorted((order[end], name) for end, name in found if end in order)
    return [name for _, name in known[:_AT_ONCE]]


def _content(name: str, folder: int) -> str:
    """Return a small plain file's ASCII text; "" for anything else."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return ""
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return ""
        # What is too long is kept so: it is refused, and that is said.
        data = os.read(handle, MAX_TASK_BYTES + 1)
    except OSError:
        return ""
    finally:
        os.close(handle)
    return data.decode("ascii", "replace").strip()
