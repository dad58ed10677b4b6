"""The index of advisories: made of files once, asked by release and package ever after.

The publishers' files hold hundreds of thousands of entries and a computer some thousand packages, so
nothing but what a package needs is read. It is one SQLite file that is replaced whole.
"""

import hashlib
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from tojimari.knowledge.advisories.advisory import Advisory
from tojimari.knowledge.advisories.jvn import JvnEntry
from tojimari.knowledge.advisories.place import index_place
from tojimari.knowledge.advisories.reading import Reading, Source
from tojimari.knowledge.exploited import NAME as ATTACKED
from tojimari.knowledge.exploited import exploited
from tojimari.knowledge.files import Copy, copy_of
from tojimari.lib.files import replacing
from tojimari.lib.folders import make_private
from tojimari.model import CannotWrite, TojimariError

_SCHEMA = """
CREATE TABLE package (
    release TEXT NOT NULL, name TEXT NOT NULL, advisories BLOB NOT NULL,
    PRIMARY KEY (release, name)
) WITHOUT ROWID, STRICT;
CREATE TABLE jvn (cve TEXT NOT NULL, day TEXT NOT NULL, entry BLOB NOT NULL) STRICT;
CREATE INDEX jvn_of_cve ON jvn (cve, day);
CREATE TABLE about (form INTEGER NOT NULL, made_at TEXT NOT NULL, sources BLOB NOT NULL) STRICT;
"""
_FORM = 1
_RULES = 1
"""To be raised when the same advisories are judged otherwise than before."""
_packed = msgspec.msgpack.Encoder()
_advisories = msgspec.msgpack.Decoder(tuple[Advisory, ...])
_jvn_entry = msgspec.msgpack.Decoder(JvnEntry)
_sources = msgspec.msgpack.Decoder(tuple[Source, ...])


class Index:
    """An index as it lay there when it was opened. One may be asked by several threads."""

    def __init__(self, path: Path) -> None:
        """Open ``path``. Raises TojimariError for a file that is no index of ours."""
        self._lock = threading.Lock()
        try:
            self._base = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            ((form, made_at, sources),) = self._base.execute("SELECT * FROM about").fetchall()
            if form != _FORM:
                raise ValueError(f"form {form}")
            self.made_at = datetime.fromisoformat(made_at)
            self.sources = _sources.decode(sources)
            self._rules = f"{_RULES} {' '.join(sorted(exploited()))}".encode()
            releases = self._base.execute("SELECT DISTINCT release FROM package").fetchall()
            self.releases = frozenset(str(release) for (release,) in releases)
            # An index of an earlier version holds no list of JVN.
            tables = self._base.execute("SELECT name FROM sqlite_master WHERE name = 'jvn'")
            self._has_jvn = tables.fetchone() is not None
        except (sqlite3.Error, ValueError) as error:
            raise TojimariError(
                f"{path}: 弱点の資料として読めません。`tojimari advisories import` で作り直してください。",
                f"{path}: cannot be read as an index of advisories. Make it again with "
                "`tojimari advisories import`.",
            ) from error

    @property
    def as_of(self) -> date:
        """The oldest of the days its sources are from: all of them are at least that new.

        Lists of JVN do not count: nothing is compared with them.
        """
        return min(source.as_of for source in self.sources if source.compared)

    def of(self, release: str, package: str) -> tuple[Advisory, ...]:
        """Return what is published about ``package``; empty where nothing is."""
        row = self._row(release, package)
        return _advisories.decode(row) if row is not None else ()

    def _row(self, release: str, package: str) -> bytes | None:
        with self._lock:
            row = self._base.execute(
                "SELECT advisories FROM package WHERE release = ? AND name = ?", (release, package)
            ).fetchone()
        return row[0] if row else None

    def to_read(self, cves: Sequence[str], at_most: int = 3) -> tuple[JvnEntry, ...]:
        """Return what JVN has about these CVE numbers, the newest first; nothing is compared for it."""
        if not self._has_jvn or not cves:
            return ()
        with self._lock:
            rows = self._base.execute(
                "SELECT DISTINCT day, entry FROM jvn "
                "WHERE cve IN (SELECT value FROM json_each(?)) ORDER BY day DESC, entry LIMIT ?",
                (msgspec.json.encode(list(cves)).decode(), at_most),
            ).fetchall()
        return tuple(_jvn_entry.decode(entry) for _, entry in rows)

    def said_of(self, release: str, package: str) -> str:
        """Return a digest of what ``of`` returns, and of which attackers' numbers are known; "" for nothing.

        As long as it stays the same, no version of ``package`` is to be judged again.
        """
        row = self._row(release, package)
        if row is None:
            return ""
        return hashlib.blake2b(self._rules + row, digest_size=16).hexdigest()

    def close(self) -> None:
        """Let the file go (Windows keeps one that is open from being replaced)."""
        self._base.close()


def index() -> Index | None:
    """Return the index as it lies there now; None where nobody made one."""
    path = index_place()
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _opened(path, changed, copy_of(ATTACKED))


@lru_cache(maxsize=1)
def _opened(path: Path, changed_ns: int, attacked: Copy) -> Index:
    # Another time of change is another index; so is another list of what attackers use.
    return Index(path)


def make_index(files: Sequence[Path], place: Path) -> tuple[Source, ...]:
    """Make the index at ``place`` of ``files``: all of them, or it stays as it was.

    Returns what each held. Raises TojimariError for a file that cannot be read or written.
    """
    packages: defaultdict[tuple[str, str], list[Advisory]] = defaultdict(list)
    sources = []
    to_read: dict[str, JvnEntry] = {}
    for path in files:
        reading = Reading(path)
        found = list(reading)
        for advisory in found:
            packages[advisory.release, advisory.package].append(advisory)
        to_read |= {entry.id: entry for entry in reading.to_read}
        if not found and not reading.listed:
            raise TojimariError(
                f"{path}: 読めましたが、ここで比べられる配布元 (Debian、Ubuntu、Fedora、RHEL、Rocky、AlmaLinux、Oracle Linux、PyPI) の弱点がありません。",
                f"{path}: was read, but is about no archive that is known here (Debian, Ubuntu, Fedora, RHEL, Rocky, AlmaLinux, Oracle Linux, PyPI).",
            )
        sources.append(reading.source)
    if not packages:
        raise TojimariError(
            "JVNの一覧は、何を読むかを言うだけで、どの版に弱点があるかは言いません。配布元の資料 (OSVなど) と一緒に渡してください。",
            "A list of JVN says what to read, not which version has a weakness. Give it together with "
            "publishers' advisories (OSV or others).",
        )
    try:
        make_private(place.parent)
        _opened.cache_clear()
        with replacing(place) as new:
            base = sqlite3.connect(new)
            base.executescript(_SCHEMA)
            with base:
                base.executemany(
                    "INSERT INTO package VALUES (?, ?, ?)",
                    ((*key, _packed.encode(found)) for key, found in packages.items()),
                )
                base.executemany(
                    "INSERT INTO jvn VALUES (?, ?, ?)",
                    (
                        (cve, entry.day, _packed.encode(entry))
                        for entry in to_read.values()
                        for cve in entry.cves
                    ),
                )
                now = datetime.now(UTC).isoformat()
                base.execute(
                    "INSERT INTO about VALUES (?, ?, ?)", (_FORM, now, _packed.encode(sources))
                )
            base.close()
    except OSError as error:
        raise CannotWrite(place, error) from error
    return tuple(sources)
