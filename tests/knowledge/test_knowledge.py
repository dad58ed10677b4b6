"""What is known about software: versions, libraries, technologies, newer copies."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prepare_knowledge import literal_of, literals

from tojimari.catalog.copies import check_copies
from tojimari.knowledge import scripts, technologies
from tojimari.knowledge.exploited import exploited
from tojimari.knowledge.files import as_of
from tojimari.knowledge.patterns import LITERALS, Budget, Pattern
from tojimari.knowledge.versions import Version
from tojimari.model import TojimariError

ORDER = ["0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0-rc.1", "1.0.0-rc.2", "1.0",
         "1.0.2", "1.0.2k", "1.0.2u", "1.9.0b1", "1.9.0", "1.10", "2", "2.0.1", "10.0"]  # fmt: skip


def test_versions_are_in_order():
    read = [Version(text) for text in ORDER]
    for place, one in enumerate(read):
        for other in read[place + 1 :]:
            assert one < other, (one, other)
            assert not other < one


def test_equal_versions():
    assert Version("1.9") == Version("1.9.0") == Version("v1.9.0")
    assert hash(Version("1.9")) == hash(Version("1.9.0"))


texts = st.text(alphabet="0123456789.abrcv-_ +", max_size=30) | st.text(max_size=30)


@given(texts, texts, texts)
def test_versions_have_one_order(a, b, c):
    x, y, z = Version(a), Version(b), Version(c)
    assert (x < y) + (y < x) + (x == y) == 1
    if x <= y <= z:
        assert x <= z


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://a.example/js/jquery-3.4.1.min.js", ("jquery", "3.4.1")),
        ("https://ajax.example/libs/jquery/1.12.4/jquery.min.js", None),
        ("https://code.example/3.4.1/jquery.min.js", ("jquery", "3.4.1")),
        ("https://a.example/bootstrap-3.3.7.js", ("bootstrap", "3.3.7")),
        ("https://[", None),
    ],
)
def test_addresses(url, found):
    got = scripts.by_address(url, Budget(5))
    assert found in got if found else isinstance(got, set)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/*! jQuery v3.4.1 | (c) JS Foundation */", ("jquery", "3.4.1")),
        ("/*!\n * Bootstrap v3.3.7 (http://getbootstrap.com)\n */", ("bootstrap", "3.3.7")),
        ("//! moment.js\n//! version : 2.18.1\n", ("moment.js", "2.18.1")),
    ],
)
def test_contents(text, found):
    assert found in scripts.by_content(text, Budget(5))


def test_what_is_wrong_with_a_version():
    old = scripts.vulnerabilities("jquery", "3.4.1")
    assert {"CVE-2020-11022", "CVE-2020-11023"} <= {c for v in old for c in v.identifiers.CVE}
    assert "CVE-2020-11023" in exploited()
    assert scripts.vulnerabilities("jquery", "3.7.1") == []
    assert scripts.vulnerabilities("no-such-library", "1") == []
    assert next(v.rank for v in scripts.vulnerabilities("handlebars", "4.0.5")) >= 3


def recognise(**more):
    given_ = {"headers": {}, "cookies": [], "meta": {}, "html": "", "scripts": []} | more
    found = technologies.recognise(**given_, budget=Budget(5))
    return {one.name: one.version for one in found}


def test_technologies():
    found = recognise(
        headers={
            "server": ["Apache/2.4.57 (Debian) OpenSSL/3.0.11"],
            "x-powered-by": ["PHP/7.4.33"],
        },
        meta={"generator": ["WordPress 6.4.2"]},
    )
    assert found["Apache HTTP Server"] == "2.4.57"
    assert found["OpenSSL"] == "3.0.11"
    assert found["PHP"] == "7.4.33"
    assert found["WordPress"] == "6.4.2"
    assert recognise(cookies=["PHPSESSID"]) == {"PHP": ""}
    assert recognise() == {}


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_page_and_script_is_read(html, script):
    recognise(html=html, scripts=[script], headers={"server": [script]})
    scripts.by_content(script, Budget(5))
    scripts.by_address("https://a.example/" + script, Budget(5))


@pytest.mark.parametrize("bomb", ["a" * 300_000, "/*! " * 50_000, '="1' * 60_000, "1." * 100_000])
def test_texts_that_bring_patterns_to_their_knees_cost_bounded_time(bomb):
    budget = Budget(3)
    scripts.by_content(bomb, budget)
    recognise(html=bomb, headers={"server": [bomb]}, scripts=[bomb])


def test_a_pattern_gives_up():
    pattern = Pattern(r"(?:a|aa|aaa)+$")
    budget = Budget(5)
    assert pattern.search("a" * 5000 + "b", budget) is None
    assert budget.spent


@pytest.mark.parametrize(
    ("source", "literal"),
    [("jquery-(\\d+)", "jquery-"), ("a|jquery", ""), ("(jquery)?x", ""), ("(", ""), ("ab", "")],
)
def test_what_every_match_must_hold(source, literal):
    assert literal_of(source) == literal


def test_what_is_derived_from_the_data_is_up_to_date():
    prepared = json.loads(gzip.decompress(LITERALS.read_bytes()))
    assert prepared == literals()
    assert len(prepared) > 1000
    for pattern in (*scripts.patterns(), *technologies.patterns()):
        assert pattern.literal == prepared.get(pattern.source, "")


def test_a_newer_copy_goes_before_ours(tmp_path, monkeypatch):
    library = {"new-lib": {"vulnerabilities": [{"below": "2", "severity": "high", "cwe": [], "identifiers": {}, "info": []}],
                           "extractors": {"filename": ["new-lib-(§§version§§)\\.js"]}}}  # fmt: skip
    with gzip.open(tmp_path / "retirejs-v5.json.gz", "wt") as file:
        json.dump(library, file)
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    check_copies()
    assert scripts.by_address("https://a/new-lib-1.5.0.js", Budget(5)) == {("new-lib", "1.5.0")}
    assert scripts.vulnerabilities("new-lib", "1.5.0")
    assert scripts.vulnerabilities("jquery", "1.0") == []
    assert as_of("retirejs-v5") != as_of("wappalyzer-fingerprints")
    monkeypatch.delenv("TOJIMARI_KNOWLEDGE")
    assert scripts.vulnerabilities("jquery", "1.0")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"apps": 1}', b"\x1f\x8bnot gzip", b'{"jquery": {}}', b"\xff\xfe"],
)
@pytest.mark.parametrize("name", ["retirejs-v5", "wappalyzer-fingerprints", "kev"])
@pytest.mark.parametrize("ending", [".json", ".json.gz"])
def test_a_broken_copy_is_told_in_one_sentence(tmp_path, monkeypatch, name, content, ending):
    (tmp_path / f"{name}{ending}").write_bytes(content)
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    with pytest.raises(TojimariError) as told:
        check_copies()
    assert name in told.value.say("ja")
    assert "TOJIMARI_KNOWLEDGE" in told.value.say("en")
