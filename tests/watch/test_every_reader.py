"""Each engine's log through what becomes of logs: nothing is lost, and nothing counted twice.

What is kept at the end is held against what one quiet reading of the same lines keeps.
"""

import gzip
import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tojimari.watch.engine import engines
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import LedgerError, open_ledger
from tojimari.watch.reader import LONGEST_LINE

ASSETS = Path(__file__).parents[1] / "assets" / "watch"
RECORDED = {path.stem: path.read_bytes() for path in ASSETS.iterdir() if path.suffix != ".md"}
NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
KEPT = ("tally", "sighting", "known", "contact", "port")
DIRT = (
    b"\0" * 5000 + b"\n",
    b"\xff\xfe{\xc3\n",
    b'{"timestamp": "2026-12-01T00:00\n',
    b"[" * 5000 + b"\n",
    b"y" * (LONGEST_LINE + 9) + b"\n",
    b"\r\n\n",
)
"""Lines that no engine writes. ClamAV's own lines have no form, so it may take some for its own."""


class Reading:
    """A log of one engine, and somebody who hears it and may be started anew."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.log, self.path = folder / "engine.log", folder / "state.heard"
        self.now, self.room = NOW, 1_000_000
        self.begun = None
        with open_ledger(self.path, {}) as ledger:
            # A line that was learned: a device that was not there before is told.
            add_log(ledger, engine, self.log, "shop", NOW - timedelta(days=30))

    def writes(self, data: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(data)

    def hears(self) -> None:
        with open_ledger(self.path, {}) as ledger:
            ledger._db.execute(f"PRAGMA max_page_count = {self.room}")
            Listener(ledger, now=lambda: self.now, zone=TOKYO).listen()

    def kept(self) -> dict[str, list[tuple]]:
        with closing(sqlite3.connect(self.path)) as db:
            return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in KEPT}

    def signals(self) -> Counter:
        with closing(sqlite3.connect(self.path)) as db:
            return Counter(dict(db.execute("SELECT kind, sum(n) FROM tally GROUP BY kind")))

    def lines(self) -> tuple[int, int]:
        with closing(sqlite3.connect(self.path)) as db:
            return db.execute("SELECT sum(lines), sum(unread) FROM day").fetchone()


def renamed(one: Reading, first: bytes, second: bytes, third: bytes) -> None:
    one.writes(first)
    one.hears()
    one.writes(second)
    one.log.rename(f"{one.log}.1")
    one.writes(third)


def renamed_twice_unheard(one: Reading, first: bytes, second: bytes, third: bytes) -> None:
    one.writes(first)
    one.hears()
    one.log.rename(f"{one.log}.2")
    one.writes(second)
    one.log.rename(f"{one.log}.1")
    one.writes(third)


def copied_and_cut(one: Reading, first: bytes, second: bytes, third: bytes) -> None:
    one.writes(first)
    one.hears()
    one.writes(second)
    shutil.copy(one.log, f"{one.log}.1")
    os.truncate(one.log, 0)
    one.writes(third)


def packed(one: Reading, first: bytes, second: bytes, third: bytes) -> None:
    one.writes(first)
    one.hears()
    one.writes(second)
    Path(f"{one.log}.1.gz").write_bytes(gzip.compress(one.log.read_bytes()))
    one.log.unlink()  # the next file may well get its inode
    one.writes(third)


def replaced_by_a_longer_one(one: Reading, first: bytes, second: bytes, third: bytes) -> None:
    one.writes(first)
    one.hears()
    other = Path(f"{one.log}~")
    other.write_bytes(second + third)
    other.replace(one.log)


def led_elsewhere(one: Reading, first: bytes, second: bytes, third: bytes) -> None:
    """The path is a link that somebody lets point to another file, and back."""
    here, there = one.log.with_name("here"), one.log.with_name("there")
    here.write_bytes(first)
    there.write_bytes(second)
    for target in (here, there, here):
        one.log.unlink(missing_ok=True)
        one.log.symlink_to(target)
        one.hears()
    one.writes(third)


def in_pieces(one: Reading, *parts: bytes) -> None:
    whole = b"".join(parts)
    size = max(1, len(whole) // 15)
    for at in range(0, len(whole), size):
        one.writes(whole[at : at + size])
        one.hears()


def while_the_disk_is_full(one: Reading, *parts: bytes) -> None:
    for part in parts:
        one.writes(part)
        with suppress(LedgerError):
            one.room = 1
            one.hears()
        one.room = 1_000_000
        one.hears()


FATES = (
    renamed,
    renamed_twice_unheard,
    copied_and_cut,
    packed,
    replaced_by_a_longer_one,
    led_elsewhere,
    in_pieces,
    while_the_disk_is_full,
)


def thirds(content: bytes) -> tuple[bytes, bytes, bytes]:
    lines = content.splitlines(keepends=True)
    third = -(-len(lines) // 3)
    first, second, third_ = lines[:third], lines[third : 2 * third], lines[2 * third :]
    return b"".join(first), b"".join(second), b"".join(third_)


@pytest.fixture(scope="module")
def quietly(tmp_path_factory):
    """Return what one reading of an engine's lines keeps."""

    def read(engine: str) -> Reading:
        one = Reading(tmp_path_factory.mktemp(engine), engine)
        one.writes(RECORDED[engine])
        one.hears()
        return one

    return {engine: read(engine) for engine in engines()}


@pytest.mark.parametrize("engine", sorted(engines()))
def test_whatever_becomes_of_the_file(tmp_path, quietly, engine):
    for fate in FATES:
        folder = tmp_path / fate.__name__
        folder.mkdir()
        one = Reading(folder, engine)
        fate(one, *thirds(RECORDED[engine]))
        for _ in range(3):  # started anew each time
            one.hears()
        assert one.kept() == quietly[engine].kept(), fate.__name__
        assert one.lines() == quietly[engine].lines(), fate.__name__


@pytest.mark.parametrize("engine", sorted(engines()))
def test_dirt_among_the_lines_hides_none(tmp_path, quietly, engine):
    one = Reading(tmp_path, engine)
    for line in RECORDED[engine].splitlines(keepends=True):
        for dirt in DIRT:
            one.writes(dirt)
        one.writes(line)
    one.hears()
    assert one.kept() == quietly[engine].kept()
    assert one.lines()[1] >= RECORDED[engine].count(b"\n")  # of the too long ones each is counted


@pytest.mark.parametrize("engine", sorted(engines()))
def test_a_clock_that_jumps_forth_and_back_loses_no_signal(tmp_path, quietly, engine):
    one = Reading(tmp_path, engine)
    for part, days in zip(thirds(RECORDED[engine]), (0, 900, -0.5), strict=True):
        one.now = NOW + timedelta(days=days)
        one.writes(part)
        one.hears()
    assert one.signals() == quietly[engine].signals()
    assert one.lines() == quietly[engine].lines()
