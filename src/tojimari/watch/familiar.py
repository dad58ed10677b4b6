"""What is familiar on a line: the devices that are there, the places they call, and how steadily.

An engine says each time that a device is there (``presence``), calls somewhere (``contact``), or that
a place was found by its name (``named``). None of it is a matter by itself, and there is far too much
of it to be kept one by one: kept is since when each is known, and of calls the mean and the spread of
the time between them (Welford's sums, one row for who calls where on a day).
"""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec

from tojimari.model.japan import JAPAN
from tojimari.watch.signal import Signal

PRESENCE, CONTACT, NAMED = "presence", "contact", "named"
BACKGROUND = frozenset((PRESENCE, CONTACT, NAMED))
NEW_DEVICE = "new_device"
LEARNING = timedelta(days=7)
"""So long after a log was added everything is new, and is only learned."""
KNOWN_DAYS = {PRESENCE: 400, CONTACT: 60, NAMED: 30}
"""Days after which something that was not seen again is new again."""
MOST_KNOWN = 50_000
"""Things of one log and kind that are remembered; what is beyond is taken as known."""
MOST_CONTACTS = 20_000
"""Different (who, where) of one log and day whose rhythm is kept."""
CONTACTS_KEPT_DAYS = 3
BURST = 5.0
"""Seconds within which calls are one: a program opens several at a time."""

SCHEMA = """
CREATE TABLE known (
    log INTEGER NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL, first REAL NOT NULL,
    last REAL NOT NULL, PRIMARY KEY (log, kind, what)
) STRICT, WITHOUT ROWID;
CREATE TABLE contact (
    log INTEGER NOT NULL, day TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL,
    n INTEGER NOT NULL, first REAL NOT NULL, last REAL NOT NULL, mean REAL NOT NULL,
    squares REAL NOT NULL, PRIMARY KEY (log, day, source, target)
) STRICT, WITHOUT ROWID;
"""


class Rhythm(msgspec.Struct, frozen=True):
    """Who called where on a day, how often and how steadily.

    Attributes:
        n: calls, those of a burst counted as one.
        mean: seconds between two of them; jitter: their standard deviation by the mean.
        new: whether the place was not called before: since less than a week, and not since the
            line began to be learned.
        named: whether the place was looked up by a name, or said one.
    """

    log: int
    source: str
    target: str
    n: int
    first: float
    last: float
    mean: float
    jitter: float
    new: bool
    named: bool


def note(
    db: sqlite3.Connection, log: int, since: float, seen: Iterable[tuple[Signal, float]]
) -> list[Signal]:
    """Keep what is familiar in the running transaction; return what it makes a signal of.

    since: when the log was added (seconds). seen: signals of ``BACKGROUND`` with their moment.
    """
    memory = _Memory(db, log)
    presences: dict[str, tuple[Signal, float]] = {}
    names: dict[str, float] = {}
    calls: dict[tuple[str, str, str], list[float]] = {}
    for signal, at in seen:
        if signal.kind == PRESENCE:
            presences.setdefault(signal.source, (signal, at))
        elif signal.kind == NAMED:
            names[signal.target] = at
        else:
            day = datetime.fromtimestamp(at, JAPAN).date().isoformat()
            calls.setdefault((day, signal.source, signal.target), []).append(at)
    for target, at in names.items():
        memory.is_new(NAMED, target, at)
    for key, times in calls.items():
        memory.note_calls(key, sorted(times))
    return [
        _arrival(signal)
        for device, (signal, at) in presences.items()
        if memory.is_new(PRESENCE, device, at) and at >= since + LEARNING.total_seconds()
    ]


def _arrival(signal: Signal) -> Signal:
    """Return that a device is new; one that makes up its address may be a known phone."""
    made_up = int(signal.source[1:2] or "0", 16) & 2
    return Signal(
        kind=NEW_DEVICE,
        at=signal.at,
        source=signal.source,
        target=signal.target,
        name=signal.name,
        severity="low" if made_up else "medium",
    )


class _Memory:
    """What is kept of one log, during one transaction: rows are counted once, for there are many."""

    def __init__(self, db: sqlite3.Connection, log: int) -> None:
        self.db, self.log = db, log
        self._counts: dict[str, int] = {}

    def _has_room(self, table: str, column: str, value: str, most: int) -> bool:
        """Return whether one more row may come, and count it."""
        if value not in self._counts:
            query = f"SELECT count(*) FROM {table} WHERE log = ? AND {column} = ?"  # noqa: S608
            (self._counts[value],) = self.db.execute(query, (self.log, value)).fetchone()
        if self._counts[value] >= most:
            return False
        self._counts[value] += 1
        return True

    def is_new(self, kind: str, what: str, at: float) -> bool:
        """Keep that something was seen; return whether it was not known."""
        known = self.db.execute(
            "UPDATE known SET last = max(last, ?) WHERE log = ? AND kind = ? AND what = ?",
            (at, self.log, kind, what),
        ).rowcount
        if known or not self._has_room("known", "kind", kind, MOST_KNOWN):
            return False
        self.db.execute("INSERT INTO known VALUES (?, ?, ?, ?, ?)", (self.log, kind, what, at, at))
        return True

    def note_calls(self, key: tuple[str, str, str], times: list[float]) -> None:
        """Keep calls of (day, who, where), the oldest first."""
        self.is_new(CONTACT, key[2], times[0])
        row = self.db.execute(
            "SELECT n, first, last, mean, squares FROM contact"
            " WHERE log = ? AND day = ? AND source = ? AND target = ?",
            (self.log, *key),
        ).fetchone()
        if row is None and not self._has_room("contact", "day", key[0], MOST_CONTACTS):
            return
        n, first, last, mean, squares = row or (1, times[0], times[0], 0.0, 0.0)
        for at in times:
            gap = at - last
            if gap < BURST:  # also one that is told late
                continue
            off = gap - mean
            mean += off / n  # n calls have n - 1 gaps, and this one makes it n
            squares += off * (gap - mean)
            n, last = n + 1, at
        self.db.execute(
            "INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.log, *key, n, first, last, mean, squares),
        )


def rhythms(db: sqlite3.Connection, since: float) -> Iterator[Rhythm]:
    """Yield the calls of the days for which they are kept, with at least two gaps, since a moment."""
    rows: Iterable[Any] = db.execute(
        "SELECT contact.*, log.added_at AS added, known.first AS known_since,"
        " EXISTS (SELECT 1 FROM known AS name WHERE name.log = contact.log AND name.kind = ?"
        "  AND name.what = rtrim(rtrim(contact.target, '0123456789'), ':')) AS named"
        " FROM contact JOIN log ON log.id = contact.log"
        " JOIN known ON known.log = contact.log AND known.kind = ? AND known.what = contact.target"
        " WHERE contact.n > 2 AND contact.last >= ? ORDER BY contact.first",
        (NAMED, CONTACT, since),
    )
    learning = LEARNING.total_seconds()
    for row in rows:
        spread = (row["squares"] / (row["n"] - 1)) ** 0.5
        known = row["known_since"]
        yield Rhythm(
            log=row["log"],
            source=row["source"],
            target=row["target"],
            n=row["n"],
            first=row["first"],
            last=row["last"],
            mean=row["mean"],
            jitter=spread / row["mean"] if row["mean"] > 0 else 0.0,
            new=known >= row["added"] + learning and row["last"] - known < learning,
            named=bool(row["named"]),
        )


def forget_old(db: sqlite3.Connection, now: datetime) -> None:
    """Delete what is older than it is kept, in the running transaction."""
    for kind, days in KNOWN_DAYS.items():
        before = (now - timedelta(days=days)).timestamp()
        db.execute("DELETE FROM known WHERE kind = ? AND last < ?", (kind, before))
    day = (now - timedelta(days=CONTACTS_KEPT_DAYS)).astimezone(JAPAN).date().isoformat()
    db.execute("DELETE FROM contact WHERE day < ?", (day,))
