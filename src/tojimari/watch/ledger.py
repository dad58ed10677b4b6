"""What was heard, for a short while: one SQLite file beside the state file, for its user only.

Where a log was read and what was counted there are saved in one transaction: after a crash at any
moment both are as they were before, or both are new. Signals are kept together (who, what, how often
from when to when) and not one by one; how many a day and log keeps is limited, so that no flood fills
the disk: what is over the limit is counted, not kept.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tojimari.lib.folders import make_private
from tojimari.model import TojimariError
from tojimari.model.japan import JAPAN
from tojimari.watch import familiar
from tojimari.watch.reader import Batch, Place
from tojimari.watch.signal import Severity, Signal

SCHEMA_VERSION = 2
"""2: what is familiar on a line (``watch.familiar``)."""
KEPT_DAYS = 14
"""Days for which single signals are kept."""
KNOCKS_KEPT_DAYS = 3
"""Days for which it is kept who knocked where; the counts by port stay."""
COUNTS_KEPT_DAYS = 400
MOST_SIGHTINGS = 20_000
"""Different signals of one log that are kept a day."""
KNOCK = "knock"
PAUSE = timedelta(hours=2)
"""After so long without listening it cannot be told what an engine did meanwhile."""
CLOCK_SLACK = timedelta(minutes=10)
"""A signal that is dated further ahead than this is taken as of now: a clock was wrong."""

_SCHEMA = """
CREATE TABLE log (
    id INTEGER PRIMARY KEY, engine TEXT NOT NULL, path TEXT NOT NULL UNIQUE, line TEXT NOT NULL,
    added_at REAL NOT NULL, last_line_at REAL, trouble TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE place (
    log INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (log, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE day (
    log INTEGER NOT NULL, day TEXT NOT NULL, lines INTEGER NOT NULL, unread INTEGER NOT NULL,
    kept INTEGER NOT NULL, beyond INTEGER NOT NULL, PRIMARY KEY (log, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally (
    log INTEGER NOT NULL, day TEXT NOT NULL, kind TEXT NOT NULL, stopped INTEGER NOT NULL,
    n INTEGER NOT NULL, PRIMARY KEY (log, day, kind, stopped)
) STRICT, WITHOUT ROWID;
CREATE TABLE sighting (
    log INTEGER NOT NULL, slot INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
    target TEXT NOT NULL, name TEXT NOT NULL, severity TEXT NOT NULL, stopped INTEGER NOT NULL,
    first REAL NOT NULL, last REAL NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (log, slot, kind, source, target, name, severity, stopped)
) STRICT, WITHOUT ROWID;
CREATE TABLE port (
    day TEXT NOT NULL, log INTEGER NOT NULL, port TEXT NOT NULL, hits INTEGER NOT NULL,
    pairs INTEGER NOT NULL, PRIMARY KEY (day, log, port)
) STRICT, WITHOUT ROWID;
CREATE TABLE address (
    day TEXT NOT NULL, log INTEGER NOT NULL, address TEXT NOT NULL,
    PRIMARY KEY (day, log, address)
) STRICT, WITHOUT ROWID;
CREATE TABLE silence (
    rule TEXT NOT NULL, about TEXT NOT NULL, until REAL NOT NULL, said_at REAL NOT NULL,
    PRIMARY KEY (rule, about)
) STRICT, WITHOUT ROWID;
CREATE TABLE listening (
    id INTEGER PRIMARY KEY CHECK (id = 1), since REAL NOT NULL, last REAL NOT NULL
) STRICT;
CREATE TABLE told (
    notice TEXT PRIMARY KEY, at REAL NOT NULL, now INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""

_STOPPED = {True: 1, False: 0, None: -1}


class LedgerError(TojimariError):
    """What was heard could not be kept. Nothing was changed; the logs are read again later."""


class Log(msgspec.Struct, frozen=True):
    """One log that is heard.

    Attributes:
        engine: id of the engine that writes it.
        line: the company's line (an address or a name) that the engine watches; "" for engines
            that watch this device.
        added_at: since when it is heard.
        last_line_at: when a new line was read last; None before the first.
        trouble: why it could not be read the last time (what the system said); "" for none.
    """

    id: int
    engine: str
    path: Path
    line: str
    added_at: datetime
    last_line_at: datetime | None = None
    trouble: str = ""


class Sighting(msgspec.Struct, frozen=True):
    """The same signal within one slot of time; ``n`` times from ``first`` to ``last``."""

    log: int
    kind: str
    source: str
    target: str
    name: str
    severity: Severity
    stopped: bool | None
    first: datetime
    last: datetime
    n: int


class LogDay(msgspec.Struct, frozen=True):
    """What one log gave on one day in Japan.

    Attributes:
        lines: lines read; unread: lines of them that were none of the engine's, or too long.
        beyond: signals that were counted but not kept one by one, because there were too many.
        signals: kind -> how many, and how many of them were stopped.
    """

    lines: int = 0
    unread: int = 0
    beyond: int = 0
    signals: dict[str, tuple[int, int]] = {}


class PortDay(msgspec.Struct, frozen=True):
    """Knocks at one port on one day: all, and different (source, port) among them."""

    day: date
    port: str
    hits: int
    pairs: int


def day_of(at: datetime) -> date:
    """Return the day in Japan."""
    return at.astimezone(JAPAN).date()


def _at(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _sentence(path: Path, error: Exception) -> LedgerError:
    said = str(error)
    if "full" in said or "disk I/O" in said or getattr(error, "errno", None) == 28:
        return LedgerError(
            f"{path}: ディスクがいっぱいで、聞いたことを残せません。空きを作ってください。"
            "見張りのソフトの記録は、空きができたあとに続きから読みます。",
            f"{path}: the disk is full, so what was heard cannot be kept. Free some space. The logs "
            "are then read on from where they were.",
        )
    if "locked" in said:
        return LedgerError(
            f"{path}: ほかの tojimari が使っています。終わってから、もう一度実行してください。",
            f"{path}: another tojimari is using it. Wait for it to end and run again.",
        )
    return LedgerError(
        f"{path}: 開けないか、壊れています ({said})。権限を確かめるか、別名にしてもう一度実行してください。"
        "新しく作ります。",
        f"{path}: cannot be opened or is damaged ({said}). Check permissions, or keep it under "
        "another name and run again; a new one is made.",
    )


class Ledger:
    """An open ledger. Use ``open_ledger``."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, slots: Mapping[str, int]
    ) -> None:
        """Wrap a connection with the schema. ``slots``: kind -> minutes that are kept together."""
        self._db, self.path, self._slots = connection, path, slots

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> "Ledger":
        """Return self."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise _sentence(self.path, error) from error
            raise

    def _rows(self, query: str, values: Iterable[object] = ()) -> list[Any]:
        try:
            return self._db.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise _sentence(self.path, error) from error

    def add(self, engine: str, path: Path, line: str, at: datetime, passed: Iterable[Place]) -> Log:
        """Add a log, or say another engine or line for one that is there.

        passed: places behind what stands in it already.
        """
        with self._transaction() as db:
            db.execute(
                "INSERT INTO log (engine, path, line, added_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (path) DO UPDATE SET engine = excluded.engine, line = excluded.line",
                (engine, str(path), line, at.timestamp()),
            )
            [row] = db.execute("SELECT id FROM log WHERE path = ?", (str(path),))
            for place in passed:
                _put(db, row["id"], place)
        return next(log for log in self.logs() if log.path == path)

    def remove(self, log: Log) -> None:
        """Stop hearing a log; what it said goes with it, but not the counts of its days."""
        with self._transaction() as db:
            for table in ("place", "sighting", "address", "known", "contact"):
                db.execute(f"DELETE FROM {table} WHERE log = ?", (log.id,))  # noqa: S608
            db.execute("DELETE FROM log WHERE id = ?", (log.id,))

    def logs(self) -> list[Log]:
        """Return the logs that are heard."""
        return [
            Log(
                id=row["id"],
                engine=row["engine"],
                path=Path(row["path"]),
                line=row["line"],
                added_at=datetime.fromtimestamp(row["added_at"], UTC),
                last_line_at=_at(row["last_line_at"]),
                trouble=row["trouble"],
            )
            for row in self._rows("SELECT * FROM log ORDER BY id")
        ]

    def places(self, log: Log) -> list[Place]:
        """Return how far the files of a log were read."""
        rows = self._rows("SELECT data FROM place WHERE log = ? ORDER BY number", (log.id,))
        return [msgspec.json.decode(row["data"], type=Place) for row in rows]

    def note_trouble(self, log: Log, said: str) -> None:
        """Keep why a log could not be read; "" where it could."""
        if log.trouble != said:
            with self._transaction() as db:
                db.execute("UPDATE log SET trouble = ? WHERE id = ?", (said[:200], log.id))

    def take(
        self, log: Log, batch: Batch, signals: Iterable[Signal], unread: int, now: datetime
    ) -> bool:
        """Keep a batch: the place behind it and what it said, together or not at all.

        Returns False, and keeps nothing, where somebody else has read on meanwhile.
        """
        with self._transaction() as db:
            if _place(db, log.id, batch.place.number) != batch.before:
                return False
            _put(db, log.id, batch.place)
            for number in batch.dropped:
                db.execute("DELETE FROM place WHERE log = ? AND number = ?", (log.id, number))
            lines = len(batch.lines) + batch.too_long
            if not lines:
                return True
            self._count_lines(db, log, day_of(now), lines, unread + batch.too_long)
            moment = now.timestamp()
            db.execute("UPDATE log SET last_line_at = ? WHERE id = ?", (moment, log.id))
            self._note(db, log, signals, now)
            return True

    def _count_lines(
        self, db: sqlite3.Connection, log: Log, day: date, lines: int, unread: int
    ) -> None:
        db.execute(
            "INSERT INTO day VALUES (?, ?, ?, ?, 0, 0) ON CONFLICT (log, day) DO UPDATE SET"
            " lines = lines + excluded.lines, unread = unread + excluded.unread",
            (log.id, day.isoformat(), lines, unread),
        )

    def _note(
        self, db: sqlite3.Connection, log: Log, signals: Iterable[Signal], now: datetime
    ) -> None:
        tallies: dict[tuple[str, str, int], int] = {}
        together: dict[tuple[Any, ...], list[float]] = {}
        for signal in self._worth_keeping(db, log, signals, now):
            at = _believed(signal.at, now)
            day = day_of(at).isoformat()
            stopped = _STOPPED[signal.stopped]
            tally = (day, signal.kind, stopped)
            tallies[tally] = tallies.get(tally, 0) + 1
            seconds = at.timestamp()
            slot = self._slot(signal.kind, at)
            key = (day, slot, signal.kind, signal.source, signal.target, signal.name)
            first_last_n = together.setdefault(
                (*key, signal.severity, stopped), [seconds, seconds, 0]
            )
            first_last_n[0] = min(first_last_n[0], seconds)
            first_last_n[1] = max(first_last_n[1], seconds)
            first_last_n[2] += 1
        for (day, kind, stopped), n in tallies.items():
            db.execute(
                "INSERT INTO tally VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (log, day, kind, stopped) DO UPDATE SET n = n + excluded.n",
                (log.id, day, kind, stopped, n),
            )
        for key, (begin, end, times) in together.items():
            self._note_one(db, log, str(key[0]), key[1:], (begin, end, int(times)))

    def _worth_keeping(
        self, db: sqlite3.Connection, log: Log, signals: Iterable[Signal], now: datetime
    ) -> Iterator[Signal]:
        """Yield the signals; of what is only learned from, what it gave reason for."""
        background = []
        for signal in signals:
            if signal.kind in familiar.BACKGROUND:
                background.append((signal, _believed(signal.at, now).timestamp()))
            else:
                yield signal
        if background:
            yield from familiar.note(db, log.id, log.added_at.timestamp(), background)

    def rhythms(self, since: datetime) -> list[familiar.Rhythm]:
        """Return who called where, how often and how steadily, of the newest days."""
        try:
            return list(familiar.rhythms(self._db, since.timestamp()))
        except sqlite3.Error as error:
            raise _sentence(self.path, error) from error

    def _slot(self, kind: str, at: datetime) -> int:
        """Return the number of the slot of time in which signals of a kind are kept together."""
        minutes = self._slots.get(kind, 1)
        return int(at.timestamp() + 9 * 3600) // (60 * minutes)

    def _note_one(
        self,
        db: sqlite3.Connection,
        log: Log,
        day: str,
        key: tuple[Any, ...],
        seen: tuple[float, float, int],
    ) -> None:
        first, last, n = seen
        _slot, kind, _source, target, name, *_ = key
        known = db.execute(
            "UPDATE sighting SET first = min(first, ?), last = max(last, ?), n = n + ? WHERE log = ?"
            " AND slot = ? AND kind = ? AND source = ? AND target = ? AND name = ? AND severity = ?"
            " AND stopped = ?",
            (first, last, n, log.id, *key),
        ).rowcount
        new = 0
        if not known:
            self._count_lines(db, log, date.fromisoformat(day), 0, 0)
            new = db.execute(
                "UPDATE day SET kept = kept + 1 WHERE log = ? AND day = ? AND kept < ?",
                (log.id, day, MOST_SIGHTINGS),
            ).rowcount
            if new:
                db.execute(
                    "INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (log.id, *key, first, last, n),
                )
            else:
                db.execute(
                    "UPDATE day SET beyond = beyond + ? WHERE log = ? AND day = ?",
                    (n, log.id, day),
                )
        if kind == KNOCK:
            db.execute(
                "INSERT INTO port VALUES (?, ?, ?, ?, ?) ON CONFLICT (day, log, port) DO UPDATE SET"
                " hits = hits + excluded.hits, pairs = pairs + excluded.pairs",
                (day, log.id, target, n, new),
            )
            db.execute("INSERT OR IGNORE INTO address VALUES (?, ?, ?)", (day, log.id, name))

    def sightings(self, since: datetime, kinds: Iterable[str] | None = None) -> list[Sighting]:
        """Return what was seen since a moment, the oldest first; of all kinds when None."""
        wanted = tuple(kinds) if kinds is not None else ()
        among = f" AND kind IN ({','.join('?' * len(wanted))})" if kinds is not None else ""
        rows = self._rows(
            f"SELECT * FROM sighting WHERE last >= ?{among} ORDER BY first, log, kind",  # noqa: S608
            (since.timestamp(), *wanted),
        )
        return [
            Sighting(
                log=row["log"],
                kind=row["kind"],
                source=row["source"],
                target=row["target"],
                name=row["name"],
                severity=row["severity"],
                stopped=None if row["stopped"] < 0 else bool(row["stopped"]),
                first=datetime.fromtimestamp(row["first"], UTC),
                last=datetime.fromtimestamp(row["last"], UTC),
                n=row["n"],
            )
            for row in rows
        ]

    def day(self, log: Log, day: date) -> LogDay:
        """Return what a log gave on one day in Japan."""
        key = (log.id, day.isoformat())
        rows = self._rows("SELECT * FROM day WHERE log = ? AND day = ?", key)
        signals: dict[str, tuple[int, int]] = {}
        for row in self._rows("SELECT * FROM tally WHERE log = ? AND day = ?", key):
            all_, stopped = signals.get(row["kind"], (0, 0))
            signals[row["kind"]] = (all_ + row["n"], stopped + row["n"] * (row["stopped"] == 1))
        if not rows:
            return LogDay(signals=signals)
        return LogDay(rows[0]["lines"], rows[0]["unread"], rows[0]["beyond"], signals)

    def ports(self, since: date) -> list[PortDay]:
        """Return the knocks by day and port, the oldest first."""
        rows = self._rows(
            "SELECT day, port, sum(hits) AS hits, sum(pairs) AS pairs FROM port WHERE day >= ?"
            " GROUP BY day, port ORDER BY day, port",
            (since.isoformat(),),
        )
        return [
            PortDay(date.fromisoformat(r["day"]), r["port"], r["hits"], r["pairs"]) for r in rows
        ]

    def knocks(self, day: date, logs: Iterable[int]) -> tuple[int, list[PortDay]]:
        """Return of some logs (ids) at how many addresses was knocked in a day, and at which ports."""
        values = (day.isoformat(), json.dumps(sorted(logs)))
        [row] = self._rows(
            "SELECT count(DISTINCT address) AS n FROM address"
            " WHERE day = ? AND log IN (SELECT value FROM json_each(?))",
            values,
        )
        ports = self._rows(
            "SELECT port, sum(hits) AS hits, sum(pairs) AS pairs FROM port"
            " WHERE day = ? AND log IN (SELECT value FROM json_each(?))"
            " GROUP BY port ORDER BY pairs DESC, port",
            values,
        )
        return int(row["n"]), [PortDay(day, r["port"], r["hits"], r["pairs"]) for r in ports]

    def addresses(self, since: date) -> int:
        """Return at how many addresses knocks were seen."""
        [row] = self._rows(
            "SELECT count(DISTINCT address) AS n FROM address WHERE day >= ?", (since.isoformat(),)
        )
        return int(row["n"])

    def note_listening(self, at: datetime) -> None:
        """Keep that somebody listened; after a pause the time of listening begins anew."""
        moment, pause = at.timestamp(), PAUSE.total_seconds()
        with self._transaction() as db:
            [before] = db.execute("SELECT max(last) FROM listening").fetchone()
            # Two who listen may be minutes apart: an agent's look takes its time from its beginning.
            if before is not None and moment < before - pause:
                _clock_went_back(db, moment)
            db.execute("INSERT OR IGNORE INTO listening VALUES (1, ?, ?)", (moment, moment))
            db.execute(
                "UPDATE listening SET last = ?, since ="
                " CASE WHEN abs(? - last) > ? THEN ? ELSE since END",
                (moment, moment, pause, moment),
            )

    def listening(self) -> tuple[datetime, datetime] | None:
        """Return since when somebody listens without a pause, and when last; None for never."""
        rows = self._rows("SELECT * FROM listening")
        if not rows:
            return None
        since, last = (datetime.fromtimestamp(rows[0][name], UTC) for name in ("since", "last"))
        return since, last

    def silences(self, now: datetime) -> dict[tuple[str, str], datetime]:
        """Return (rule, what it is about) -> until when nothing is told of it."""
        rows = self._rows("SELECT * FROM silence WHERE until > ?", (now.timestamp(),))
        return {(r["rule"], r["about"]): datetime.fromtimestamp(r["until"], UTC) for r in rows}

    def silence(self, rule: str, about: str, until: datetime, now: datetime) -> None:
        """Keep that somebody said "that was us"."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO silence VALUES (?, ?, ?, ?)",
                (rule, about, until.timestamp(), now.timestamp()),
            )

    def told(self) -> dict[str, tuple[datetime, bool]]:
        """Return id of each notice that was told -> when, and whether it was told at once."""
        rows = self._rows("SELECT * FROM told")
        return {r["notice"]: (datetime.fromtimestamp(r["at"], UTC), bool(r["now"])) for r in rows}

    def tell(self, notices: Iterable[tuple[str, bool]], at: datetime) -> None:
        """Keep that notices were told (id, at once)."""
        with self._transaction() as db:
            for id_, now in notices:
                db.execute(
                    "INSERT OR REPLACE INTO told VALUES (?, ?, ?)", (id_, at.timestamp(), now)
                )

    def forget_old(self, now: datetime) -> None:
        """Delete what is older than it is kept."""
        signals = (now - timedelta(days=KEPT_DAYS)).timestamp()
        knocks = (now - timedelta(days=KNOCKS_KEPT_DAYS)).timestamp()
        days = day_of(now - timedelta(days=COUNTS_KEPT_DAYS)).isoformat()
        with self._transaction() as db:
            db.execute("DELETE FROM sighting WHERE last < ?", (signals,))
            db.execute("DELETE FROM sighting WHERE kind = ? AND last < ?", (KNOCK, knocks))
            for table in ("day", "tally", "port", "address"):
                db.execute(f"DELETE FROM {table} WHERE day < ?", (days,))  # noqa: S608
            db.execute("DELETE FROM silence WHERE until < ?", (now.timestamp(),))
            db.execute("DELETE FROM told WHERE at < ?", (signals,))
            familiar.forget_old(db, now)


def _clock_went_back(db: sqlite3.Connection, now: float) -> None:
    """Take what is dated after now as of now: the clock was ahead, by how much nobody knows.

    Else what was heard then would wait until that day comes, a day's notice with it, and a log
    that fell silent would seem to have spoken in the future.
    """
    db.execute("UPDATE log SET added_at = min(added_at, ?)", (now,))
    db.execute("UPDATE log SET last_line_at = ? WHERE last_line_at > ?", (now, now))
    db.execute("UPDATE told SET at = min(at, ?)", (now,))
    db.execute(
        "UPDATE silence SET until = until - said_at + ?, said_at = ? WHERE said_at > ?",
        (now, now, now),
    )
    for table in ("sighting", "known"):
        db.execute(
            f"UPDATE {table} SET first = min(first, ?), last = ? WHERE last > ?",  # noqa: S608  # of the two above
            (now, now, now),
        )
    db.execute("DELETE FROM contact WHERE last > ?", (now,))


def _put(db: sqlite3.Connection, log: int, place: Place) -> None:
    db.execute(
        "INSERT OR REPLACE INTO place VALUES (?, ?, ?)",
        (log, place.number, msgspec.json.encode(place)),
    )


def _place(db: sqlite3.Connection, log: int, number: int) -> Place | None:
    row = db.execute(
        "SELECT data FROM place WHERE log = ? AND number = ?", (log, number)
    ).fetchone()
    return msgspec.json.decode(row["data"], type=Place) if row else None


def _believed(at: datetime, now: datetime) -> datetime:
    """Return when a signal was, in UTC; a clock that was plainly wrong is not believed."""
    at = at.astimezone(UTC)
    ahead, behind = at > now + CLOCK_SLACK, at < now - timedelta(days=COUNTS_KEPT_DAYS)
    return now if ahead or behind else at


def ledger_path(state: Path) -> Path:
    """Return where the ledger of a state file lies: ``state.sqlite3`` has ``state.heard``."""
    return state.with_suffix(".heard")


@contextmanager
def open_ledger(path: Path, slots: Mapping[str, int]) -> Iterator[Ledger]:
    """Open the ledger at ``path``, made where it is missing. Raises LedgerError.

    slots: kind -> minutes whose signals are kept together.
    """
    try:
        make_private(path.parent)
        path.touch(mode=0o600)
        db = sqlite3.connect(path, isolation_level=None, timeout=10)
    except (OSError, sqlite3.Error) as error:
        raise _sentence(path, error) from error
    db.row_factory = sqlite3.Row
    try:
        _prepare(db, path)
        yield Ledger(db, path, slots)
    finally:
        db.close()


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    try:
        # A power cut may take the newest transactions away, whole: the logs are then read anew from
        # the place that stands with what was counted.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("BEGIN IMMEDIATE")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version < SCHEMA_VERSION:
            missing = (_SCHEMA if version == 0 else "") + familiar.SCHEMA
            for statement in missing.split(";"):
                if statement.strip():
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute("COMMIT")
    except sqlite3.Error as error:
        raise _sentence(path, error) from error
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"{path}: 新しい版の tojimari が作りました。tojimari を更新してください。",
            f"{path}: was made by a newer tojimari. Update tojimari.",
        )
