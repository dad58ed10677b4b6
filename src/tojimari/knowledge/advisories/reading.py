"""Reads files of advisories, in whichever of the known forms; all of them are hostile."""

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from tojimari.knowledge.advisories import debian_tracker, jvn, osv, ubuntu_tracker, updateinfo
from tojimari.knowledge.advisories.advisory import Advisory
from tojimari.knowledge.advisories.packing import unpacked
from tojimari.model import TojimariError

MOST_BYTES = 400_000_000
"""Of one file's content; Debian's whole tracker has about 60 million."""
MOST_ENTRIES = 1_000_000
"""Of an archive with one file a record."""
_MOST_RECORD = 20_000_000
_MOST_TOGETHER = 4_000_000_000
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n"
_Form = osv.Record | list[osv.Record]


class Source(msgspec.Struct, frozen=True):
    """What a file held.

    Attributes:
        name: the file's name.
        as_of: the newest day that a record names, else the day of the file.
        records: how many records (of the tracker: advisories) could be read.
        unread: how many records of an archive could not.
        compared: whether it says what has a weakness. A list of JVN says only what to read.
    """

    name: str
    as_of: date
    records: int
    unread: int = 0
    compared: bool = True


class Reading:
    """Goes through one file.

    Attributes:
        source: afterwards, what it held.
        to_read: afterwards, what JVN lists.
        listed: afterwards, whether it is a list of JVN, which may hold nothing.
    """

    def __init__(self, path: Path) -> None:
        """path: a JSON or XML file (.gz, .xz or .bz2 as well) or a zip archive of JSON files
        or of files of Ubuntu's tracker.
        """
        self.path = path
        self.records = self.unread = 0
        self.listed = False
        self.to_read: list[jvn.JvnEntry] = []
        self._newest = ""

    @property
    def source(self) -> Source:
        """What was read so far."""
        as_of = datetime.fromtimestamp(self.path.stat().st_mtime, UTC).date()
        with contextlib.suppress(ValueError):  # no record says when it was changed
            as_of = min(date.fromisoformat(self._newest[:10]), datetime.now(UTC).date())
        return Source(self.path.name, as_of, self.records, self.unread, not self.listed)

    def __iter__(self) -> Iterator[Advisory]:
        """Yield every advisory. Raises TojimariError for a file that is none of the known forms."""
        try:
            if zipfile.is_zipfile(self.path):
                yield from self._archive()
            else:
                yield from self._read(self._content())
        # A member that is encrypted or packed in a way not known, or nested too deeply: RuntimeError.
        except (
            OSError,
            EOFError,
            zlib.error,
            zipfile.BadZipFile,
            ValueError,
            RuntimeError,
        ) as error:
            raise _unusable(self.path, str(error)) from error
        if not self.records and not self.listed:
            raise _unusable(self.path, "0 records")

    def _content(self) -> bytes:
        with self.path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        return unpacked(data, self.path.name, MOST_BYTES)

    def _archive(self) -> Iterator[Advisory]:
        with zipfile.ZipFile(self.path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise ValueError(f"> {MOST_ENTRIES} files")
            if sum(entry.file_size for entry in entries) > _MOST_TOGETHER:
                raise ValueError(f"> {_MOST_TOGETHER} bytes")
            for entry in entries:
                named = ubuntu_tracker.is_named_so(entry.filename)
                if not named and not entry.filename.endswith(".json"):
                    continue
                with archive.open(entry) as file:
                    data = file.read(_MOST_RECORD + 1)
                try:
                    yield from self._read(data)
                except ValueError:  # too long, or broken: one of ten thousands
                    self.unread += 1

    def _read(self, data: bytes) -> Iterator[Advisory]:
        if data[:200].lstrip(_BEFORE_XML).startswith(b"<"):
            if jvn.is_list(data):
                self._listed_by_jvn(data)
            else:
                yield from self._updates(data)
            return
        if not data[:200].lstrip().startswith((b"{", b"[")) and ubuntu_tracker.is_candidate(data):
            self.records += 1
            yield from ubuntu_tracker.advisories(data)
            return
        try:
            found = msgspec.json.decode(data, type=_Form)
        except msgspec.ValidationError:
            tracker = msgspec.json.decode(data, type=debian_tracker.Tracker)
            for advisory in debian_tracker.advisories(tracker):
                self.records += 1
                yield advisory
            return
        for record in found if isinstance(found, list) else [found]:
            self.records += 1
            self._newest = max(self._newest, record.modified[:10])
            yield from osv.advisories(record)

    def _updates(self, data: bytes) -> Iterator[Advisory]:
        for update in updateinfo.updates(data):
            self.records += 1
            self._newest = max(self._newest, update.day)
            yield from updateinfo.advisories(update)

    def _listed_by_jvn(self, data: bytes) -> None:
        self.listed = True
        for entry in jvn.entries(data):
            self.records += 1
            self._newest = max(self._newest, entry.day)
            self.to_read.append(entry)


def _unusable(path: Path, reason: str) -> TojimariError:
    reason = reason[:200]
    return TojimariError(
        f"{path}: 弱点の資料として読めません ({reason})。OSVの形式 (JSONか、JSONの入ったzip)、"
        "Debianのセキュリティートラッカーの形式 (JSON)、UbuntuのCVEトラッカーの形式 (そのファイルか、まとめたzip)、RPMの配布元の形式 (updateinfo.xml、.gz・.xz・.bz2も)、MyJVNの一覧 (XML) の"
        "どれかのファイルを、元の形のまま渡してください。",
        f"{path}: cannot be read as advisories ({reason}). Give a file in the form of OSV (JSON, or "
        "a zip of JSON files), of Debian's security tracker (JSON), of Ubuntu's CVE tracker (its files, or "
        "a zip of them), of RPM repositories "
        "(updateinfo.xml, also .gz, .xz or .bz2) or a list of MyJVN (XML), as it was published.",
    )
