"""Files that hold files: zip, tar, gzip, disk images, OneNote. Unpacked into memory, within limits."""

import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from tojimari.lib.encodings import decoded
from tojimari.mail.attachments.budget import ENTRIES, Budget
from tojimari.mail.attachments.kinds import LOOKED_INTO, TOLD_BY, kind_of

BROKEN = (
    zipfile.BadZipFile,
    OSError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)
"""What the standard library raises for archives that were made to be broken."""
_PIECE = 1 << 16
_ONENOTE_FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
"""Before each file in a OneNote file (MS-ONESTORE, FileDataStoreObject); its length follows."""
_ONENOTE_HEADER = 36


class Entry(NamedTuple):
    """A file within a file.

    Attributes:
        data: its bytes; None where they were not unpacked. The beginning of a file whose kind is not
            LOOKED_INTO.
        why: why not: "encrypted", "too_large", "damaged"; "" where they were.
        size: what the archive says it has; -1 where it does not say.
    """

    name: str
    data: bytes | None
    why: str
    size: int


def _limited(file: IO[bytes], name: str, budget: Budget) -> tuple[bytes | None, str]:
    """Return a file's bytes; of one that is only told by its beginning, that alone."""
    most, number, whole = budget.bytes(), 0, True
    found = io.BytesIO()  # hands its bytes out without a copy
    while number <= most:
        piece = file.read(_PIECE)
        if not piece:
            budget.spend(number)
            return found.getvalue(), ""
        number += len(piece)
        if whole:
            found.write(piece)
            if number - len(piece) < TOLD_BY <= number:
                whole = kind_of(name, found.getvalue()) in LOOKED_INTO
    budget.spend(number)
    return None, "too_large"


def zip_name(entry: zipfile.ZipInfo) -> str:
    """Return an entry's name; Japanese Windows writes it in Shift_JIS without saying so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return decoded(entry.filename.encode("cp437")).text
    except UnicodeEncodeError:
        return entry.filename


def in_zip(archive: zipfile.ZipFile, budget: Budget) -> Iterator[Entry]:
    """Yield the files of a zip archive."""
    for entry in archive.infolist()[:ENTRIES]:
        if entry.filename.endswith("/"):  # not is_dir(): it fails where there is no name at all
            continue
        name, size = zip_name(entry), entry.file_size
        if entry.flag_bits & 0x1:
            yield Entry(name, None, "encrypted", size)
            continue
        try:
            with archive.open(entry) as file:
                yield Entry(name, *_limited(file, name, budget), size)
        except BROKEN:
            yield Entry(name, None, "damaged", size)


def in_gzip(name: str, data: bytes, budget: Budget) -> Iterator[Entry]:
    """Yield what a gzip file holds: one file, or those of a tar archive."""
    unpack = zlib.decompressobj(31)
    try:
        inner = unpack.decompress(data, budget.bytes())
    except zlib.error:
        yield Entry(name, None, "damaged", -1)
        return
    budget.spend(len(inner))
    if unpack.unconsumed_tail:
        yield Entry(name, None, "too_large", -1)
    elif inner[257:262] == b"ustar":
        yield from in_tar(inner, budget)
    else:
        yield Entry(re.sub(r"\.(?:gz|tgz)$", "", name, flags=re.IGNORECASE), inner, "", len(inner))


def in_tar(data: bytes, budget: Budget) -> Iterator[Entry]:
    """Yield the files of a tar archive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, entry in enumerate(archive):
                if number >= ENTRIES:
                    return
                file = archive.extractfile(entry) if entry.isreg() else None
                if file is not None:
                    yield Entry(entry.name, *_limited(file, entry.name, budget), entry.size)
    except (tarfile.TarError, OSError, ValueError, EOFError):
        yield Entry("", None, "damaged", -1)


def in_disk_image(data: bytes, budget: Budget) -> Iterator[Entry]:
    """Yield the files of an ISO 9660 or UDF image."""
    import pycdlib

    image = pycdlib.PyCdlib()
    try:
        image.open_fp(io.BytesIO(data))
    except Exception:  # noqa: BLE001  # pycdlib lets whatever its parts raise through
        yield Entry("", None, "damaged", -1)
        return
    how = (
        "joliet_path"
        if image.has_joliet()
        else "udf_path"
        if image.has_udf()
        else "rr_path"
        if image.has_rock_ridge()
        else "iso_path"
    )
    number = 0
    try:
        for folder, _, names in image.walk(**{how: "/"}):
            for name in names:
                number += 1
                if number > ENTRIES:
                    return
                out = _Limited(budget.bytes())
                path = f"{folder.rstrip('/')}/{name}"
                try:
                    image.get_file_from_iso_fp(out, **{how: path})
                except _Full:
                    yield Entry(name.partition(";")[0], None, "too_large", -1)
                    continue
                budget.spend(out.tell())
                yield Entry(name.partition(";")[0], out.getvalue(), "", out.tell())
    except Exception:  # noqa: BLE001  # as above
        yield Entry("", None, "damaged", -1)
    finally:
        image.close()


def in_onenote(data: bytes, budget: Budget) -> Iterator[Entry]:
    """Yield the files put into a OneNote page; their names are not read."""
    at = data.find(_ONENOTE_FILE)
    for _ in range(ENTRIES):
        if at < 0:
            return
        size = int.from_bytes(data[at + 16 : at + 24], "little")
        first = at + _ONENOTE_HEADER
        if size <= min(budget.bytes(), len(data) - first):
            budget.spend(size)
            yield Entry("", data[first : first + size], "", size)
        else:
            yield Entry("", None, "damaged", -1)
        at = data.find(_ONENOTE_FILE, first)


class _Full(OSError):
    pass


class _Limited(io.BytesIO):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self._most:
            raise _Full
        return super().write(data)
