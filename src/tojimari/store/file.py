"""The state file. Every change is one transaction; a crash at any moment loses nothing saved."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tojimari.catalog import Catalog
from tojimari.lib.folders import make_private
from tojimari.model import (
    FIRST_HAND,
    Assessment,
    BadAssessment,
    NewerAssessment,
    Observation,
    StoredObservation,
    TojimariError,
    decode_assessment,
    encode_assessment,
    new_id,
    restored,
    stored,
)
from tojimari.model.facts import newest_versions
from tojimari.store.merge import same_fact, slot_of

SCHEMA_VERSION = 1
CLOCK_SLACK = timedelta(minutes=5)
"""A clock that is behind the newest record by no more than this is accepted silently."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE observation (
    id TEXT PRIMARY KEY,
    company TEXT NOT NULL,
    kind TEXT NOT NULL,
    kind_version INTEGER NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    source TEXT NOT NULL,
    observed_at TEXT NOT NULL,
    last_confirmed_at TEXT NOT NULL,
    fields TEXT,
    not_seen TEXT,
    partly_not_seen TEXT NOT NULL
) STRICT;
CREATE INDEX observation_slot
    ON observation (company, subject_kind, subject_id, kind, slot, last_confirmed_at);
CREATE TABLE assessment (
    id TEXT PRIMARY KEY,
    company TEXT NOT NULL,
    as_of TEXT NOT NULL,
    catalog_version TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;
CREATE INDEX assessment_when ON assessment (company, as_of);
"""


class StoreError(TojimariError):
    """The state file could not be used. Nothing in it was changed."""


class ClockSetBack(StoreError):
    """The clock is earlier than the newest thing saved."""


def default_path() -> Path:
    """Return where the state file lives: TOJIMARI_STATE, else the platform's data folder."""
    chosen = os.environ.get("TOJIMARI_STATE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_data_dir("tojimari", appauthor=False)) / "state.sqlite3"


def _sentence(path: Path, error: Exception) -> StoreError:
    said = str(error)
    if "disk is full" in said or "disk I/O" in said or getattr(error, "errno", None) == 28:
        return StoreError(
            f"{path}: ディスクがいっぱいで保存できません。空きを作ってから、もう一度実行してください。"
            "これまでに保存したものは無事です。",
            f"{path}: the disk is full, so nothing could be saved. Free some space and run again. "
            "Everything saved before is safe.",
        )
    if "locked" in said:
        return StoreError(
            f"{path}: ほかの tojimari が使っています。終わってから、もう一度実行してください。",
            f"{path}: another tojimari is using it. Wait for it to end and run again.",
        )
    if "readonly" in said or "unable to open" in said or isinstance(error, PermissionError):
        return StoreError(
            f"{path}: 開けません。ファイルとフォルダーの権限を確かめるか、--state で別の場所を"
            "指定してください。",
            f"{path}: cannot be opened. Check the permissions of the file and its folder, or name "
            "another place with --state.",
        )
    return StoreError(
        f"{path}: 保存ファイルとして読めません ({said})。ファイルを別名で残し、もう一度実行すると"
        "新しく作ります。",
        f"{path}: is not readable as a state file ({said}). Keep it under another name and run "
        "again; a new one will be made.",
    )


def _made_by_newer(path: Path) -> StoreError:
    return StoreError(
        f"{path}: 新しい版の tojimari が作った保存ファイルです。tojimari を更新してください。",
        f"{path}: was made by a newer tojimari. Update tojimari.",
    )


class Store:
    """An open state file. Use ``open_store``; close it when done."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Wrap an open connection; the schema is already there."""
        self._connection = connection
        self.path = path

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> "Store":
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise _sentence(self.path, error) from error
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:  # the file itself is safe: the journal is still there
                return

    def _meta(self, key: str) -> str:
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise _sentence(self.path, ValueError(f"no {key} in meta"))
        return str(row[0])

    @property
    def company(self) -> str:
        """Random id of the company this file is about."""
        return self._meta("company")

    @property
    def device(self) -> str:
        """Random id of this device; never a serial number."""
        return self._meta("device")

    def newest(self) -> datetime | None:
        """Return the latest moment anything was saved for, or None."""
        row = self._connection.execute(
            "SELECT max(m) FROM (SELECT max(last_confirmed_at) m FROM observation"
            " UNION ALL SELECT max(as_of) FROM assessment)"
        ).fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def moment(self, now: datetime) -> datetime:
        """Return the moment to save and judge for: ``now``, but never before what is saved.

        A clock that was corrected by a little must not put new facts behind old ones. Raises
        ClockSetBack when it is behind by more than that.
        """
        newest = self.newest()
        if newest is None or now >= newest - CLOCK_SLACK:
            return now if newest is None else max(now, newest)
        raise ClockSetBack(
            f"このパソコンの時計 ({now:%Y-%m-%d %H:%M}) が、前に保存した記録 "
            f"({newest:%Y-%m-%d %H:%M}) より前です。時計を合わせてから、もう一度実行してください。"
            "今の時計が正しいなら --clock-is-right を付けてください。記録は何も変えていません。",
            f"This computer's clock ({now:%Y-%m-%d %H:%M}) is before the newest saved record "
            f"({newest:%Y-%m-%d %H:%M}). Set the clock and run again; if the clock is right now, "
            "add --clock-is-right. Nothing was changed.",
        )

    def accept_clock(self, now: datetime) -> None:
        """Bring records dated after ``now`` back to ``now``: the clock had run ahead before."""
        moment = now.isoformat()
        with self._transaction() as db:
            for table, column in (
                ("observation", "observed_at"),
                ("observation", "last_confirmed_at"),
                ("assessment", "as_of"),
            ):
                db.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {column} > ?",  # noqa: S608
                    (moment, moment),
                )

    def save(self, observations: Iterable[Observation], catalog: Catalog) -> int:
        """Save observations in one transaction; returns how many were new or different.

        The same fact again only moves ``last_confirmed_at``; a different one is a new row.
        """
        new = 0
        with self._transaction() as db:
            for observation in observations:
                new += self._save_one(db, observation, catalog)
        return new

    def _save_one(self, db: sqlite3.Connection, o: Observation, catalog: Catalog) -> int:
        latest = db.execute(
            "SELECT * FROM observation WHERE company = ? AND subject_kind = ? AND subject_id = ?"
            " AND kind = ? AND slot = ? ORDER BY last_confirmed_at DESC, rowid DESC LIMIT 1",
            (self.company, o.subject.kind, o.subject.id, o.kind, slot_of(o)),
        ).fetchone()
        if latest is not None and same_fact(_observation(latest), o, catalog):
            db.execute(
                "UPDATE observation SET last_confirmed_at = max(last_confirmed_at, ?) WHERE id = ?",
                (o.last_confirmed_at.isoformat(), latest["id"]),
            )
            return 0
        row = stored(o)
        db.execute(
            "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.id,
                self.company,
                row.kind,
                row.kind_version,
                row.subject.kind,
                row.subject.id,
                slot_of(o),
                row.source,
                row.observed_at.isoformat(),
                row.last_confirmed_at.isoformat(),
                None if row.fields is None else msgspec.json.encode(row.fields).decode(),
                None if row.not_seen is None else msgspec.json.encode(row.not_seen).decode(),
                msgspec.json.encode(row.partly_not_seen).decode(),
            ),
        )
        return 1

    def current(self) -> list[Observation]:
        """Return the newest observation of every kind, subject and slot.

        Where that one says that nothing was seen, the newest first-hand one that did see comes
        too, and where that one saw a part only, the newest that saw all.
        """
        return self._observations(
            "WITH told AS (SELECT *, rowid AS saved, (fields IS NOT NULL"
            " AND source IN (SELECT value FROM json_each(?))"
            " AND kind_version <= (SELECT value FROM json_each(?) WHERE key = kind))"
            " * (1 + (partly_not_seen = '{}')) AS saw"
            " FROM observation WHERE company = ?),"
            " placed AS (SELECT *,"
            " row_number() OVER (slots ORDER BY last_confirmed_at DESC, saved DESC) AS place,"
            " row_number() OVER (slots ORDER BY coalesce(saw, 0) > 0 DESC,"
            " last_confirmed_at DESC, saved DESC) AS place_of_seen,"
            " row_number() OVER (slots ORDER BY coalesce(saw, 0) DESC,"
            " last_confirmed_at DESC, saved DESC) AS place_of_whole FROM told"
            " WINDOW slots AS (PARTITION BY subject_kind, subject_id, kind, slot))"
            " SELECT * FROM placed WHERE place = 1 OR (place_of_seen = 1 AND saw > 0)"
            " OR (place_of_whole = 1 AND saw = 2)"
            " ORDER BY kind, slot, id",
            msgspec.json.encode(FIRST_HAND).decode(),
            msgspec.json.encode(newest_versions()).decode(),
        )

    def everything(self) -> list[Observation]:
        """Return every observation ever saved, oldest first."""
        return self._observations(
            "SELECT * FROM observation WHERE company = ? ORDER BY observed_at, rowid"
        )

    def _observations(self, sql: str, *before: str) -> list[Observation]:
        try:
            rows = self._connection.execute(sql, (*before, self.company)).fetchall()
            return [_observation(row) for row in rows]
        except (sqlite3.Error, msgspec.DecodeError, ValueError) as error:
            raise _sentence(self.path, error) from error

    def save_assessment(self, assessment: Assessment) -> None:
        """Keep an assessment whole, for the history."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO assessment VALUES (?, ?, ?, ?, ?)",
                (
                    new_id(),
                    assessment.company,
                    assessment.as_of.isoformat(),
                    assessment.catalog_version,
                    encode_assessment(assessment).decode(),
                ),
            )

    def assessments(self, limit: int = 50) -> list[Assessment]:
        """Return the newest ``limit`` assessments, oldest first."""
        try:
            rows = self._connection.execute(
                "SELECT content FROM assessment WHERE company = ?"
                " ORDER BY as_of DESC, rowid DESC LIMIT ?",
                (self.company, limit),
            ).fetchall()
            return [decode_assessment(row[0]) for row in reversed(rows)]
        except NewerAssessment as error:
            raise _made_by_newer(self.path) from error
        except (sqlite3.Error, BadAssessment) as error:
            raise _sentence(self.path, error) from error


def _observation(row: Any) -> Observation:
    held = msgspec.convert(
        {
            "id": row["id"],
            "kind": row["kind"],
            "kind_version": row["kind_version"],
            "subject": {"kind": row["subject_kind"], "id": row["subject_id"]},
            "source": row["source"],
            "observed_at": row["observed_at"],
            "last_confirmed_at": row["last_confirmed_at"],
            "fields": None if row["fields"] is None else msgspec.json.decode(row["fields"]),
            "not_seen": None if row["not_seen"] is None else msgspec.json.decode(row["not_seen"]),
            "partly_not_seen": msgspec.json.decode(row["partly_not_seen"]),
        },
        StoredObservation,
    )
    return restored(held)


def open_store(path: Path | None = None) -> Store:
    """Open the state file, making it (readable by this user only) when it is not there.

    Raises StoreError, and nothing else, for anything wrong with the file or its place.
    """
    path = path or default_path()
    try:
        make_private(path.parent)
        if path.is_dir():
            raise _sentence(path, PermissionError("is a folder"))
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(path, timeout=5.0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _sentence(path, error) from error
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA synchronous = FULL")
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise _made_by_newer(path)
        if version == 0:
            _create(connection)
    except sqlite3.Error as error:
        connection.close()
        raise _sentence(path, error) from error
    except StoreError:
        connection.close()
        raise
    return Store(connection, path)


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made the tables while this one waited for the lock.
        if int(connection.execute("PRAGMA user_version").fetchone()[0]) == 0:
            for statement in _SCHEMA.split(";\n"):
                if statement.strip():
                    connection.execute(statement)
            now = datetime.now(UTC).isoformat()
            connection.executemany(
                "INSERT INTO meta VALUES (?, ?)",
                [("company", new_id()), ("device", new_id()), ("made_at", now)],
            )
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
