"""Published weaknesses: every form that is read, in its traps; what is broken; what is kept."""

import gzip
import json
import sqlite3
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.knowledge.advisories.advisory import Advisory, Span
from tojimari.knowledge.advisories.index import Index, index, make_index
from tojimari.knowledge.advisories.osv import Record, advisories, release_of
from tojimari.knowledge.advisories.place import index_place
from tojimari.knowledge.package_versions import NoVersion
from tojimari.model import TojimariError


def record(*events, ecosystem="Debian:12", name="openssl", **more):
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {
        "id": "DEBIAN-CVE-2026-1",
        "modified": "2026-11-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "ranges": ranges}],
    } | more


def index_of(tmp_path, *contents):
    files = []
    for number, content in enumerate(contents):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps(content), encoding="utf-8")
    make_index(files, tmp_path / "index.sqlite3")
    return Index(tmp_path / "index.sqlite3")


def fixed(read, version, package="openssl", release="debian-12"):
    return [one.fixed_for(version) for one in read.of(release, package)]


def test_a_version_before_the_fix_is_weak_and_the_fix_is_not(tmp_path):
    read = index_of(tmp_path, record({"introduced": "0"}, {"fixed": "3.0.11-1~deb12u2"}))
    assert fixed(read, "3.0.11-1~deb12u1") == ["3.0.11-1~deb12u2"]
    assert fixed(read, "3.0.11-1~deb12u2") == [None]
    assert fixed(read, "1:0.1-1") == [None], "an epoch stands above all"
    assert fixed(read, "3.0.11~rc1-1") == ["3.0.11-1~deb12u2"]


@pytest.mark.parametrize(
    ("events", "weak", "sound"),
    [
        ([{"introduced": "2.0-1"}, {"fixed": "2.4-1"}], ["2.0-1", "2.3-9"], ["1.9-1", "2.4-1"]),
        # In any order, several at once, both in one event.
        (
            [{"fixed": "4-1"}, {"introduced": "3-1"}, {"introduced": "0"}, {"fixed": "2-1"}],
            ["1-1", "3-1", "3.9-1"],
            ["2-1", "2.5-1", "4-1"],
        ),
        ([{"introduced": "0"}, {"last_affected": "2-1"}], ["1-1", "2-1"], ["2-2"]),
        ([{"introduced": "2-1"}], ["2-1", "99-1"], ["1-1"]),
        # Empty: mended where it began.
        ([{"introduced": "2-1"}, {"fixed": "2-1"}, {"introduced": "0"}], ["1-1"], ["2-1", "3-1"]),
    ],
)
def test_events_become_spans(tmp_path, events, weak, sound):
    read = index_of(tmp_path, record(*events))
    assert all(fixed(read, version) != [None] for version in weak)
    assert all(fixed(read, version) == [None] for version in sound)


def test_what_cannot_be_read_as_a_version_says_nothing(tmp_path):
    broken = record({"introduced": "0"}, {"fixed": "not a version"})
    good = record({"introduced": "0"}, {"fixed": "2-1"}, name="curl")
    read = index_of(tmp_path, [broken, good])
    assert read.of("debian-12", "openssl") == ()
    assert fixed(read, "1-1", "curl") == ["2-1"]
    with pytest.raises(NoVersion):
        fixed(read, "x" * 500, "curl")


def test_withdrawn_records_and_ranges_of_git_say_nothing():
    events = ({"introduced": "0"}, {"fixed": "2-1"})
    withdrawn = record(*events, withdrawn="2026-01-01T00:00:00Z")
    assert not list(advisories(Record(**_structured(withdrawn))))
    of_git = record(*events)
    of_git["affected"][0]["ranges"][0]["type"] = "GIT"
    assert not list(advisories(Record(**_structured(of_git))))


def _structured(given):
    import msgspec

    read = msgspec.json.decode(json.dumps(given), type=Record)
    return {name: getattr(read, name) for name in Record.__struct_fields__}


def test_a_cve_is_found_wherever_a_publisher_writes_it(tmp_path):
    events = ({"introduced": "0"}, {"fixed": "2-1"})
    read = index_of(
        tmp_path,
        [
            record(*events, id="DSA-1-1", upstream=["CVE-2026-11", "CVE-2026-1234"]),
            record(*events, id="UBUNTU-CVE-2026-4321", ecosystem="Ubuntu:22.04:LTS"),
            record(
                *events, id="GHSA-x", aliases=["CVE-2026-9999"], ecosystem="PyPI", name="Pil_low"
            ),
        ],
    )
    assert read.of("debian-12", "openssl")[0].cves == ("CVE-2026-1234",)
    assert read.of("ubuntu-22.04", "openssl")[0].cves == ("CVE-2026-4321",)
    assert read.of("pypi", "pil-low")[0].cves == ("CVE-2026-9999",)


@pytest.mark.parametrize(
    ("ecosystem", "release"),
    [
        ("Debian:12", "debian-12"),
        ("Debian:7.0", "debian-7"),
        ("Debian", ""),
        ("Ubuntu:24.04:LTS", "ubuntu-24.04"),
        ("Ubuntu:25.10", "ubuntu-25.10"),
        ("Ubuntu:Pro:18.04:LTS", ""),
        ("PyPI", "pypi"),
        ("npm", ""),
        ("AlmaLinux:9", "almalinux-9"),
        ("Rocky Linux:8", "rocky-8"),
        ("Rocky Linux:x", ""),
        ("openSUSE:Leap 15.5", ""),
    ],
)
def test_releases_of_ecosystems(ecosystem, release):
    assert release_of(ecosystem) == release


def test_python_packages_are_ordered_as_python_orders_them(tmp_path):
    read = index_of(
        tmp_path, record({"introduced": "0"}, {"fixed": "1.10"}, ecosystem="PyPI", name="x")
    )
    assert fixed(read, "1.9", "x", "pypi") == ["1.10"]
    assert fixed(read, "1.10rc1", "x", "pypi") == ["1.10"]
    assert fixed(read, "1.10.post1", "x", "pypi") == [None]


TRACKER = {
    "curl": {
        "CVE-2026-1001": {
            "description": "x",
            "releases": {
                "bookworm": {"status": "resolved", "fixed_version": "7.88.1-10+deb12u9"},
                "trixie": {"status": "resolved", "fixed_version": "0"},
                "sid": {"status": "resolved", "fixed_version": "8.9-1"},
                "bullseye": {"status": "open", "urgency": "low"},
            },
        },
        "CVE-2026-1002": {"releases": {"bookworm": {"status": "undetermined"}}},
        "CVE-2026-1003": {"releases": {"bookworm": {"status": "open", "urgency": "unimportant"}}},
        "CVE-2026-1004": {"releases": {"bullseye": {"status": "open", "urgency": "end-of-life"}}},
        "TEMP-0000000-ABCDEF": {"releases": {"bookworm": {"status": "open"}}},
    }
}


def test_debians_tracker(tmp_path):
    read = index_of(tmp_path, TRACKER)
    assert read.releases == {"debian-12", "debian-11"}
    assert fixed(read, "7.88.1-10+deb12u8", "curl") == ["7.88.1-10+deb12u9", ""]
    assert fixed(read, "7.88.1-10+deb12u9", "curl") == [None, ""]
    assert fixed(read, "7.74.0-1.3+deb11u2", "curl", "debian-11") == ["", ""]
    assert read.of("debian-12", "curl")[1].cves == ()


def test_archives_and_compressed_files(tmp_path):
    one = record({"introduced": "0"}, {"fixed": "2-1"})
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.json", json.dumps(one))
        archive.writestr("b.json", "{broken")
        archive.writestr("../../etc/c.json", json.dumps(one | {"id": "DSA-2-1"}))
        archive.writestr("readme.txt", "no record")
    (tmp_path / "t.json.gz").write_bytes(gzip.compress(json.dumps(TRACKER).encode()))
    taken = make_index([tmp_path / "all.zip", tmp_path / "t.json.gz"], tmp_path / "i.sqlite3")
    assert [(one.name, one.records, one.unread) for one in taken] == [
        ("all.zip", 2, 1),
        ("t.json.gz", 4, 0),
    ]
    assert taken[0].as_of.isoformat() == "2026-11-01"
    assert len(Index(tmp_path / "i.sqlite3").of("debian-12", "openssl")) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\x00\xff",
        b"PK\x03\x04broken",
        b'{"id": 3}',
        b'{"curl": []}',
        b'{"id": "X", "affected": "all"}',
        b"[" * 100_000,
        json.dumps(record(ecosystem="npm")).encode(),
    ],
)
def test_what_is_no_advisory_is_refused_and_the_index_stays(tmp_path, content):
    index_of(tmp_path, TRACKER).close()
    before = (tmp_path / "index.sqlite3").read_bytes()
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(TojimariError, match=r"bad\.json"):
        make_index([tmp_path / "0.json", tmp_path / "bad.json"], tmp_path / "index.sqlite3")
    assert (tmp_path / "index.sqlite3").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0.json",
        "bad.json",
        "index.sqlite3",
    ]


@pytest.mark.parametrize(
    "named", [{"id": "A\0B"}, {"id": "\x01"}, {"id": "x" * 500}, {"id": "a b"}, {"id": "弱"}]
)
def test_numbers_and_names_that_no_publisher_writes_say_nothing(tmp_path, named):
    events = ({"introduced": "0"}, {"fixed": "2-1"})
    read = index_of(
        tmp_path, [record(*events, **named), record(*events, name="../x"), record(*events)]
    )
    assert [one.id for one in read.of("debian-12", "openssl")] == ["DEBIAN-CVE-2026-1"]
    assert read.of("debian-12", "../x") == ()


def test_archives_that_cannot_be_unpacked_are_refused(tmp_path):
    place = tmp_path / "x.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps(record()))
    data = bytearray(place.read_bytes())
    for at in (data.index(b"PK\x01\x02") + 8, 6):
        data[at] |= 1  # encrypted, they say
    place.write_bytes(data)
    with pytest.raises(TojimariError, match=r"x\.zip"):
        make_index([place], tmp_path / "i.sqlite3")
    (tmp_path / "deep.json").write_bytes(b"[" * 1_000_000)
    with pytest.raises(TojimariError, match=r"deep\.json"):
        make_index([tmp_path / "deep.json"], tmp_path / "i.sqlite3")


def test_a_day_to_come_is_no_day_of_data(tmp_path):
    one = record({"introduced": "0"}, {"fixed": "2-1"}, modified="9999-12-31T00:00:00Z")
    assert index_of(tmp_path, one).as_of <= datetime.now(UTC).date()


def test_a_file_that_is_no_index_is_said(tmp_path):
    (tmp_path / "x.sqlite3").write_bytes(b"no base")
    with pytest.raises(TojimariError, match="advisories import"):
        Index(tmp_path / "x.sqlite3")
    base = sqlite3.connect(tmp_path / "y.sqlite3")
    base.execute("CREATE TABLE about (form, made_at, sources)")
    base.execute("INSERT INTO about VALUES (99, '2026-01-01', x'90')")
    base.commit()
    base.close()
    with pytest.raises(TojimariError, match="advisories import"):
        Index(tmp_path / "y.sqlite3")


def test_a_new_index_is_used_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    assert index() is None
    (tmp_path / "0.json").write_text(json.dumps(TRACKER))
    make_index([tmp_path / "0.json"], index_place())
    first = index()
    assert first is not None
    assert index() is first
    assert first.of("debian-12", "curl")
    (tmp_path / "0.json").write_text(json.dumps(record({"introduced": "0"}, {"fixed": "2-1"})))
    make_index([tmp_path / "0.json"], index_place())
    assert not index().of("debian-12", "curl")


VERSIONS = st.from_regex(
    r"(?:[0-2]:)?[0-9]{1,3}(?:[.~+][0-9a-z]{1,3}){0,3}(?:-[0-9]{1,2})?", fullmatch=True
)


@given(version=VERSIONS, ends=st.tuples(VERSIONS, VERSIONS))
def test_a_fix_always_mends_what_it_is_named_for(version, ends):
    one = Advisory("X", "debian-12", "p", (), (Span(fixed=ends[0]), Span(ends[0], fixed=ends[1])))
    mends = one.fixed_for(version)
    if mends:
        later = one.fixed_for(mends)
        assert later is None or later != mends, "the version that mends is not weak by that span"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "affected",
                        "package",
                        "ranges",
                        "events",
                        "releases",
                        "curl",
                        "bookworm",
                        "status",
                    ]
                )
                | st.text(),
                x,
            )
        ),
    )
)
def test_any_json_is_read_or_refused(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("any")
    (folder / "x.json").write_text(json.dumps(content))
    refusal = ""
    try:
        make_index([folder / "x.json"], folder / "i.sqlite3")
    except TojimariError as error:
        refusal = str(error)
    assert bool(refusal) != (folder / "i.sqlite3").exists()
    assert not refusal or "x.json" in refusal
