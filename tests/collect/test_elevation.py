"""One look with more rights: what crosses between the two programs is taken for hostile by both."""

import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tojimari.catalog import load_catalog
from tojimari.collect import elevation
from tojimari.collect.elevation import ANSWER, QUESTION, NotElevated, Question, read_answer
from tojimari.model import Observation, StoredObservation, Subject, seen, stored
from tojimari.model.facts import DeviceTimeSync

CATALOG = load_catalog()
DEVICE = uuid.uuid4()
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
ASKED = Question("tojimari.elevated/1", DEVICE, ("device.os", "device.time_sync"), "")


def sight(at: datetime = NOW) -> Observation:
    fact = DeviceTimeSync("w32time", synchronised=True)
    return seen(fact, subject=Subject("device", str(DEVICE)), at=at)


def put(folder, *rows: StoredObservation, **changed) -> None:
    kept = [msgspec.structs.replace(row, **changed) for row in rows]
    (folder / ANSWER).write_bytes(msgspec.json.encode(kept))


@pytest.mark.programs
def test_the_program_looks_at_what_was_asked_and_at_nothing_else(tmp_path):
    """By the command that the page starts; more rights than the test's it does not get here."""
    (tmp_path / QUESTION).write_bytes(msgspec.json.encode(ASKED))
    program, arguments = elevation.command(tmp_path)
    asked_at = datetime.now(UTC)
    done = subprocess.run([program, *arguments.split()], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b""
    found = read_answer(tmp_path, ASKED, asked_at)
    assert sorted(one.kind for one in found) == ["device.os", "device.time_sync"]
    assert {one.subject.id for one in found} == {str(DEVICE)}
    assert sorted(path.name for path in tmp_path.iterdir()) == [ANSWER, QUESTION]


def test_another_account_does_not_speak_for_the_person(tmp_path):
    theirs = msgspec.structs.replace(
        ASKED, kinds=("device.os", "device.screen_lock", "device.software"), user="S-1-5-21-1-1"
    )
    (tmp_path / QUESTION).write_bytes(msgspec.json.encode(theirs))
    asked_at = datetime.now(UTC)
    elevation.answer(tmp_path, catalog=CATALOG, at=asked_at)
    assert [one.kind for one in read_answer(tmp_path, theirs, asked_at)] == ["device.os"]


def test_who_is_not_named_is_not_the_one_who_answers(tmp_path):
    """Neither side could tell who it is: that makes them nobody, and not the same."""
    unnamed = msgspec.structs.replace(ASKED, kinds=("device.os", "device.screen_lock"))
    (tmp_path / QUESTION).write_bytes(msgspec.json.encode(unnamed))
    asked_at = datetime.now(UTC)
    elevation.answer(tmp_path, catalog=CATALOG, at=asked_at)
    assert [one.kind for one in read_answer(tmp_path, unnamed, asked_at)] == ["device.os"]


def test_nothing_is_written_over_or_through(tmp_path):
    """Who has more rights must not be led to write where the person could not."""
    real, led = tmp_path / "real", tmp_path / "led"
    real.mkdir()
    led.symlink_to(real)
    (real / QUESTION).write_bytes(msgspec.json.encode(ASKED))
    with pytest.raises(NotElevated):
        elevation.answer(led, catalog=CATALOG, at=NOW)
    target = tmp_path / "precious"
    target.write_text("precious")
    (real / ANSWER).symlink_to(target)
    with pytest.raises(NotElevated):
        elevation.answer(real, catalog=CATALOG, at=NOW)
    assert target.read_text() == "precious"


def test_an_answer_lies_beside_its_question_or_nowhere(tmp_path):
    """As if a folder above had been turned while the program looked."""
    before, turned = tmp_path / "before", tmp_path / "turned"
    for folder in (before, turned):
        folder.mkdir()
    (before / QUESTION).write_bytes(b"{}")
    with (before / QUESTION).open("rb") as question:
        with pytest.raises(NotElevated):
            elevation.leave(turned, b"[]", beside=question.fileno())
        with pytest.raises(NotElevated):  # whoever asked has given up
            elevation.leave(before / "gone", b"[]", beside=question.fileno())
        assert [*turned.iterdir()] == []
        elevation.leave(before, b"[]", beside=question.fileno())
    assert (before / ANSWER).read_bytes() == b"[]"


@pytest.mark.programs
@pytest.mark.parametrize(
    "question", [b"", b"{}", b"[]", b"\xff", msgspec.json.encode({"schema": "x"}), None]
)
def test_a_question_that_is_none_is_one_sentence(tmp_path, question):
    if question is not None:
        (tmp_path / QUESTION).write_bytes(question)
    command = [sys.executable, "-m", "tojimari", "check", "--answer", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / ANSWER).exists()


def test_what_fits_is_taken(tmp_path):
    put(tmp_path, stored(sight(at=NOW + timedelta(seconds=3))))
    [taken] = read_answer(tmp_path, ASKED, NOW)
    assert taken.fact == DeviceTimeSync("w32time", synchronised=True)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "device.firewall"},
        {"kind": "company.profile"},
        {"subject": Subject("device", str(uuid.uuid4()))},
        {"subject": Subject("company", str(DEVICE))},
        {"source": "answered"},
        {"observed_at": NOW - timedelta(hours=1), "last_confirmed_at": NOW - timedelta(hours=1)},
        {"observed_at": NOW + timedelta(days=1), "last_confirmed_at": NOW + timedelta(days=1)},
        {"observed_at": datetime(2026, 11, 29, 9), "last_confirmed_at": datetime(2026, 11, 29, 9)},
        {"last_confirmed_at": NOW + timedelta(seconds=1)},
        {"fields": {"synchronised": "perhaps"}},
        {"kind_version": 99},
    ],
)
def test_what_does_not_fit_the_question_is_refused_whole(tmp_path, changed):
    put(tmp_path, stored(sight()), **changed)
    with pytest.raises(NotElevated):
        read_answer(tmp_path, ASKED, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"{}", b"[1]", b"[" * 100_000, b"[]" + b" " * 2_000_001]
)
def test_what_is_no_answer_is_refused(tmp_path, body):
    (tmp_path / ANSWER).write_bytes(body)
    with pytest.raises(NotElevated):
        read_answer(tmp_path, ASKED, NOW)


def test_the_same_kind_twice_is_refused(tmp_path):
    put(tmp_path, stored(sight()), stored(sight()))
    with pytest.raises(NotElevated):
        read_answer(tmp_path, ASKED, NOW)


def test_where_there_is_no_windows_it_is_not_offered():
    assert not elevation.available()
