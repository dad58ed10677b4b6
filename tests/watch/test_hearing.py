"""What is heard is counted once: kept with its place, through kills, full disks and floods."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from tojimari.model import TojimariError
from tojimari.watch import ledger as ledger_module
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import KEPT_DAYS, LedgerError, day_of, open_ledger

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
TODAY = day_of(NOW)
SLOTS = {"knock": 1440, "attack": 1}


def alert(n, *, at=NOW, source="203.0.113.9", action="allowed"):
    return json.dumps(
        {
            "timestamp": at.isoformat(),
            "event_type": "alert",
            "src_ip": source,
            "dest_ip": "192.168.1.10",
            "dest_port": n,
            "alert": {
                "signature": f"hole {n}",
                "category": "Attempted Administrator Privilege Gain",
                "severity": 1,
                "action": action,
            },
        }
    )


def knock(n, *, source="203.0.113.9", port=23, at=NOW):
    return json.dumps(
        {
            "oob.prefix": "tojimari-knock ",
            "oob.time.sec": int(at.timestamp()),
            "src_ip": source,
            "dest_ip": "198.51.100.1",
            "dest_port": port,
            "ip.protocol": 6,
            "n": n,
        }
    )


@pytest.fixture
def log(tmp_path):
    return tmp_path / "eve.json"


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path / "state.heard", SLOTS) as opened:
        yield opened


def write(log, *lines):
    with log.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def listener(ledger, *, now=NOW):
    return Listener(ledger, now=lambda: now, zone=UTC)


def test_lines_signals_and_what_could_not_be_read_are_counted(ledger, log):
    write(log, alert(1))
    kept = add_log(ledger, "suricata", log, "shop", NOW)
    write(log, alert(2), alert(2), alert(3, action="blocked"), '{"half', '{"event_type": "stats"}')
    write(log, '{"timestamp": "x", "event_type": "dns"}', "\0\0")
    heard = listener(ledger).listen()
    assert (heard.lines, heard.unread, heard.signals) == (6, 2, 3)
    day = ledger.day(kept, TODAY)
    assert (day.lines, day.unread, day.signals) == (6, 2, {"attack": (3, 1)})
    [two, three] = ledger.sightings(NOW - timedelta(days=1))
    assert (two.target, two.n, two.stopped) == ("192.168.1.10:2", 2, False)
    assert (three.target, three.n, three.stopped) == ("192.168.1.10:3", 1, True)
    assert listener(ledger).listen().lines == 0


def test_a_log_that_cannot_be_read_is_named_and_read_on_later(ledger, log):
    add_log(ledger, "suricata", log, "shop", NOW)
    log.mkdir()
    listener(ledger).listen()
    log.rmdir()
    listener(ledger).listen()
    assert ledger.logs()[0].trouble
    write(log, alert(1))
    assert listener(ledger).listen().signals == 1
    assert not ledger.logs()[0].trouble


@pytest.mark.parametrize(
    ("engine", "line"), [("suricata", ""), ("nmap", "shop"), ("../x", "shop"), ("", "")]
)
def test_what_cannot_be_added_is_a_sentence(ledger, log, engine, line):
    with pytest.raises(TojimariError):
        add_log(ledger, engine, log, line, NOW)
    with pytest.raises(TojimariError):
        add_log(ledger, "suricata", log.parent, "shop", NOW)
    assert not ledger.logs()


@pytest.mark.parametrize("off", [timedelta(days=5000), timedelta(days=-5000), timedelta(hours=3)])
def test_a_clock_that_jumped_does_not_take_signals_away(ledger, log, off):
    kept = add_log(ledger, "suricata", log, "shop", NOW)
    write(log, alert(1, at=NOW + off), alert(2))
    listener(ledger).listen()
    assert ledger.day(kept, TODAY).signals == {"attack": (2, 0)}
    assert len(ledger.sightings(NOW - timedelta(days=1))) == 2


def test_a_flood_is_counted_and_what_is_kept_of_it_is_bounded(ledger, log, monkeypatch):
    monkeypatch.setattr(ledger_module, "MOST_SIGHTINGS", 50)
    kept = add_log(ledger, "suricata", log, "shop", NOW)
    write(log, *(alert(n) for n in range(400)))
    listener(ledger).listen()
    day = ledger.day(kept, TODAY)
    assert (day.signals, day.beyond) == ({"attack": (400, 0)}, 350)
    assert len(ledger.sightings(NOW - timedelta(days=1))) == 50


def test_what_is_old_is_forgotten_and_the_counts_stay(ledger, log):
    kept = add_log(ledger, "suricata", log, "shop", NOW)
    write(log, alert(1))
    listener(ledger).listen()
    ledger.forget_old(NOW + timedelta(days=KEPT_DAYS + 1))
    assert not ledger.sightings(NOW - timedelta(days=1))
    assert ledger.day(kept, TODAY).signals == {"attack": (1, 0)}
    ledger.forget_old(NOW + timedelta(days=500))
    assert not ledger.day(kept, TODAY).lines


def test_knocks_are_counted_by_port_and_by_who_knocked(ledger, tmp_path):
    log = tmp_path / "ulogd.json"
    add_log(ledger, "ulogd", log, "198.51.100.1", NOW)
    write(log, *(knock(n, source=f"203.0.113.{n % 3}") for n in range(9)))
    write(log, knock(0, port=3389), knock(0, source="192.168.1.9"))
    listener(ledger).listen()
    assert [(p.port, p.hits, p.pairs) for p in ledger.ports(TODAY)] == [
        ("23/tcp", 9, 3),
        ("3389/tcp", 1, 1),
    ]
    assert ledger.addresses(TODAY) == 1


def test_a_full_disk_is_a_sentence_and_nothing_is_counted_twice_afterwards(tmp_path, log):
    path = tmp_path / "state.heard"
    with open_ledger(path, SLOTS) as ledger:
        kept = add_log(ledger, "suricata", log, "shop", NOW)
        pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
        ledger._db.execute(f"PRAGMA max_page_count = {pages + 30}")
        write(log, *(alert(n) for n in range(9000)))
        hears = listener(ledger)
        with pytest.raises(LedgerError):
            hears.listen()
        before = ledger.day(kept, TODAY).lines
        assert before < 9000
        ledger._db.execute("PRAGMA max_page_count = 1000000")
        hears.listen()
        assert ledger.day(kept, TODAY).lines == 9000
        assert ledger.day(kept, TODAY).signals == {"attack": (9000, 0)}


@pytest.mark.parametrize("content", [b"not a database" * 99, b"\0" * 4096])
def test_a_damaged_ledger_is_a_sentence(tmp_path, content):
    (tmp_path / "x.heard").write_bytes(content)
    with pytest.raises(LedgerError), open_ledger(tmp_path / "x.heard", SLOTS) as opened:
        opened.logs()


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.heard")) as made:
        made.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError), open_ledger(tmp_path / "x.heard", SLOTS):
        pass


_FOLLOW = """
import sys
from pathlib import Path
from datetime import UTC
from tojimari.watch.hearing import Listener
from tojimari.watch.ledger import open_ledger
with open_ledger(Path(sys.argv[1]), {}) as ledger:
    hears = Listener(ledger, zone=UTC)
    print("up", flush=True)
    while True:
        hears.listen()
"""


@pytest.mark.programs
def test_killed_at_any_moment_it_counts_every_line_once(tmp_path, log):
    """Kills a real process that hears while lines are written and the log is rotated."""
    path = tmp_path / "state.heard"
    with open_ledger(path, {}) as ledger:
        kept = add_log(ledger, "suricata", log, "shop", datetime.now(UTC))
    chance = random.Random(56)
    written = 0
    for round_ in range(6):
        hears = subprocess.Popen(
            [sys.executable, "-c", _FOLLOW, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert hears.stdout.readline() == "up\n"
        until = time.monotonic() + chance.uniform(0.05, 0.25)
        while time.monotonic() < until:
            write(log, *(alert(n, at=datetime.now(UTC)) for n in range(written, written + 300)))
            written += 300
        os.kill(hears.pid, signal.SIGKILL)
        hears.wait(PATIENCE)
        hears.stdout.close()
        if round_ % 2:
            log.rename(f"{log}.{9 - round_}")
    with open_ledger(path, {}) as ledger:
        Listener(ledger, zone=UTC).listen()
        days = [ledger.day(kept, day_of(datetime.now(UTC) - timedelta(days=n))) for n in (0, 1)]
        assert sum(day.lines for day in days) == written
        assert sum(day.signals.get("attack", (0, 0))[0] for day in days) == written


def test_the_ledger_is_for_its_user_only(tmp_path):
    with open_ledger(Path(tmp_path / "made" / "x.heard"), SLOTS) as opened:
        assert opened.path.stat().st_mode & 0o077 == 0
