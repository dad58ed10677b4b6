"""Files that somebody hands over as a record: large, doubled, lying, cut, nonsense."""

import io
import json
import struct
import time
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins

from tests.support.chained import RECORD, record_of
from tojimari.respond.record import Entry, Leaf, Shown, blind, digest_of, exported, new_salt
from tojimari.respond.record.exported import SCHEMA, Unreadable, open_exported
from tojimari.respond.record.verification import verify


def form(**more) -> dict:
    return {
        "schema": SCHEMA,
        "record": RECORD,
        "made_at": "",
        "about": {},
        "lines": to_builtins(record_of(["a", "b"])),
        "heads": [],
        "keys": {},
        **more,
    }


def zipped(parts: list[tuple[str, bytes]], **more) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


def why(tmp_path, data: bytes) -> str:
    file = tmp_path / "record"
    file.write_bytes(data)
    begun = time.monotonic()
    try:
        opened = open_exported(file)
    except Unreadable as error:
        return error.why
    finally:
        assert time.monotonic() - begun < 10
    try:
        return verify(opened).state
    finally:
        opened.close()


def test_what_fits_but_is_not_signed_cannot_be_told(tmp_path):
    assert why(tmp_path, json.dumps(form()).encode()) == "unknown"
    assert why(tmp_path, zipped([("record.json", json.dumps(form()).encode())])) == "unknown"
    assert why(tmp_path, json.dumps(form(lines=[])).encode()) == "unknown"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_record"),
        (b"PK", "not_record"),
        (b"PK\3\4" + bytes(100), "not_record"),
        (b"{}", "not_record"),
        (b"[" * 100_000, "not_record"),
        (json.dumps(form(schema="other/1")).encode(), "not_record"),
        (json.dumps(form(schema="tojimari.incident-record/2")).encode(), "other_version"),
        (json.dumps(form(lines=[{}])).encode(), "not_record"),
        (b'{"schema": "\\ud800"}', "not_record"),
        (json.dumps(form(heads=[{"jws": "a"}] * 5001)).encode(), "too_large"),
        (zipped([("other.json", b"{}")]), "not_record"),
        (zipped([(f"n{n}", b"") for n in range(5001)]), "too_large"),
        (zipped([("record.json", b" " * 64_000_001)]), "too_large"),
    ],
    ids=range(13),
)
def test_what_is_no_record_is_one_word(tmp_path, data, reason):
    assert why(tmp_path, data) == reason


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name(tmp_path):
    body = json.dumps(form()).encode()
    assert why(tmp_path, zipped([("record.json", body), ("record.json", body)])) == "doubled_name"


def test_a_million_parts_are_refused_before_they_are_read(tmp_path):
    """The end of the archive says few, and a list of parts that is long."""
    entry = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"x") * 1_000_000
    for count in (3, 65535):
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), 0, 0)
        assert why(tmp_path, b"PK\3\4" + directory + end) in ("too_large", "not_record")
    locator = b"PK\6\7" + bytes(16)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 10, 0, 0)
    assert why(tmp_path, b"PK\3\4" + directory + locator + end) == "too_large"


def test_a_bomb_in_the_place_of_a_file_is_not_unpacked(tmp_path):
    lines = record_of(["a", "b", "c"])
    assert lines[2].leaves["file"].value == "evidence/1.jpg"
    bomb = zipped(
        [
            ("record.json", json.dumps(form(lines=to_builtins(lines))).encode()),
            ("evidence/1.jpg", bytes(300_000_000)),
        ]
    )
    begun = time.monotonic()
    assert why(tmp_path, bomb) == "broken"
    assert time.monotonic() - begun < 5
    # The same, with a length in the list of parts that lies.
    at = bomb.rindex(b"evidence/1.jpg") - 46
    lying = bomb[: at + 24] + struct.pack("<L", 7) + bomb[at + 28 :]
    assert why(tmp_path, lying) == "broken"


WHOLE = zipped(
    [
        ("evidence/1.jpg", b"a photo"),
        ("record.json", json.dumps(form(lines=to_builtins(record_of(["あ", "b", "c"])))).encode()),
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 255))
def test_any_byte_changed_is_refused_or_broken_or_changes_nothing(tmp_path, at, bits):
    changed = bytearray(WHOLE)
    changed[at % len(WHOLE)] ^= bits
    assert why(tmp_path, bytes(changed)) in ("not_record", "too_large", "broken", "unknown")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_one_word(tmp_path, data):
    assert why(tmp_path, data) == "not_record"


def naming(parts: list[str], size: int) -> dict:
    """A record each of whose lines names a part of ``size`` zero bytes, and fits."""
    salt, before, lines = new_salt(), "", []
    digest = blind(salt, bytes(size))
    for number, part in enumerate(parts, 1):
        entry = Entry(
            record=RECORD,
            number=number,
            kind="file",
            written_at="2026-11-29T00:00:00.000000Z",
            previous=before,
            size=size,
            digests={"file": digest},
        )
        before = digest_of(entry)
        lines.append(to_builtins(Shown(entry, before, {"file": Leaf(salt, part)})))
    return form(lines=lines)


def test_a_part_that_many_lines_name_is_not_hashed_again_and_again(tmp_path):
    size = 1_000_000
    parts = [("evidence/1.bin", bytes(size)), ("evidence/2.bin", bytes(size))]
    names = [name for name, _ in parts]

    def whole(lines: list[str]) -> bytes:
        return zipped([("record.json", json.dumps(naming(lines, size)).encode()), *parts])

    assert why(tmp_path, whole(names)) == "unknown", "it fits, and nobody signed it"
    assert why(tmp_path, whole([names[0]] * 12)) == "doubled_name"


def test_parts_are_bounded_together_however_small_they_are_packed(tmp_path, monkeypatch):
    size = 1_000_000
    names = [f"evidence/{number}.bin" for number in range(4)]
    data = zipped(
        [
            ("record.json", json.dumps(naming(names, size)).encode()),
            *((name, bytes(size)) for name in names),
        ]
    )
    assert why(tmp_path, data) == "unknown"
    monkeypatch.setattr(exported, "ZIP_BYTES", 4 * size - 1)
    assert len(data) < size
    assert why(tmp_path, data) == "too_large"
