"""Lists of MyJVN: what to read about a number, never what has a weakness."""

import contextlib
import json
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.jvn import feed, item, listed, nothing_fits
from tojimari.knowledge.advisories.index import Index, make_index
from tojimari.knowledge.advisories.jvn import JvnEntry, entries
from tojimari.knowledge.advisories.reading import Reading
from tojimari.model import TojimariError

CVE = "CVE-2021-44228"
TRACKER = {"curl": {CVE: {"releases": {"bookworm": {"status": "resolved", "fixed_version": "2"}}}}}


def test_an_entry_is_its_number_title_page_day_and_cve_numbers():
    data = listed(item("JVNDB-2026-000123", "curl に\n 弱点", CVE, "CVE-2026-0001", "JVN#12345678"))
    assert list(entries(data)) == [
        JvnEntry(
            "JVNDB-2026-000123",
            "curl に 弱点",
            "https://jvndb.jvn.jp/ja/contents/2026/JVNDB-2026-000123.html",
            "2026-11-20",
            (CVE, "CVE-2026-0001"),
        )
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"link": "https://jvn.jp.bad.example/ja/"},
        {"link": "javascript:alert(1)"},
        {"link": "https://jvndb.jvn.jp/ja/?q=<x>"},
        {"number": "JVNDB-1"},
        {"title": "  "},
        {"cves": ()},
    ],
)
def test_what_leads_elsewhere_or_names_no_number_is_passed_over(changed):
    cves = changed.pop("cves", (CVE,))
    number = changed.pop("number", "JVNDB-2026-000001")
    title = changed.pop("title", "t")
    assert list(entries(listed(item(number, title, *cves, **changed)))) == []


@pytest.mark.parametrize("data", [listed(), nothing_fits(), feed()])
def test_an_empty_answer_of_the_service_is_a_list_of_nothing(data, tmp_path):
    assert list(entries(data)) == []
    index = made(tmp_path, data)
    assert index.to_read([CVE]) == ()
    assert [(one.records, one.compared) for one in index.sources] == [(1, True), (0, False)]


def test_a_list_of_entries_that_name_no_number_is_one_as_well(tmp_path):
    index = made(tmp_path, listed(item("JVNDB-2026-000001", "t")))
    assert [source.compared for source in index.sources] == [True, False]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<rdf",
        b"<a><b></a>",
        b"<Result/>",
        b"<updates/>",
        listed(item("x", "t"))[:-20],
        listed(item("JVNDB-2026-000001", "t", CVE), sent=2),
        listed(sent=50),
        nothing_fits()[:-9],
        nothing_fits().replace(b"<status:Status", b"<Other"),
        nothing_fits("1", "ERR_PARAM"),
        nothing_fits(method="getVendorList"),
        nothing_fits().replace(b'totalResRet="0"', b'totalResRet="3"'),
        nothing_fits().replace(b'totalResRet="0"', b""),
    ],
)
def test_what_is_no_list_or_not_the_whole_of_it_is_refused(data, tmp_path):
    (tmp_path / "jvn.xml").write_bytes(data)
    with pytest.raises(TojimariError, match="cannot be read as advisories"):
        list(Reading(tmp_path / "jvn.xml"))


def test_a_doctype_is_refused_before_anything_grows():
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa">]>' + listed(item("JVNDB-2026-000001", "&amp;", CVE))
    with pytest.raises(ValueError, match="DOCTYPE"):
        list(entries(bomb))


@given(st.binary(max_size=200))
def test_broken_lists_end_in_one_refusal(noise):
    data = listed(item("JVNDB-2026-000001", "t", CVE))
    for hostile in (noise, data[:400] + noise + data[400:]):
        with contextlib.suppress(ValueError):
            assert all(one.link.startswith("https://jvn") for one in entries(hostile))


def made(folder, *lists):
    (folder / "tracker.json").write_text(json.dumps(TRACKER))
    files = [folder / "tracker.json"]
    for n, data in enumerate(lists):
        files.append(folder / f"jvn-{n}.xml")
        files[-1].write_bytes(data)
    make_index(files, folder / "index")
    return Index(folder / "index")


def test_the_index_tells_the_newest_pages_of_a_number_once(tmp_path):
    first = item("JVNDB-2026-000001", "first", CVE, day="2026-01-01")
    again = item("JVNDB-2026-000001", "again", CVE, day="2026-02-01")
    more = [item(f"JVNDB-2026-0000{n}", "more", CVE, day=f"2026-03-{n}") for n in (11, 12, 13)]
    index = made(tmp_path, listed(first), listed(again, *more))
    assert [one.id[-2:] for one in index.to_read([CVE])] == ["13", "12", "11"]
    assert [one.title for one in index.to_read([CVE], at_most=9)][-1] == "again"
    assert len(index.to_read([CVE, CVE], at_most=9)) == 4
    assert index.to_read(["CVE-2000-0001"]) == index.to_read([]) == ()


def test_a_list_makes_nothing_weak_and_no_data_older(tmp_path):
    plain = made(tmp_path)
    before = plain.of("debian-12", "curl"), plain.as_of, plain.said_of("debian-12", "curl")
    old = made(tmp_path, listed(item("JVNDB-2011-000001", "t", "CVE-2011-0001", day="2011-01-01")))
    assert (old.of("debian-12", "curl"), old.as_of, old.said_of("debian-12", "curl")) == before
    assert [source.compared for source in old.sources] == [True, False]


def test_a_list_alone_is_refused(tmp_path):
    (tmp_path / "jvn.xml").write_bytes(listed(item("JVNDB-2026-000001", "t", CVE)))
    with pytest.raises(TojimariError, match="JVN"):
        make_index([tmp_path / "jvn.xml"], tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_an_index_of_before_has_nothing_to_read(tmp_path):
    made(tmp_path, listed(item("JVNDB-2026-000001", "t", CVE))).close()
    base = sqlite3.connect(tmp_path / "index")
    base.execute("DROP TABLE jvn")
    base.commit()
    base.close()
    assert Index(tmp_path / "index").to_read([CVE]) == ()
