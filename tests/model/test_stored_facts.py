"""What earlier versions stored is read into the types of today, nothing lost, nothing left unread."""

import gzip
import json
import sqlite3
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tojimari.model import Observation, StoredObservation, Subject, restored, seen, stored
from tojimari.model.facts import LessonLearned, fact_kinds, plain_fact
from tojimari.store import open_store

SINCE_0_2_0 = {
    "device.office",
    "device.watch_day",
    "network.box",
    "network.knocks",
    "network.watch_day",
    "company.put_off",
    "company.mail_checks",
    "company.lesson",
    "company.profile",
    "message.verdict",
    "paper.made",
}
"""Kinds that 0.2.0 did not know."""
ASSETS = Path(__file__).parents[1] / "assets"


def of_backup(name: str) -> list[StoredObservation]:
    """Return the observations in a portal's backup, as its database held them."""
    with zipfile.ZipFile(ASSETS / name) as archive:
        lines = archive.read("companies.observation.jsonl").decode().splitlines()
    found = []
    for line in lines:
        row = json.loads(line)
        fields = row["fields"]
        subject = {"kind": fields.pop("subject_kind"), "id": fields.pop("subject_id")}
        del fields["company"], fields["slot"]
        whole = {"id": row["pk"], "subject": subject, **fields}
        found.append(msgspec.convert(whole, StoredObservation))
    return found


def of_state(name: str, tmp_path: Path) -> Path:
    path = tmp_path / "state.sqlite3"
    path.write_bytes(gzip.decompress((ASSETS / name).read_bytes()))
    return path


def rows_of_state(path: Path) -> dict[str, tuple[str, int, Any]]:
    """Return id -> (kind, version, fields) as the file holds them."""
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT id, kind, kind_version, fields FROM observation").fetchall()
    return {row[0]: (row[1], row[2], row[3] and json.loads(row[3])) for row in rows}


def assert_reads(observation: Observation, kind: str, version: int, fields: Any) -> None:
    """The fact is of today's type; where the kind's shape is the stored one, so is every value."""
    assert observation.unread is None, observation.not_seen
    assert type(observation.fact) is fact_kinds()[kind]
    if version == observation.kind_version:
        assert moments(plain_fact(observation.fact)) == moments(fields)


def moments(value: Any) -> Any:
    """Return ``value`` with moments as such: their text may be written in several ways."""
    if isinstance(value, dict):
        return {key: moments(one) for key, one in value.items()}
    if isinstance(value, list):
        return [moments(one) for one in value]
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return datetime.fromisoformat(value)
    return value


@pytest.mark.parametrize("name", ["state-0.1.0.sqlite3.gz", "state-0.2.0.sqlite3.gz"])
def test_every_row_of_a_state_file_is_read_and_says_what_it_said(tmp_path, name):
    path = of_state(name, tmp_path)
    rows = rows_of_state(path)
    with open_store(path) as store:
        found = {o.id: o for o in store.everything()}
    assert found.keys() == rows.keys()
    for id_, (kind, version, fields) in rows.items():
        observation = found[id_]
        if fields is None:
            assert observation.unread is None
            assert (observation.fact, observation.not_seen is None) == (None, False)
        else:
            assert_reads(observation, kind, version, fields)
        assert restored(stored(observation)) == observation


def test_the_samples_of_0_2_0_show_every_kind_seen(tmp_path):
    rows = rows_of_state(of_state("state-0.2.0.sqlite3.gz", tmp_path)).values()
    assert {kind for kind, _, fields in rows if fields is not None} == set(
        fact_kinds()
    ) - SINCE_0_2_0


def test_every_row_of_a_backup_is_read_and_says_what_it_said():
    rows = of_backup("portal-0.2.0.backup")
    assert rows
    for row in rows:
        assert_reads(restored(row), row.kind, row.kind_version, row.fields)


def test_what_an_incident_taught_is_read_from_rows_of_before_its_type_was_renamed():
    """The kind that is stored stays the same, whatever the type is called."""
    assert LessonLearned.KIND == "company.lesson"
    fact = LessonLearned("backup-exists", "2026-10-01", True)
    row = stored(seen(fact, subject=Subject("company", "c"), at=datetime(2026, 10, 2, tzinfo=UTC)))
    assert (row.kind, restored(row).fact) == ("company.lesson", fact)
