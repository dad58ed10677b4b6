"""Reads a log that an engine writes: every whole line once, through rotation and restarts.

A log is a path and what becomes of it: files that were renamed, copied or compressed beside it. How
far each file was read is a ``Place``. A batch carries lines and the place behind them, and whoever
takes a batch keeps both in one step: then a crash at any moment counts nothing twice.

What a file is, is told by what stands in it: digests of its first bytes and of those before the
place. Device and inode only say where to look first; after a copy-and-truncate they lie.
"""

import bz2
import errno
import gzip
import hashlib
import lzma
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

HEAD_BYTES = 1024
TAIL_BYTES = 256
LONGEST_LINE = 256 * 1024
"""Bytes of a line that is still read; a longer one is passed over and counted."""
CHUNK_BYTES = 1024 * 1024
MOST_FILES = 400
"""Files of one log that are looked at, the newest first."""
KEPT_PLACES = 1000
"""Places of one log that are kept, the newest: more than files that are looked at, so that no file
whose place was forgotten is read anew."""

_NEVER_WAIT = (
    getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
)

XZ_MEMORY_BYTES = 80 * 1024 * 1024
"""What unpacking an .xz file may take: enough for what ``xz -9`` packed (65 MiB, xz(1)). Who writes
the file says how much it needs, up to gigabytes."""


class _Xz:
    """An .xz file that is unpacked within bounds; ``lzma.LZMAFile`` knows none."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.unpacking, self.begun = self._fresh(), False

    @staticmethod
    def _fresh() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)

    def seek(self, offset: int) -> None:
        """Go to the beginning; nothing else is asked for."""
        self.file.seek(offset)
        self.unpacking, self.begun = self._fresh(), False

    def read1(self, size: int) -> bytes:
        """Return the next bytes; none at the end. Raises one of ``_DAMAGED``."""
        packed = b""
        while True:
            if self.unpacking.eof:  # several may stand one after the other, filled up with zeros
                packed = self.unpacking.unused_data.lstrip(b"\0")
                self.unpacking, self.begun = self._fresh(), False
            if not packed and self.unpacking.needs_input:
                packed = self.file.read(_PACKED_BYTES)
                if not packed:
                    if self.begun:
                        raise EOFError
                    return b""
                if not self.begun:
                    packed = packed.lstrip(b"\0")
            self.begun = self.begun or bool(packed)
            made = self.unpacking.decompress(packed, size)
            packed = b""
            if made:
                return made


Compressed = gzip.GzipFile | bz2.BZ2File | _Xz
_PACKED_BYTES = 64 * 1024
_OPENERS: dict[str, Callable[[BinaryIO], Compressed]] = {
    ".gz": lambda file: gzip.GzipFile(fileobj=file),
    ".bz2": bz2.BZ2File,
    ".xz": _Xz,
}
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError)


class Place(msgspec.Struct, frozen=True):
    """How far one file of a log was read.

    Attributes:
        number: counts the files of a log in the order in which they were met.
        device, inode: where the file lay when it was read last.
        offset: bytes behind which nothing was read yet; of the content, where it is compressed.
        head_size, head: how many bytes at the beginning, and their digest (hex).
        tail_size, tail: how many bytes before ``offset``, and their digest (hex).
        skipping: whether ``offset`` stands within a line that is too long to be read.
        closed: the file is compressed and was read whole: nothing is added any more.
    """

    number: int
    device: int
    inode: int
    offset: int = 0
    head_size: int = 0
    head: str = ""
    tail_size: int = 0
    tail: str = ""
    skipping: bool = False
    closed: bool = False


class Batch(msgspec.Struct, frozen=True):
    """Some lines of one file.

    Attributes:
        lines: whole lines without their end, without NULs; no empty ones.
        too_long: lines that were passed over because of their length.
        place: how far the file was read with these.
        before: how far it was read without them; None for a file that is new.
        dropped: numbers of places that need not be kept any more.
    """

    lines: list[bytes]
    too_long: int
    place: Place
    before: Place | None = None
    dropped: tuple[int, ...] = ()


def digest(data: bytes) -> str:
    """Return the digest (BLAKE2b, 16 bytes, hex) by which bytes are known again."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


class _Stream:
    """A compressed file read at any offset; going forward never begins anew."""

    def __init__(self, content: Compressed) -> None:
        self.content = content
        self.begin, self.held = 0, b""  # the last bytes that were read, and where they stand
        self.damaged = False  # or not written whole yet

    def read_at(self, offset: int, size: int) -> bytes:
        if offset < self.begin:
            self.content.seek(0)
            self.begin, self.held, self.damaged = 0, b"", False
        while (end := self.begin + len(self.held)) < offset + size and not self.damaged:
            try:
                part = self.content.read1(CHUNK_BYTES)
            except _DAMAGED:
                self.damaged = True
                break
            if not part:
                break
            kept = self.held[-(TAIL_BYTES + max(0, end - offset)) :]
            self.begin, self.held = end - len(kept), kept + part
        at = offset - self.begin
        return self.held[at : at + size] if at >= 0 else b""


class _File:
    """One open file of a log."""

    def __init__(self, path: Path, handle: BinaryIO, *, current: bool) -> None:
        self.path, self.current, self.handle = path, current, handle
        status = os.fstat(handle.fileno())
        self.device, self.inode = status.st_dev, status.st_ino
        self.changed = status.st_mtime_ns
        self.state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        opener = None if current else _OPENERS.get(path.suffix)
        self.stream = _Stream(opener(handle)) if opener else None

    @property
    def compressed(self) -> bool:
        """Whether it is compressed; its offsets are those of the content."""
        return self.stream is not None

    @property
    def complete(self) -> bool:
        """Whether nothing can be added: it is compressed, and no part is missing."""
        return self.stream is not None and not self.stream.damaged

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes; fewer at the end, or where a compressed file is damaged."""
        if self.stream is not None:
            return self.stream.read_at(offset, size)
        self.handle.seek(offset)
        return self.handle.read(size)

    def after_hole(self, offset: int) -> int:
        """Return where something is written again, from ``offset`` on; the system knows its holes."""
        if self.stream is not None or not hasattr(os, "SEEK_DATA"):
            return offset
        size = os.fstat(self.handle.fileno()).st_size
        try:
            return os.lseek(self.handle.fileno(), offset, os.SEEK_DATA)
        except OSError as error:  # nothing but a hole to the end
            return max(offset, size) if error.errno == errno.ENXIO else offset

    @cached_property
    def head(self) -> bytes:
        """Its first bytes."""
        return self.read_at(0, HEAD_BYTES)

    def begins_as(self, place: Place) -> bool:
        """Whether its first bytes are those of ``place``."""
        head = self.head[: place.head_size]
        return len(head) == place.head_size and digest(head) == place.head

    def fits(self, place: Place) -> bool:
        """Whether ``place`` can be a place in this file."""
        if not self.begins_as(place):
            return False
        tail = self.read_at(place.offset - place.tail_size, place.tail_size)
        return len(tail) == place.tail_size and digest(tail) == place.tail

    def is_begun_copy(self, place: Place) -> bool:
        """Whether it may be a copy of the file of ``place`` that is still being made.

        Beginning alike is not enough where it is as long: some logs always begin so. Zeros alone
        say nothing.
        """
        zeros = place.head == digest(bytes(place.head_size))
        shorter = not self.read_at(max(0, place.offset - 1), 1)
        return shorter and not zeros and self.begins_as(place)

    def placed(self, place: Place, offset: int, *, skipping: bool, closed: bool = False) -> Place:
        """Return ``place`` moved on to ``offset`` of this file."""
        tail = self.read_at(max(0, offset - TAIL_BYTES), min(TAIL_BYTES, offset))
        if place.head_size < HEAD_BYTES:
            head = self.read_at(0, min(HEAD_BYTES, offset))
            place = msgspec.structs.replace(place, head_size=len(head), head=digest(head))
        return msgspec.structs.replace(
            place,
            device=self.device,
            inode=self.inode,
            offset=offset,
            tail_size=len(tail),
            tail=digest(tail),
            skipping=skipping,
            closed=closed,
        )


def _opened(path: Path, stack: ExitStack, *, current: bool) -> _File | None:
    """Return the open file, None where it is not there or no file (a pipe would block)."""
    try:
        handle = os.open(path, os.O_RDONLY | _NEVER_WAIT)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    file = stack.enter_context(os.fdopen(handle, "rb", buffering=0))
    return _File(path, cast(BinaryIO, file), current=current)


class LogReader:
    """Reads one log from where it was read before.

    path: where the engine writes.
    places: how far its files were read, as the batches said.
    """

    def __init__(self, path: Path, places: Iterable[Place] = ()) -> None:
        """Keep what was given; nothing is opened."""
        self.path = path
        self.places = {place.number: place for place in places}
        self._quiet: dict[Path, tuple[int, int, int, int]] = {}

    def batches(self, most: int = 5_000) -> Iterator[Batch]:
        """Yield what was written since the last reading, the oldest file first.

        most: lines of a batch. A batch counts as taken when the next one is asked for. Raises
        OSError where the log cannot be read; a log that is not there yet has no lines.
        """
        with ExitStack() as stack:
            files = self._files(stack)
            taken, left = self._assigned(files)
            for place, file in sorted(taken, key=lambda pair: pair[0].number):
                yield from self._read(file, place, most)
                if not file.current:
                    self._quiet[file.path] = file.state
            known = set(self.places)
            written = next((place.number for place, file in taken if file.current), None)
            for file in left:
                if file.current or self._is_new(file, written):
                    place = self._copied(file, known) or Place(
                        self._next_number(), file.device, file.inode
                    )
                    yield from self._read(file, place, most)

    def pass_over(self) -> Iterator[Batch]:
        """Yield places behind all that is written already, without its lines: for a new log."""
        with ExitStack() as stack:
            for file in self._files(stack):
                place = Place(self._next_number(), file.device, file.inode)
                yield from self._passed_over(file, place)

    def _next_number(self) -> int:
        return max(self.places, default=0) + 1

    def _files(self, stack: ExitStack) -> list[_File]:
        """Return the log's files, the oldest first and the one that is written last.

        Rotated ones that did not change since they were read whole are left out.
        """
        found: dict[tuple[int, int], _File] = {}
        current = _opened(self.path, stack, current=True)
        beside = [(s[3], path) for path, s in self._beside() if self._quiet.get(path) != s]
        for _, path in sorted(beside)[-MOST_FILES:]:
            file = _opened(path, stack, current=False)
            if file is not None:
                found.setdefault((file.device, file.inode), file)
        if current is not None:
            found.pop((current.device, current.inode), None)
        # What is being compressed stands there twice: the file itself speaks first.
        rotated = sorted(found.values(), key=lambda f: (f.changed, f.compressed, f.path))
        return [*rotated, current] if current is not None else rotated

    def _beside(self) -> Iterator[tuple[Path, tuple[int, int, int, int]]]:
        """Yield the path and the state of each rotated file."""
        name, begin, end = self.path.name, self.path.stem, self.path.suffix
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(self.path.parent) as them:
            for entry in them:
                # eve.json.1 and eve.json-20261130.gz; eve-20261130.json where the ending is kept.
                inner = entry.name.removesuffix(Path(entry.name).suffix)
                kept = bool(end) and end in (Path(entry.name).suffix, Path(inner).suffix)
                ours = entry.name.startswith((f"{name}.", f"{name}-")) or (
                    kept and entry.name.startswith((f"{begin}-", f"{begin}."))
                )
                if ours and entry.name != name:
                    with suppress(FileNotFoundError):
                        status = entry.stat()
                        inode = (status.st_dev, status.st_ino)
                        yield Path(entry.path), (*inode, status.st_size, status.st_mtime_ns)

    def _assigned(self, files: list[_File]) -> tuple[list[tuple[Place, _File]], list[_File]]:
        """Return which file each place is in, and the files that no place is in."""
        left = list(files)
        taken: list[tuple[Place, _File]] = []
        for place in sorted(self.places.values(), key=lambda p: -p.number):
            if place.closed:
                continue
            here = (place.device, place.inode)
            likely = sorted(left, key=lambda f: ((f.device, f.inode) != here, f.compressed))
            file = next((one for one in likely if one.fits(place)), None)
            if file is not None:
                left.remove(file)
                taken.append((place, file))
        return taken, left

    def _copied(self, file: _File, before: set[int]) -> Place | None:
        """Return the place of a copy that was read just now, and is about to be cut."""
        made = (place for number, place in self.places.items() if number not in before)
        return next((p for p in made if file.current and not p.closed and file.fits(p)), None)

    def _is_new(self, file: _File, written: int | None) -> bool:
        """Whether a rotated file was never read and is no copy of one that was.

        written: the number of the place in the file that is written. A copy of that one may just be
        being made (copy-and-truncate), and any may be being packed; else what begins alike and is
        shorter is another file, of a log that always begins so.
        """
        return bool(file.head) and not any(
            file.fits(place)
            or ((file.compressed or number == written) and file.is_begun_copy(place))
            for number, place in self.places.items()
        )

    def _passed_over(self, file: _File, place: Place) -> Iterator[Batch]:
        """Note that a file was there before anybody listened: only what is added to it counts."""
        if file.compressed:
            if file.head:
                passed = file.placed(place, len(file.head), skipping=False, closed=True)
                yield from self._taken(Batch([], 0, passed))
        elif end := _end_of_lines(file):
            yield from self._taken(Batch([], 0, file.placed(place, end, skipping=False)))

    def _read(self, file: _File, place: Place, most: int) -> Iterator[Batch]:
        for batch in _lines_of(file, place, most):
            yield from self._taken(batch)

    def _taken(self, batch: Batch) -> Iterator[Batch]:
        """Yield a batch; that the next one is asked for says that it was taken."""
        numbers = sorted({*self.places, batch.place.number})
        dropped = tuple(numbers[:-KEPT_PLACES])
        before = self.places.get(batch.place.number)
        yield msgspec.structs.replace(batch, before=before, dropped=dropped)
        self.places[batch.place.number] = batch.place
        for number in dropped:
            del self.places[number]


def _end_of_lines(file: _File) -> int:
    """Return the offset behind the last whole line; a half line at the end is still to come."""
    end = file.state[2]
    while end > 0:
        begin = max(0, end - CHUNK_BYTES)
        at = file.read_at(begin, end - begin).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
        end = begin
    return 0


class _Cursor:
    """Where the next byte of a file comes from, and what was gathered on the way."""

    def __init__(self, file: _File, place: Place) -> None:
        self.file, self.place = file, place
        self.offset, self.skipping = place.offset, place.skipping
        self.lines: list[bytes] = []
        self.too_long = 0
        self.ended = False

    def step(self, most: int) -> None:
        """Read once more; ``ended`` is set where nothing whole is left."""
        chunk = self.file.read_at(self.offset, CHUNK_BYTES)
        if self.skipping:
            self._skip(chunk)
            return
        # Zeros at the beginning of a line: a writer that went on at its old offset after the file
        # was cut, or a power cut. They may be gigabytes and are no line.
        text = chunk.lstrip(b"\0")
        self.offset += len(chunk) - len(text)
        if chunk and not text:
            self.offset = self.file.after_hole(self.offset)
        at = text.rfind(b"\n") + 1
        if at:
            self._take(text[:at], most)
        elif len(text) > LONGEST_LINE:
            self.offset += len(text)
            self.skipping = True
        elif not chunk or len(chunk) == len(text):
            self._end(text)

    def _skip(self, chunk: bytes) -> None:
        at = chunk.find(b"\n") + 1
        self.offset += at or len(chunk)
        if at:
            self.skipping, self.too_long = False, self.too_long + 1
        elif len(chunk) < CHUNK_BYTES:
            self.ended = True
            self.too_long += self.file.complete

    def _take(self, text: bytes, most: int) -> None:
        raw = text.split(b"\n", most - len(self.lines))
        rest = raw.pop()
        self.offset += len(text) - len(rest)
        for line in raw:
            if len(line) > LONGEST_LINE:
                self.too_long += 1
                continue
            line = line.rstrip(b"\r")
            if b"\0" in line:
                line = line.replace(b"\0", b"")
            if line:
                self.lines.append(line)

    def _end(self, rest: bytes) -> None:
        """Stop; the last line of a file that is closed for good needs no end."""
        self.ended = True
        if self.file.complete and rest:
            self.lines.append(rest.replace(b"\0", b""))
            self.offset += len(rest)

    def batch(self) -> Batch:
        """Return what was gathered, and begin to gather anew."""
        closed = self.ended and self.file.complete
        self.place = self.file.placed(
            self.place, self.offset, skipping=self.skipping, closed=closed
        )
        made = Batch(self.lines, self.too_long, self.place)
        self.lines, self.too_long = [], 0
        return made


def _lines_of(file: _File, place: Place, most: int) -> Iterator[Batch]:
    """Yield what stands in ``file`` behind ``place``; nothing where no whole line does."""
    cursor = _Cursor(file, place)
    size = 0
    while not cursor.ended:
        before = cursor.offset
        cursor.step(most)
        size += cursor.offset - before
        if len(cursor.lines) >= most or size >= 8 * CHUNK_BYTES:
            yield cursor.batch()
            size = 0
    if cursor.offset != cursor.place.offset or (file.complete):
        yield cursor.batch()
