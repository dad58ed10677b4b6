"""A record as it leaves the portal: JSON, or a ZIP of it with the files; written and read bounded.

Nothing of a file that is read is trusted: it may come from anybody, and is made to be checked.
"""

import base64
import binascii
import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tojimari.respond.record.chain import Shown
from tojimari.respond.record.entry import Leaf, blinding

SCHEMA = "tojimari.incident-record/1"
RECORD_NAME = "record.json"
FOLDER = "evidence/"
JSON_BYTES = 64_000_000
ZIP_BYTES = 2_000_000_000
LINES_AT_MOST = 100_000
HEADS_AT_MOST = 5_000
PARTS_AT_MOST = 5_000
_DIRECTORY_BYTES = 1_000_000
_END_BYTES = 22
_LOCATOR_BYTES = 20
_CHUNK = 1 << 20


class SignedHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A head as it is exported.

    Attributes:
        jws: as it was signed.
        stamp: the answer of a time-stamp server over these bytes (RFC 3161), base64; "" for none.
    """

    jws: str
    stamp: str = ""

    def stamp_bytes(self) -> bytes:
        """Return the time stamp. Raises ValueError where it is not base64."""
        try:
            return base64.b64decode(self.stamp, validate=True)
        except binascii.Error as error:
            raise ValueError("no base64") from error


class Exported(msgspec.Struct, frozen=True):
    """A record as it is handed out. Members that are not named here are passed over.

    Attributes:
        record: id of the incident.
        about: what it is called, whose it is; for readers, and outside the chain.
        keys: the JWK set of the portal that made it, as it says.
    """

    schema: str
    record: str
    made_at: str
    about: dict[str, str]
    lines: list[Shown]
    heads: list[SignedHead]
    keys: dict[str, Any] = {}


class Unreadable(ValueError):
    """A file is no exported record, or too large. ``why`` names it: see the catalog's texts."""

    def __init__(self, why: str) -> None:
        """Keep what the caller says it by."""
        super().__init__(why)
        self.why = why


class Opened(msgspec.Struct):
    """An exported record that was read.

    Attributes:
        archive: where its files are; None for bare JSON.
        others: names of parts of the ZIP that the record does not name.
    """

    exported: Exported
    archive: zipfile.ZipFile | None = None
    others: tuple[str, ...] = ()

    def file_digest(self, leaf: Leaf, size: int) -> str | None:
        """Return the salted digest of a file; None where the export does not hold it.

        A file of another length than the line says has none. Raises ValueError for what is no salt.
        """
        if self.archive is None or not leaf.value:
            return None
        made = blinding(leaf.salt)
        try:
            info = self.archive.getinfo(leaf.value)
        except KeyError:
            return None
        if info.file_size != size or info.flag_bits & 1:
            return ""
        read = 0
        try:
            for chunk in _chunks(self.archive, info):
                read += len(chunk)
                if read > size:
                    return ""
                made.update(chunk)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, _Damaged):
            return ""
        return str(made.hexdigest()) if read == size else ""

    def close(self) -> None:
        """Close the file."""
        if self.archive is not None:
            self.archive.close()


class _Damaged(Exception):
    pass


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    import zlib

    try:
        with archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                yield chunk
    except (zlib.error, RuntimeError, struct.error) as error:
        raise _Damaged from error


def open_exported(path: Path) -> Opened:
    """Read an exported record. Raises Unreadable; OSError where there is no such file."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"PK"):
        return _open_zip(path)
    if path.stat().st_size > JSON_BYTES:
        raise Unreadable("too_large")
    return Opened(_read_json(path.read_bytes()))


def _read_json(data: bytes) -> Exported:
    try:
        found = msgspec.json.decode(data, type=Exported)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable("not_record") from error
    if found.schema != SCHEMA:
        raise Unreadable("other_version" if found.schema.startswith("tojimari.") else "not_record")
    if len(found.lines) > LINES_AT_MOST or len(found.heads) > HEADS_AT_MOST:
        raise Unreadable("too_large")
    return found


def _open_zip(path: Path) -> Opened:
    if path.stat().st_size > ZIP_BYTES:
        raise Unreadable("too_large")
    _small_directory(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("not_record") from error
    try:
        return _opened(archive)
    except BaseException:
        archive.close()
        raise


def _small_directory(path: Path) -> None:
    """Refuse a ZIP whose list of parts is huge, before anything reads that list.

    Ours has neither a comment nor the form for large archives: its end is its last 22 bytes.
    """
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - _END_BYTES - _LOCATOR_BYTES))
        tail = file.read()
    end = tail[-_END_BYTES:]
    if len(end) < _END_BYTES or not end.startswith(b"PK\5\6"):
        raise Unreadable("not_record")
    if tail[:-_END_BYTES].startswith(b"PK\6\7"):
        raise Unreadable("too_large")
    count, directory = struct.unpack("<H", end[10:12])[0], struct.unpack("<L", end[12:16])[0]
    if count > PARTS_AT_MOST or directory > _DIRECTORY_BYTES:
        raise Unreadable("too_large")


def _opened(archive: zipfile.ZipFile) -> Opened:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if len(names) > PARTS_AT_MOST:
        raise Unreadable("too_large")
    if len(set(names)) != len(names):
        raise Unreadable("doubled_name")
    if RECORD_NAME not in names:
        raise Unreadable("not_record")
    info = archive.getinfo(RECORD_NAME)
    if info.file_size > JSON_BYTES:
        raise Unreadable("too_large")
    data = bytearray()
    try:
        for chunk in _chunks(archive, info):
            data += chunk
            if len(data) > JSON_BYTES:
                raise Unreadable("too_large")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, _Damaged) as error:
        raise Unreadable("not_record") from error
    exported = _read_json(bytes(data))
    named = [line.leaves["file"].value for line in exported.lines if "file" in line.leaves]
    named = [name for name in named if name]
    # Every named part is read once and hashed: its size is bounded together, whatever it is packed to.
    if len(set(named)) != len(named):
        raise Unreadable("doubled_name")
    sizes = {info.filename: info.file_size for info in infos}
    if sum(sizes.get(name, 0) for name in named) > ZIP_BYTES:
        raise Unreadable("too_large")
    others = tuple(sorted(set(names) - set(named) - {RECORD_NAME}))
    return Opened(exported, archive, others)
