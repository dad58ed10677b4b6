"""Generations of a box in a folder: signed, numbered, and always one of them the last good one.

What is on the disk at any moment says what to do next, whatever was cut off:

- ``000004.json``: a generation, with a signature of the box's own key.
- ``000004.good``: it carried the line. The last good one is the highest such number that is readable.
- ``000004.undone``: it was taken back.
- ``trial``: files are being put in place that nobody has seen work. While it is there, the last good
  one is to be put back; it goes when that is done, or when the trial is found good.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tojimari.box.generation import Generation
from tojimari.lib.files import write_once, write_whole
from tojimari.lib.folders import make_private
from tojimari.model import TojimariError

FOLDER = "var/lib/tojimari-box"
TRIAL = f"{FOLDER}/trial"
"""There while files are being changed: what a start of the system looks for."""
_CONTEXT = b"tojimari box generation\n"
_KEPT = 20
"""So many generations that were good, and as many that were not, are kept."""
RESET = "reset"
"""What ``trial`` holds while everything is taken back to what was there before Tojimari."""


class StoreBusy(TojimariError):
    """Another command changes the box right now."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(
            "いま別の命令が箱を変えています。終わってからもう一度実行してください。",
            "Another command is changing the box right now. Run this again when it has ended.",
        )


class BadGeneration(TojimariError):
    """A generation's file is not what this box wrote."""

    def __init__(self, path: Path, ja: str, en: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"{path}: {ja}。", f"{path}: {en}.")


class _Signed(msgspec.Struct):
    """A generation's file: what was signed, as text, and the signature (hex)."""

    signed: str
    signature: str


class Good(msgspec.Struct, frozen=True):
    """That a generation was found good.

    Attributes:
        at: when (UTC).
        proven: whether the line was seen alive with it; False where nobody looked (no line yet).
    """

    at: datetime
    proven: bool


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file whole; when this returns, a power cut does not take it back. Raises OSError."""
    write_whole(path, data, mode=mode)
    sync_folder(path.parent)


def remove_durably(path: Path) -> None:
    """Remove a file, where it is there; when this returns it stays away. Raises OSError."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def make_durably(folder: Path) -> None:
    """Make a folder and those above it, where missing, so that a power cut leaves them. Raises OSError."""
    if folder.is_dir():
        return
    make_durably(folder.parent)
    folder.mkdir(exist_ok=True, mode=0o755)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Store:
    """The folder of a box's generations."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``; it is made when something is first written."""
        self.folder = folder

    @property
    def seen(self) -> Path:
        """Where it is kept how the line was last."""
        return self.folder / "line.json"

    @contextlib.contextmanager
    def lock(self, wait_seconds: float) -> Iterator[None]:
        """Let nobody else change the box meanwhile. Raises StoreBusy after ``wait_seconds``."""
        import fcntl  # the agent of a Windows computer asks whether it is a box, and has none

        make_private(self.folder)
        sync_folder(self.folder.parent)
        with (self.folder / "lock").open("w") as file:
            until = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= until:
                        raise StoreBusy from None
                    time.sleep(min(0.2, wait_seconds))
            yield

    def hidden(self) -> bool:
        """Whether the folder is there and this user may not look into it."""
        return self.folder.is_dir() and not os.access(self.folder, os.R_OK | os.X_OK)

    # What is there

    def numbers(self, ending: str) -> list[int]:
        """Return the numbers of files with this ending (``json``, ``good``, ``undone``), sorted."""
        found = (path.stem for path in self.folder.glob(f"*.{ending}"))
        return sorted(int(stem) for stem in found if stem.isdecimal() and stem.isascii())

    def path(self, number: int, ending: str = "json") -> Path:
        """Return the place of a generation's file."""
        return self.folder / f"{number:06}.{ending}"

    def read(self, number: int) -> Generation:
        """Return a generation. Raises BadGeneration where it is not what this box wrote."""
        path = self.path(number)
        try:
            data = path.read_bytes()
        except OSError as error:
            said = error.strerror
            raise BadGeneration(path, f"読めません ({said})", f"cannot be read ({said})") from error
        try:
            kept = msgspec.json.decode(data, type=_Signed)
            signed = kept.signed.encode()
            self._public().verify(bytes.fromhex(kept.signature), _CONTEXT + signed)
            made = msgspec.json.decode(signed, type=Generation)
        except InvalidSignature as error:
            raise BadGeneration(
                path,
                "署名がこの箱のものではありません。書き換わっています",
                "its signature is not this box's: it was changed",
            ) from error
        except (msgspec.MsgspecError, ValueError, OSError) as error:
            raise BadGeneration(path, "壊れています", "is damaged") from error
        if made.number != number:
            raise BadGeneration(
                path,
                f"中身は第{made.number}世代です。名前が変わっています",
                f"holds generation {made.number}: it was renamed",
            )
        return made

    def last_good(self) -> Generation | None:
        """Return the newest generation that was found good and can be read."""
        for number in reversed(self.numbers("good")):
            with contextlib.suppress(BadGeneration):
                return self.read(number)
        return None

    def newest_readable(self) -> Generation | None:
        """Return the newest generation that can be read, good or not."""
        for number in reversed(self.numbers("json")):
            with contextlib.suppress(BadGeneration):
                return self.read(number)
        return None

    def good(self, number: int) -> Good | None:
        """Return that a generation was found good; None where it was not.

        An unreadable note counts as not proven: the file's name alone says that it was good.
        """
        path = self.path(number, "good")
        try:
            return msgspec.json.decode(path.read_bytes(), type=Good)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError):
            at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            return Good(at, proven=False)

    def next_number(self) -> int:
        """Return the number that the next generation takes."""
        used = [n for ending in ("json", "good", "undone") for n in self.numbers(ending)]
        return max(used, default=0) + 1

    def trial(self) -> str | None:
        """Return what the trial's mark holds (a number, RESET, anything); None without a trial."""
        try:
            return (
                (self.folder / Path(TRIAL).name).read_bytes()[:40].decode(errors="replace").strip()
            )
        except FileNotFoundError:
            return None
        except OSError:
            return ""

    # Changes; the caller holds the lock

    def add(self, generation: Generation) -> None:
        """Keep a generation. Raises OSError."""
        signed = msgspec.json.encode(generation)
        signature = self._private().sign(_CONTEXT + signed).hex()
        kept = _Signed(signed.decode(), signature)
        write_durably(self.path(generation.number), msgspec.json.encode(kept))

    def begin_trial(self, what: int | str) -> None:
        """Note that files are being changed. Raises OSError."""
        write_durably(self.folder / Path(TRIAL).name, f"{what}\n".encode())

    def accept(self, number: int, good: Good) -> None:
        """Note that the trial is good; from then on it is the last good one. Raises OSError."""
        write_durably(self.path(number, "good"), msgspec.json.encode(good))
        remove_durably(self.folder / Path(TRIAL).name)
        self._forget_old()

    def end_trial(self, undone: int | None, at: datetime) -> None:
        """Note that the trial was taken back (``undone``: its number, where known). Raises OSError."""
        if undone is not None:
            write_durably(self.path(undone, "undone"), msgspec.json.encode(at))
        remove_durably(self.folder / Path(TRIAL).name)

    def forget_generations(self) -> None:
        """Remove all generations and how the line was; the mark and the key stay. Raises OSError."""
        for ending in ("good", "undone", "json"):
            for number in self.numbers(ending):
                self.path(number, ending).unlink(missing_ok=True)
        remove_durably(self.seen)

    def forget_rest(self) -> None:
        """Remove the trial's mark, then the key. Raises OSError."""
        remove_durably(self.folder / Path(TRIAL).name)
        remove_durably(self.folder / "key")

    def _forget_old(self) -> None:
        good = self.numbers("good")
        for number in self.numbers("json"):
            newer = [n for n in good if n > number]
            if len(newer) >= _KEPT:
                for ending in ("good", "undone", "json"):
                    self.path(number, ending).unlink(missing_ok=True)

    # The key

    def _private(self) -> Ed25519PrivateKey:
        made = Ed25519PrivateKey.generate().private_bytes_raw().hex().encode()
        path = self.folder / "key"
        held = path.read_bytes() if path.exists() else write_once(path, made)
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(held.decode()))

    def _public(self) -> Ed25519PublicKey:
        held = (self.folder / "key").read_bytes()
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(held.decode())).public_key()

    def fingerprint(self) -> str | None:
        """Return the first 16 hex digits of the SHA-256 of the public key; None without a key."""
        try:
            public = self._public()
        except (OSError, ValueError):
            return None
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(raw).hexdigest()[:16]
