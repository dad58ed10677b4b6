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
from tojimari.knowledge.advisories.place import index_place
from tojimari.knowledge.advisories.reading import Reading, Source
from tojimari.knowledge.exploited import exploited
from tojimari.lib.files import replacing
from tojimari.lib.folders import make_private
from tojimari.model import CannotWrite, TojimariError

_SCHEMA = """
CREATE TABLE package (
    release TEXT NOT NULL, name TEXT NOT NULL, advisories BLOB NOT NULL,
    PRIMARY KEY (release, name)
) WITHOUT ROWID, STRICT;
CREATE TABLE about (form INTEGER NOT NULL, made_at TEXT NOT NULL, sources BLOB NOT NULL) STRICT;
"""
_FORM = 1
_RULES = 1
"""To be raised when the same advisories are judged otherwise than before."""
_packed = msgspec.msgpack.Encoder()
_advisories = msgspec.msgpack.Decoder(tuple[Advisory, ...])
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
        except (sqlite3.Error, ValueError) as error:
            raise TojimariError(
                f"{path}: 弱点の資料として読めません。`tojimari advisories import` で作り直してください。",
                f"{path}: cannot be read as an index of advisories. Make it again with "
                "`tojimari advisories import`.",
            ) from error

    @property
    def as_of(self) -> date:
        """The oldest of the days its sources are from: all of them are at least that new."""
        return min(source.as_of for source in self.sources)

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
    return _opened(path, changed)


@lru_cache(maxsize=1)
def _opened(path: Path, changed_ns: int) -> Index:  # another time of change is another index
    return Index(path)


def make_index(files: Sequence[Path], place: Path) -> tuple[Source, ...]:
    """Make the index at ``place`` of ``files``: all of them, or it stays as it was.

    Returns what each held. Raises TojimariError for a file that cannot be read or written.
    """
    packages: defaultdict[tuple[str, str], list[Advisory]] = defaultdict(list)
    sources = []
    for path in files:
        reading = Reading(path)
        found = list(reading)
        for advisory in found:
            packages[advisory.release, advisory.package].append(advisory)
        if not found:
            raise TojimariError(
                f"{path}: 読めましたが、ここで比べられる配布元 (Debian、Ubuntu、Fedora、RHEL、Rocky、AlmaLinux、Oracle Linux、PyPI) の弱点がありません。",
                f"{path}: was read, but is about no archive that is known here (Debian, Ubuntu, Fedora, RHEL, Rocky, AlmaLinux, Oracle Linux, PyPI).",
            )
        sources.append(reading.source)
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
                now = datetime.now(UTC).isoformat()
                base.execute(
                    "INSERT INTO about VALUES (?, ?, ?)", (_FORM, now, _packed.encode(sources))
                )
            base.close()
    except OSError as error:
        raise CannotWrite(place, error) from error
    return tuple(sources)
