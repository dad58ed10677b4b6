"""What is familiar on a line is learned, bounded, and only what is new or steady becomes a matter."""

import random
import sqlite3
import statistics
from datetime import UTC, datetime, timedelta

import pytest

from tojimari.catalog import load_catalog
from tojimari.watch import familiar
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import open_ledger
from tojimari.watch.notice import steady_calls
from tojimari.watch.signal import Signal

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
LEARNED = BEGIN + familiar.LEARNING + timedelta(hours=1)
RULE = load_catalog().watch.rules["steady_unknown"]
PC, PLACE = "192.168.1.14", "203.0.113.66:443"


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "state.heard", {}) as made:
        (tmp_path / "eve.json").touch()
        add_log(made, "suricata", tmp_path / "eve.json", "shop", BEGIN)
        yield made


def note(ledger, *signals):
    with ledger._transaction() as db:
        seen = [(one, one.at.timestamp()) for one in signals]
        return familiar.note(db, 1, BEGIN.timestamp(), seen)


def calls(gaps, *, target=PLACE, begin=LEARNED):
    at = begin
    for gap in (0, *gaps):
        at += timedelta(seconds=gap)
        yield Signal("contact", at, PC, target)


def device(at, mac="00:00:5e:00:53:77"):
    return Signal("presence", at, mac, "192.168.1.77", "printer", "low")


def steady(ledger):
    return [(one.target, one.n) for one in steady_calls(RULE, ledger.rhythms(BEGIN))]


def test_a_device_is_new_once_and_not_while_the_line_is_learned(ledger):
    assert note(ledger, device(BEGIN + timedelta(days=1))) == []
    assert note(ledger, device(LEARNED)) == []
    new = device(LEARNED, "00:00:5e:00:53:78")
    [found] = note(ledger, new, new)
    assert (found.kind, found.source, found.name) == ("new_device", new.source, "printer")
    assert found.severity == "medium"
    assert note(ledger, new) == []
    [phone] = note(ledger, device(LEARNED, "da:a1:19:00:00:01"))  # it made its address up
    assert phone.severity == "low"


def test_the_spread_is_that_of_all_gaps_in_whatever_batches_they_come(ledger):
    chance = random.Random(4)
    gaps = [chance.uniform(30, 90) for _ in range(60)]
    signals = list(calls(gaps))
    for n in range(0, len(signals), 7):
        note(ledger, *signals[n : n + 7])
    [row] = ledger.rhythms(BEGIN)
    assert (row.n, row.named, row.new) == (61, False, True)
    assert row.mean == pytest.approx(statistics.fmean(gaps))
    assert row.jitter == pytest.approx(statistics.pstdev(gaps) / statistics.fmean(gaps))


@pytest.mark.parametrize(
    ("gaps", "told"),
    [
        ([60] * 40, True),
        ([60 + n % 11 for n in range(40)], True),
        ([60, 0.2] * 40, True),  # two connections each time
        ([5, 200, 60, 10, 300] * 8, False),  # a person
        ([2] * 300, False),  # a download
        ([7200] * 10, False),
    ],
)
def test_only_a_beat_that_no_person_keeps_is_told(ledger, gaps, told):
    note(ledger, *calls(gaps))
    assert bool(steady(ledger)) is told


def test_a_place_with_a_name_or_long_known_is_not_told(ledger):
    note(ledger, *calls([60] * 30))
    note(ledger, *calls([60] * 30, target="2001:db8::66:443"))
    assert len(steady(ledger)) == 2
    for address in ("203.0.113.66", "2001:db8::66"):
        note(ledger, Signal("named", LEARNED, target=address))
    assert steady(ledger) == []
    old = "203.0.113.123:123"
    note(ledger, *calls([64] * 5, target=old, begin=BEGIN + timedelta(days=2)))
    note(ledger, *calls([64] * 30, target=old))
    assert steady(ledger) == []


def test_what_is_remembered_is_bounded_and_goes(ledger, monkeypatch):
    monkeypatch.setattr(familiar, "MOST_KNOWN", 5)
    monkeypatch.setattr(familiar, "MOST_CONTACTS", 3)
    for n in range(9):
        note(ledger, *calls([60] * 3, target=f"203.0.113.{n}:443"))
    assert len(ledger.rhythms(BEGIN)) == 3
    (known,) = ledger._rows("SELECT count(*) AS n FROM known")
    assert known["n"] == 5
    ledger.forget_old(LEARNED + timedelta(days=100))
    assert [row["n"] for row in ledger._rows("SELECT count(*) AS n FROM known")] == [0]
    assert ledger.rhythms(BEGIN) == []


def test_a_ledger_of_before_is_made_ready_and_keeps_what_it_has(tmp_path):
    path = tmp_path / "state.heard"
    (tmp_path / "eve.json").touch()
    with open_ledger(path, {}) as made:
        add_log(made, "suricata", tmp_path / "eve.json", "shop", BEGIN)
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE known")
        db.execute("DROP TABLE contact")
        db.execute("PRAGMA user_version = 1")
    with open_ledger(path, {}) as again:
        assert len(again.logs()) == 1
        note(again, *calls([60] * 30))
        assert len(steady(again)) == 1
        Listener(again, now=lambda: LEARNED).listen()
        again.remove(again.logs()[0])
        assert again.rhythms(BEGIN) == []


def test_two_who_listen_minutes_apart_lose_no_rhythm(ledger):
    """An agent's look takes as its time when it began; who follows the log is ahead of it."""
    note(ledger, *calls([60] * 30))
    ahead = LEARNED + timedelta(minutes=30)
    ledger.note_listening(ahead)
    ledger.note_listening(ahead - timedelta(minutes=20))
    assert steady(ledger) == [(PLACE, 31)]
    ledger.note_listening(ahead - timedelta(days=400))  # this is a clock that was ahead
    assert steady(ledger) == []
