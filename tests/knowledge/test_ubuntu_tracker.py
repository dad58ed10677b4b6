"""Ubuntu's CVE tracker: what its files say of releases anybody gets, and nothing of the rest."""

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tojimari.knowledge.advisories.advisory import Span
from tojimari.knowledge.advisories.index import Index, make_index
from tojimari.knowledge.advisories.reading import Reading
from tojimari.knowledge.advisories.ubuntu_tracker import advisories, is_candidate
from tojimari.model import TojimariError

FILE = """\
Candidate: CVE-2026-0001
PublicDate: 2026-11-20 12:00:00 UTC
References:
 https://www.cve.org/CVERecord?id=CVE-2026-0001
Description:
 jammy_openssl: released (9.9) is only a sentence here
Priority: medium

Patches_openssl:
upstream_openssl: released (3.0.3)
jammy_openssl: released (3.0.2-0ubuntu1.2)
noble_openssl: not-affected (3.0.13-0ubuntu3)
focal_openssl: needed
questing_openssl: pending (3.5.3-1ubuntu3)
plucky_openssl: needs-triage
bionic_openssl: ignored (end of standard support)
trusty_openssl: DNE
mantic_openssl: released (no version)
esm-infra/jammy_openssl: released (3.0.2-0ubuntu1.9+esm1)
fips-updates/jammy_openssl: released (3.0.2-0ubuntu1.9+Fips1)
trusty/esm_openssl: needed
devel_openssl: needed
jammy_g++: deferred (2026-11-21)
jammy_../etc: needed
"""


def test_releases_that_anybody_gets_are_read_and_nothing_is_guessed():
    said = {(one.release, one.package): one.spans for one in advisories(FILE.encode())}
    assert said == {
        ("ubuntu-22.04", "openssl"): (Span(fixed="3.0.2-0ubuntu1.2"),),
        ("ubuntu-20.04", "openssl"): (Span(),),
        ("ubuntu-25.10", "openssl"): (Span(),),
        ("ubuntu-22.04", "g++"): (Span(),),
    }
    assert {one.cves for one in advisories(FILE.encode())} == {("CVE-2026-0001",)}


def test_a_file_or_a_zip_of_them_becomes_the_index(tmp_path):
    (tmp_path / "CVE-2026-0001").write_text(FILE)
    make_index([tmp_path / "CVE-2026-0001"], tmp_path / "one")
    assert Index(tmp_path / "one").of("ubuntu-22.04", "openssl")[0].spans[0].fixed
    with zipfile.ZipFile(tmp_path / "uct.zip", "w") as archive:
        archive.writestr("uct/active/CVE-2026-0001", FILE)
        archive.writestr("uct/active/CVE-2026-0002", FILE.replace("0001", "0002"))
        archive.writestr("uct/active/CVE-2026-0003", "<html>broken")
        archive.writestr("uct/README", "Candidate: CVE-2026-0009\njammy_zlib: needed\n")
    make_index([tmp_path / "uct.zip"], tmp_path / "many")
    index = Index(tmp_path / "many")
    assert len(index.of("ubuntu-22.04", "openssl")) == 2
    assert index.of("ubuntu-22.04", "zlib") == ()
    assert [(one.records, one.unread) for one in index.sources] == [(2, 1)]


@pytest.mark.parametrize("text", ["", "Candidate: CVE-1\n", "jammy_zlib: needed\n", "Candidate:"])
def test_what_is_no_file_of_the_tracker_is_refused(text, tmp_path):
    (tmp_path / "CVE-2026-0001").write_text(text)
    with pytest.raises(TojimariError, match="cannot be read as advisories"):
        list(Reading(tmp_path / "CVE-2026-0001"))


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(FILE)))
def test_hostile_files_end_in_advisories_or_in_nothing(noise, at):
    data = FILE.encode()
    for hostile in (noise, data[:at] + noise + data[at:]):
        assert is_candidate(hostile) in (True, False)
        for one in advisories(hostile):
            assert one.release.startswith("ubuntu-")
            assert "/" not in one.package
