"""One look with an administrator's rights on Windows: asked once, looked once, nothing stays.

The portal, which runs without those rights, leaves a question in a new folder of its owner's and
starts our own program by the verb "runas" (Microsoft Learn, "ShellExecuteExW"): Windows asks its
person, who may say no. The program looks, puts the answer beside the question, and ends. Each
side takes what the other left for hostile: other programs of the same person can write there.
"""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection
from contextlib import ExitStack
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import msgspec

from tojimari.catalog import Catalog
from tojimari.collect.device.windows.api.accounts import token
from tojimari.collect.host import Unavailable
from tojimari.collect.local_device import look_here
from tojimari.lib.files import write_whole
from tojimari.model import Observation, StoredObservation, Subject, TojimariError, restored, stored
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceBackups,
    DeviceBrowsers,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceSoftware,
    DeviceSudo,
    DeviceWifi,
    fact_kinds,
)

QUESTION, ANSWER = "question.json", "answer.json"
MOST_BYTES = 2_000_000
LIMIT_SECONDS = 300
OF_THE_PERSON = frozenset(
    kind.KIND
    for kind in (
        DeviceAccounts,
        DeviceBackups,
        DeviceBrowsers,
        DeviceRemovableMedia,
        DeviceScreenLock,
        DeviceSoftware,
        DeviceSudo,
        DeviceWifi,
    )
)
"""Kinds that hold what each person decides or has: another account's are not its owner's."""
_CANCELLED = 1223  # ERROR_CANCELLED: the person said no
_NO_CLOSE, _NO_ASYNC = 0x40, 0x100  # SEE_MASK_NOCLOSEPROCESS, SEE_MASK_NOASYNC
_HIDDEN = 0  # SW_HIDE
_LONGEST_PATH = 32_768


class NotElevated(TojimariError):
    """There was no look with more rights."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked.

    Attributes:
        device: the id of this computer's subject.
        kinds: the fact kinds to look at.
        user: the SID of whom it is asked for.
    """

    schema: Literal["tojimari.elevated/1"]
    device: UUID
    kinds: tuple[str, ...]
    user: str


def available() -> bool:
    """Return whether this is a Windows on which we run without an administrator's rights."""
    try:
        held = token()
    except Unavailable:
        return False
    return isinstance(held, dict) and held.get("elevated") == 0


def look_elevated(kinds: Collection[str], *, device: Subject, at: datetime) -> list[Observation]:
    """Ask the person for more rights and return what was seen with them. Raises NotElevated."""
    question = Question("tojimari.elevated/1", UUID(device.id), tuple(sorted(kinds)), _user())
    # Not by mkdtemp: there Python lets in the owner of each file alone, which is the administrators'
    # group for what an elevated program makes, and the answer could not be read. This folder lets
    # in whom the person's own one for temporary files does.
    folder = Path(tempfile.gettempdir(), f"tojimari-{secrets.token_hex(16)}")
    folder.mkdir()
    try:
        write_whole(folder / QUESTION, msgspec.json.encode(question))
        _start_and_wait(folder)
        return read_answer(folder, question, at)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def answer(folder: Path, *, catalog: Catalog, at: datetime) -> None:
    """Look, as the question in ``folder`` says, and leave the answer there. Raises NotElevated."""
    with ExitStack() as held:
        try:
            file = held.enter_context((folder / QUESTION).open("rb"))
            question = msgspec.json.decode(file.read(MOST_BYTES), type=Question)
        except (OSError, msgspec.MsgspecError) as error:
            raise _unreadable() from error
        kinds = set(question.kinds) & set(fact_kinds())
        if not question.user or _user() != question.user:
            kinds -= OF_THE_PERSON
        device = Subject("device", str(question.device))
        seen = look_here(catalog=catalog, device=device, at=at, kinds=kinds) if kinds else []
        chosen = [stored(one) for one in seen if one.kind in kinds]
        leave(folder, msgspec.json.encode(chosen), beside=file.fileno())


def leave(folder: Path, data: bytes, *, beside: int) -> None:
    """Write the answer into ``folder``, where the question lies that is open as ``beside``.

    A new file, never over one that is there, and in no folder that leads elsewhere, also not by a
    folder above that was turned meanwhile: who has these rights must not be led to write where the
    person could not. Raises NotElevated.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        if folder.is_symlink() or _leads_elsewhere(folder):
            raise _unreadable()
        with os.fdopen(os.open(folder / ANSWER, flags, 0o600), "wb") as file:
            place = _place(file.fileno())
            here = place.parent == _place(beside).parent
            if here:
                file.write(data)
        if not here:
            place.unlink()
            raise _unreadable()
    except OSError as error:
        raise _unreadable() from error


def read_answer(folder: Path, question: Question, asked_at: datetime) -> list[Observation]:
    """Return the observations in the answer to ``question``; only those that fit it.

    asked_at: what was seen before is none of this look. Raises NotElevated.
    """
    try:
        with (folder / ANSWER).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        found = msgspec.json.decode(data, type=list[StoredObservation])
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable() from error
    if len(data) > MOST_BYTES:
        raise _unreadable()
    device = Subject("device", str(question.device))
    latest = asked_at + timedelta(seconds=2 * LIMIT_SECONDS)
    taken: dict[str, Observation] = {}
    for row in found:
        fits = (
            row.kind in question.kinds
            and row.kind not in taken
            and row.subject == device
            and row.source == "measured"
            and row.observed_at == row.last_confirmed_at
            and row.observed_at.tzinfo is not None
            and asked_at <= row.observed_at <= latest
        )
        shape = fact_kinds().get(row.kind)
        if (
            not fits
            or shape is None
            or not set(row.partly_not_seen) <= set(shape.__struct_fields__)
        ):
            raise _unreadable()
        observation = restored(row)
        if observation.unread is not None:
            raise _unreadable()
        taken[row.kind] = observation
    return list(taken.values())


def _unreadable() -> NotElevated:
    return NotElevated(
        "管理者の権限で調べた結果を受け取れませんでした。もう一度試してください。",
        "What was seen with administrator rights could not be taken over. Try again.",
    )


def _user() -> str:
    """Return the SID of whom this program runs for; "" on other systems than Windows."""
    try:
        held = token()
    except Unavailable:
        return ""
    return str(held.get("sid")) if isinstance(held, dict) else ""


def _leads_elsewhere(folder: Path) -> bool:
    """Return whether a folder is a junction of Windows'."""
    attributes = getattr(os.lstat(folder), "st_file_attributes", 0)
    return bool(attributes & 0x400)  # FILE_ATTRIBUTE_REPARSE_POINT


def _place(descriptor: int) -> Path:
    """Return where an open file really lies, whatever path led there. Raises OSError.

    Windows tells by GetFinalPathNameByHandleW (fileapi.h); Linux, for the tests, by its list of
    open files.
    """
    if sys.platform != "win32":
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    import ctypes
    import msvcrt

    ask = ctypes.WinDLL("kernel32", use_last_error=True).GetFinalPathNameByHandleW
    ask.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p, ctypes.c_uint32, ctypes.c_uint32)
    ask.restype = ctypes.c_uint32
    held = ctypes.create_unicode_buffer(_LONGEST_PATH)
    length = ask(msvcrt.get_osfhandle(descriptor), held, _LONGEST_PATH, 0)
    if not 0 < length < _LONGEST_PATH:
        raise ctypes.WinError(ctypes.get_last_error())
    return Path(held.value)


def command(folder: Path) -> tuple[str, str]:
    """Return the program to start, ours where it is there, and its arguments as one text."""
    words = ["check", "--answer", str(folder)]
    ours = Path(sys.executable).with_name("tojimari.exe")
    if ours.is_file():
        return str(ours), subprocess.list2cmdline(words)
    # Isolated: neither the person's environment nor a folder of theirs says what is loaded.
    return sys.executable, subprocess.list2cmdline(["-I", "-B", "-m", "tojimari", *words])


def _start_and_wait(folder: Path) -> None:
    """Start our program with more rights, if its person agrees, and wait for its end."""
    pythoncom, shell = _of_windows("pythoncom"), _of_windows("win32com.shell.shell")
    program, arguments = command(folder)
    pythoncom.CoInitialize()
    try:
        started = shell.ShellExecuteEx(
            fMask=_NO_CLOSE | _NO_ASYNC,
            lpVerb="runas",
            lpFile=program,
            lpParameters=arguments,
            lpDirectory=str(Path(program).parent),
            nShow=_HIDDEN,
        )
        waited = _of_windows("win32event").WaitForSingleObject(
            started["hProcess"], LIMIT_SECONDS * 1000
        )
    except Exception as error:  # pywin32's error types exist on Windows alone
        if getattr(error, "winerror", 0) == _CANCELLED:
            raise NotElevated(
                "管理者の権限での確認は、許可されませんでした。何も変わっていません。",
                "Looking with administrator rights was not allowed. Nothing has changed.",
            ) from error
        raise _unreadable() from error
    finally:
        pythoncom.CoUninitialize()
    if waited != 0:
        raise _unreadable()


def _of_windows(name: str) -> Any:
    """Return a module that exists on Windows alone; this one is read everywhere."""
    return import_module(name)
