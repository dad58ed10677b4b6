"""The state file: nothing saved is lost, and everything wrong with it is one clear sentence."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.support.facts import AS_OF, time_sync
from tests.support.hosts import unshared
from tests.support.patience import PATIENCE
from tojimari.assess.assessment import assess
from tojimari.catalog import load_catalog
from tojimari.model import NotSeen, decode_assessment, new_id
from tojimari.model.facts import CompanyAnswer, DeviceTimeSync
from tojimari.store import ClockSetBack, StoreError, open_store

CATALOG = load_catalog()
ASSETS = Path(__file__).parents[1] / "assets"


def test_the_same_fact_again_only_moves_last_confirmed(tmp_path):
    later = AS_OF + timedelta(days=3)
    with open_store(tmp_path / "s") as store:
        assert store.save([time_sync()], CATALOG) == 1
        assert store.save([time_sync(later)], CATALOG) == 0
        [kept] = store.everything()
    assert (kept.observed_at, kept.last_confirmed_at) == (AS_OF, later)


def test_a_different_fact_is_a_new_row_and_the_old_one_stays(tmp_path):
    later = AS_OF + timedelta(days=3)
    with open_store(tmp_path / "s") as store:
        store.save([time_sync()], CATALOG)
        store.save([time_sync(later, synchronised=False)], CATALOG)
        assert len(store.everything()) == 2
        [current] = store.current()
    assert current.fact.synchronised is False


def test_behind_a_look_that_saw_nothing_stands_the_last_one_that_did(tmp_path):
    unseen = msgspec.structs.replace(
        time_sync(AS_OF + timedelta(days=3)), fact=None, not_seen=NotSeen("timed_out")
    )
    with open_store(tmp_path / "s") as store:
        store.save([time_sync(AS_OF - timedelta(days=1), synchronised=False)], CATALOG)
        store.save([time_sync()], CATALOG)
        store.save([unseen], CATALOG)
        found = {one.last_confirmed_at: one.fact for one in store.current()}
        assert found == {
            AS_OF: DeviceTimeSync("chrony", True),
            unseen.last_confirmed_at: None,
        }
        # What was erased does not come back: an answer behind "nothing" is not handed out.
        answer = msgspec.structs.replace(
            time_sync(), kind="company.answer", source="answered", fact=CompanyAnswer("x", (), None)
        )
        gone = msgspec.structs.replace(
            answer,
            id=new_id(),
            last_confirmed_at=unseen.last_confirmed_at,
            fact=None,
            not_seen=NotSeen("erased"),
        )
        store.save([msgspec.structs.replace(answer, fact=CompanyAnswer("", (), None))], CATALOG)
        store.save([gone], CATALOG)
        assert [o.fact for o in store.current() if o.kind == "company.answer"] == [None]


def test_behind_a_look_that_saw_a_part_stands_the_last_one_that_saw_all(tmp_path):
    part = msgspec.structs.replace(
        time_sync(AS_OF + timedelta(days=3)),
        fact=DeviceTimeSync("chrony", None),
        partly_not_seen={"synchronised": NotSeen("no_permission")},
    )
    with open_store(tmp_path / "s") as store:
        store.save([time_sync(AS_OF - timedelta(days=1))], CATALOG)
        store.save([time_sync(synchronised=False)], CATALOG)
        store.save([part], CATALOG)
        found = {one.last_confirmed_at: one.fact.synchronised for one in store.current()}
    assert found == {AS_OF: False, part.last_confirmed_at: None}


def test_behind_a_look_that_saw_nothing_stands_what_an_engine_said_too(tmp_path):
    said = msgspec.structs.replace(time_sync(), source="heard")
    unseen = msgspec.structs.replace(
        time_sync(AS_OF + timedelta(days=3)), fact=None, not_seen=NotSeen("timed_out")
    )
    with open_store(tmp_path / "s") as store:
        store.save([said], CATALOG)
        store.save([unseen], CATALOG)
        assert {one.source: one.fact is None for one in store.current()} == {
            "heard": False,
            "measured": True,
        }


def test_an_assessment_is_stored_whole_and_those_of_earlier_versions_are_read(tmp_path):
    path = tmp_path / "s"
    earlier = (ASSETS / "assessment-0.2.0.json").read_text("utf-8")
    with open_store(path) as store:
        made = assess([time_sync()], company=store.company, catalog=CATALOG, as_of=AS_OF)
        store.save_assessment(made)
        row = (new_id(), store.company, "2026-01-01T00:00:00+00:00", "1", earlier)
        with sqlite3.connect(path) as db:
            db.execute("INSERT INTO assessment VALUES (?, ?, ?, ?, ?)", row)
        first, second = store.assessments()
    assert first == decode_assessment(earlier)
    assert second == made
    with sqlite3.connect(path) as db:
        db.execute("""UPDATE assessment SET content = '{"schema": "tojimari.assessment/9"}'""")
    with open_store(path) as store, pytest.raises(StoreError, match="newer tojimari") as refused:
        store.assessments()
    assert "新しい版" in refused.value.say("ja")


def test_the_file_is_for_this_user_only(tmp_path):
    path = tmp_path / "new" / "s"
    open_store(path).close()
    assert path.stat().st_mode & 0o077 == 0


def test_ids_of_company_and_device_stay(tmp_path):
    with open_store(tmp_path / "s") as store:
        first = store.company, store.device
    with open_store(tmp_path / "s") as store:
        assert (store.company, store.device) == first
    assert first[0] != first[1]


def test_a_clock_set_back_is_refused_and_can_be_accepted(tmp_path):
    earlier = AS_OF - timedelta(days=400)
    with open_store(tmp_path / "s") as store:
        store.save([time_sync()], CATALOG)
        with pytest.raises(ClockSetBack, match="clock"):
            store.moment(earlier)
        assert store.moment(AS_OF - timedelta(minutes=4)) == AS_OF
        store.accept_clock(earlier)
        assert store.moment(earlier) == earlier
        [kept] = store.everything()
    assert kept.last_confirmed_at == earlier


@pytest.mark.parametrize("content", [b"this is no database", b"SQLite format 3\0" + b"x" * 200])
def test_a_file_that_is_no_state_file_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "s"
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught, open_store(path) as store:
        store.current()
    assert str(path) in caught.value.say("en")
    assert "\n" not in caught.value.say("ja")
    assert path.read_bytes() == content


def test_a_folder_in_its_place_is_refused(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path)


def test_a_newer_state_file_is_refused(tmp_path):
    path = tmp_path / "s"
    open_store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(StoreError, match="newer tojimari"):
        open_store(path)


def test_a_busy_file_says_so(tmp_path, monkeypatch):
    path = tmp_path / "s"
    other = open_store(path)
    other._connection.execute("BEGIN IMMEDIATE")
    with open_store(path) as store:
        store._connection.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(StoreError, match="another tojimari"):
            store.save([time_sync()], CATALOG)
    other.close()


WRITER = textwrap.dedent(
    """
    import sys
    from datetime import timedelta
    from pathlib import Path
    from tests.support.facts import AS_OF, time_sync
    from tojimari.catalog import load_catalog
    from tojimari.store import open_store
    CATALOG = load_catalog()
    store = open_store(Path(sys.argv[1]))
    print("ready", flush=True)
    for n in range(1, 100000):
        at = AS_OF + timedelta(seconds=n)
        store.save([time_sync(at, service=f"s{n}"), time_sync(at, service=f"t{n}")], CATALOG)
        print(n, flush=True)
    """
)


@pytest.mark.programs
@pytest.mark.parametrize("after_writes", [1, 3, 17])
def test_kill_9_at_any_moment_loses_nothing_saved(tmp_path, after_writes):
    path = tmp_path / "s"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    said = 0
    for line in process.stdout:
        if line.strip() == "ready":
            continue
        said = int(line)
        if said >= after_writes:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.wait()
    process.stdout.close()
    with open_store(path) as store:
        kept = store.everything()
        assert store._connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    services = [o.fact.service for o in kept]
    assert {f"s{n}" for n in range(1, said + 1)} <= set(services)
    # Each save is whole: its first row never stands there without its second.
    assert {s[1:] for s in services if s[0] == "s"} == {s[1:] for s in services if s[0] == "t"}


@pytest.mark.programs
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path):
    """A real full file system: a 300 kB tmpfs in a mount namespace of its own."""
    script = textwrap.dedent(
        f"""
        import subprocess, sys
        from pathlib import Path
        from datetime import timedelta
        from tests.support.facts import AS_OF, time_sync
        from tojimari.catalog import load_catalog
        from tojimari.store import open_store, StoreError
        CATALOG = load_catalog()
        place = Path({str(tmp_path / "small")!r})
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)], check=True)
        path = place / "s"
        store = open_store(path)
        saved = 0
        try:
            for n in range(10000):
                at = AS_OF + timedelta(seconds=n)
                store.save([time_sync(at, service=f"s{{n}}" + "x" * 3000)], CATALOG)
                saved += 1
        except StoreError as error:
            print(error.say("en"))
        store.close()
        with open_store(path) as again:
            print(saved > 5, len(again.everything()) == saved)
        """
    )
    done = subprocess.run(
        [*unshared("--mount"), sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    sentence, proof = done.stdout.strip().splitlines()
    assert "the disk is full" in sentence
    assert proof == "True True"


def test_of_two_facts_in_the_same_second_the_later_saved_counts(tmp_path):
    for attempt in range(20):
        with open_store(tmp_path / f"s{attempt}") as store:
            store.save([time_sync(synchronised=True)], CATALOG)
            store.save([time_sync(synchronised=False)], CATALOG)
            [current] = store.current()
        assert current.fact.synchronised is False


def test_a_clock_corrected_a_little_does_not_hide_what_is_seen_next(tmp_path):
    with open_store(tmp_path / "s") as store:
        store.save([time_sync(synchronised=True)], CATALOG)
        at = store.moment(AS_OF - timedelta(minutes=3))
        store.save([time_sync(at, synchronised=False)], CATALOG)
        [current] = store.current()
    assert at == AS_OF
    assert current.fact.synchronised is False
