"""Files of advisories are fetched from believed servers only, and the last good copy stays.

What publishers sign or give a digest of is checked: with gpg's own signatures, over real servers.
"""

import base64
import hashlib
import json
from datetime import UTC, date, datetime
from functools import partial

import pytest

from tests.support.jvn import nothing_fits
from tests.support.repodata import repodata, updateinfo
from tests.support.signers import Signer
from tests.support.stage import Stage
from tojimari.collect.host import Unreachable
from tojimari.collect.outside.egress import Egress
from tojimari.knowledge.advisories.index import index
from tojimari.knowledge.exploited import exploited, exploited_as_of
from tojimari.portal.outside import advisories, checks
from tojimari.portal.outside.advisories import copies, fetch_all, last_fetch


def tracker(version):
    said = {"releases": {"bookworm": {"status": "resolved", "fixed_version": version}}}
    return json.dumps({"curl": {"CVE-2026-0001": said}}).encode()


GOOD = "https://a.shop.test/tracker.json"
PLAYS = {
    "/tracker.json": {"status": 200, "body": tracker("2-1").decode()},
    "/page.json": {"status": 200, "body": "<html>moved</html>"},
    "/empty.json": {"status": 200, "body": "{}"},
    "/away.json": {"status": 302, "headers": [["Location", "http://a.shop.test/tracker.json"]]},
    "/gone.json": {"status": 404},
    "/myjvn": {"status": 200, "body": nothing_fits().decode()},
    "/packed.json.gz": {"status": 200, "body": "\x1f\x8b not packed at all"},
}


def egress_of(made):
    ports = {80: made.http, 443: made.https}
    resolver = made.egress().resolver
    return Egress(lab=True, resolver=resolver, ports=ports, trust=made.authority.file)


@pytest.fixture
def stage(tmp_path, monkeypatch, settings):
    folder = tmp_path / "stage"
    folder.mkdir()
    hosts = {host: {"https": PLAYS, "http": PLAYS} for host in ("a.shop.test", "a.bad.test")}
    made = Stage(folder, [{"hosts": hosts}])
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path / "knowledge"))

    monkeypatch.setattr(advisories, "open_egress", lambda: egress_of(made))
    yield made
    made.stop()


def test_a_file_becomes_the_index(stage, settings):
    settings.ADVISORIES = (GOOD,)
    assert fetch_all() == {}
    assert index().of("debian-12", "curl")[0].spans[0].fixed == "2-1"


def test_an_answer_of_myjvn_is_taken_where_nothing_fits(stage, settings):
    list_ = "https://a.shop.test/myjvn?method=getVulnOverviewList&feed=hnd&keyword=nothing"
    settings.ADVISORIES = (GOOD, list_)
    assert fetch_all() == {}
    assert [source.compared for source in index().sources] == [True, False]


@pytest.mark.parametrize(
    "address",
    [
        "https://a.bad.test/tracker.json",
        "http://a.shop.test/tracker.json",
        "https://a.shop.test/page.json",
        "https://a.shop.test/empty.json",
        "https://a.shop.test/away.json",
        "https://a.shop.test/gone.json",
        "https://a.shop.test/packed.json.gz",
        "https://nowhere.invalid:1/x.json",
        "no address",
    ],
)
def test_what_cannot_be_taken_leaves_the_rest(stage, settings, address):
    settings.ADVISORIES = (GOOD, address)
    assert list(fetch_all()) == [address]
    assert index().of("debian-12", "curl")
    assert len(list(copies().iterdir())) == 1


def test_the_last_good_copy_stays(stage, settings, monkeypatch):
    settings.ADVISORIES = (GOOD,)
    fetch_all()
    monkeypatch.setitem(PLAYS, "/tracker.json", PLAYS["/page.json"])
    assert list(fetch_all()) == [GOOD]
    assert index().of("debian-12", "curl")


def test_nothing_is_fetched_unless_it_is_named(settings, monkeypatch, tmp_path):
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    monkeypatch.setattr(advisories, "open_egress", lambda: pytest.fail("somebody was asked"))
    assert settings.ADVISORIES == ()
    assert fetch_all() == {}
    assert list(tmp_path.iterdir()) == []


def test_a_certificate_nobody_signed_is_refused_where_it_counts(stage):
    egress = egress_of(stage)
    assert egress.get("https://a.bad.test/tracker.json").replies[-1].status == 200
    with pytest.raises(Unreachable):
        egress.get("https://a.bad.test/tracker.json", believed=True)


REPOSITORY = "https://a.shop.test/rocky/9/repodata/repomd.xml"
FOLDER = "/rocky/9/repodata"
OSV = "https://a.shop.test/osv/debian.json"


@pytest.fixture
def plays(monkeypatch):
    return partial(monkeypatch.setitem, PLAYS)


def publish(plays, **how):
    """Let the stage play a repository; returns its list of files."""
    listed = repodata(updateinfo("RLSA-2026:0001", "curl", "7.76.1-30.el9"), **how)
    for path, body in listed.items():
        plays(f"/rocky/9/{path}", {"status": 200, "body": body})
    return listed["repodata/repomd.xml"]


@pytest.fixture(scope="module")
def signers(tmp_path_factory):
    made = [Signer(tmp_path_factory.mktemp("gpg") / name) for name in ("publisher", "stranger")]
    yield made
    for one in made:
        one.close()


def test_a_repository_is_named_by_its_list_and_its_checksum_holds(stage, settings, plays):
    publish(plays)
    settings.ADVISORIES = (REPOSITORY,)
    assert fetch_all() == {}
    assert index().of("rocky-9", "curl")[0].spans[0].fixed == "7.76.1-30.el9"
    assert last_fetch()[REPOSITORY].checked == "checksum"


@pytest.mark.parametrize("packing", [".gz", ".xz", ".bz2", ""])
def test_however_a_repository_packs_them_they_are_read(stage, settings, plays, packing):
    publish(plays, packing=packing)
    settings.ADVISORIES = (REPOSITORY,)
    assert fetch_all() == {}


@pytest.mark.parametrize(
    "how",
    [
        {"digest": "0" * 64},
        {"digest": ""},
        {"algorithm": "sha"},  # SHA-1, under the name the files have for it
        {"algorithm": "md5"},
        {"type_": "primary"},
        {"location": "http://a.shop.test/rocky/9/repodata/updateinfo.xml"},
        {"location": "file:///etc/passwd"},
        {"location": "repodata/gone.xml"},
        {"packing": ".zst"},
    ],
)
def test_what_a_list_does_not_vouch_for_is_not_taken(stage, settings, plays, how):
    publish(plays, **how)
    settings.ADVISORIES = (GOOD, REPOSITORY)
    assert list(fetch_all()) == [REPOSITORY]
    assert index().of("rocky-9", "curl") == ()
    assert index().of("debian-12", "curl")
    assert last_fetch()[REPOSITORY].taken_at is None


def test_with_a_publishers_key_only_what_it_signed_is_taken(
    stage, settings, plays, signers, tmp_path
):
    publisher, stranger = signers
    settings.ADVISORIES_KEYS = str(tmp_path / "keys")
    (tmp_path / "keys").mkdir()
    keyring = tmp_path / "keys/a.shop.test.gpg"
    settings.ADVISORIES = (REPOSITORY,)
    listed = publish(plays)
    signature = f"{FOLDER}/repomd.xml.asc"
    keyring.write_bytes(publisher.public.read_bytes())
    plays(signature, {"status": 200, "body": publisher.detached(listed)})
    assert fetch_all() == {}
    assert last_fetch()[REPOSITORY].checked == "signature"
    newer = publish(plays, more="<!-- changed -->")
    bad = {
        "of another content": publisher.detached(listed),
        "of somebody else": stranger.detached(newer),
        "nothing": "",
        "no signature": "<html>",
        "the key instead": publisher.public_letters(),
        "expired": publisher.detached(newer, expires="seconds=1"),
    }
    signers[0].wait_until_expired()
    for why, text in bad.items():
        plays(signature, {"status": 200, "body": text})
        assert list(fetch_all()) == [REPOSITORY], why
    plays(signature, {"status": 404})
    assert list(fetch_all()) == [REPOSITORY], "a signature that is not there is none"
    kept = last_fetch()[REPOSITORY]
    assert (kept.checked, kept.taken_at is None) == ("signature", False)
    assert index().of("rocky-9", "curl"), "the last good copy stays"
    # Signed by two, of whom one is not known yet: so keys are changed.
    both = publisher.detached(newer) + stranger.detached(newer)
    plays(signature, {"status": 200, "body": both})
    assert fetch_all() == {}
    keyring.write_text(publisher.public_letters())
    assert "gpg --dearmor" in fetch_all()[REPOSITORY]
    # A key of another host says nothing of this one.
    keyring.rename(keyring.with_name("b.shop.test.gpg"))
    assert fetch_all() == {}
    assert last_fetch()[REPOSITORY].checked == "checksum"


def test_without_what_checks_signatures_nothing_passes_for_signed(
    stage, settings, plays, signers, tmp_path, monkeypatch
):
    listed = publish(plays)
    plays(f"{FOLDER}/repomd.xml.asc", {"status": 200, "body": signers[0].detached(listed)})
    settings.ADVISORIES_KEYS = str(tmp_path)
    (tmp_path / "a.shop.test.gpg").write_bytes(signers[0].public.read_bytes())
    monkeypatch.setattr("tojimari.portal.outside.provenance.PATH", str(tmp_path))
    settings.ADVISORIES = (REPOSITORY,)
    assert "gpgv" in fetch_all()[REPOSITORY]


def md5(text):
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def test_the_digest_of_googles_storage_holds_or_the_file_is_not_taken(stage, settings, plays):
    body = tracker("3-1").decode()
    settings.ADVISORIES = (OSV,)
    cases = {
        md5(body): ("digest", True),
        md5("other"): ("digest", False),
        "no digest": ("nothing", True),
    }
    for digest, (checked, taken) in cases.items():
        heads = [["x-goog-hash", "crc32c=AAAAAA=="]]
        heads += [["x-goog-hash", f"md5={digest}"]] if " " not in digest else []
        plays("/osv/debian.json", {"status": 200, "body": body, "headers": heads})
        assert (fetch_all() == {}) is taken, digest
        assert last_fetch()[OSV].checked == checked


KEV = "https://a.shop.test/known_exploited_vulnerabilities.json"


def catalogue(*cves, count=None):
    entries = [{"cveID": one} for one in cves]
    return json.dumps(
        {
            "catalogVersion": "2026.11.30",
            "dateReleased": "2026-11-30T17:00:00.0Z",
            "count": len(cves) if count is None else count,
            "vulnerabilities": entries,
        }
    )


def test_what_attackers_use_is_fetched_as_well_and_counts_at_once(stage, settings, plays):
    settings.ADVISORIES = (GOOD, KEV)
    plays("/known_exploited_vulnerabilities.json", {"status": 200, "body": catalogue("CVE-2000-1")})
    assert fetch_all() == {}
    assert exploited() == {"CVE-2000-1"}
    assert exploited_as_of() == date(2026, 11, 30)
    before = index().said_of("debian-12", "curl")
    plays(
        "/known_exploited_vulnerabilities.json",
        {"status": 200, "body": catalogue("CVE-2000-1", count=7)},
    )
    assert list(fetch_all()) == [KEV], "a part of it is not the whole"
    plays(
        "/known_exploited_vulnerabilities.json",
        {"status": 200, "body": catalogue("CVE-2026-0001")},
    )
    settings.ADVISORIES = (KEV,)
    assert fetch_all() == {}
    assert index().said_of("debian-12", "curl") != before, "the index stayed, its judgement did not"


def test_without_a_folder_what_attackers_use_has_no_place(
    stage, settings, plays, monkeypatch, tmp_path
):
    plays("/known_exploited_vulnerabilities.json", {"status": 200, "body": catalogue("CVE-2000-1")})
    monkeypatch.delenv("TOJIMARI_KNOWLEDGE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings.ADVISORIES = (KEV,)
    assert "TOJIMARI_KNOWLEDGE" in fetch_all()[KEV]


def test_the_doctor_tells_of_each_address_what_came_and_how_it_was_checked(stage, settings, plays):
    assert list(checks.fetched_advisories()) == []
    settings.ADVISORIES = (GOOD, "https://a.shop.test/gone.json")
    fetch_all()
    (said,) = checks.fetched_advisories()
    assert said.sign.health == "warn"
    day = datetime.now(UTC).date().isoformat()
    assert f"{GOOD} ({day} the publisher has nothing to check)" in said.sign.text.en
    assert "gone.json (not fetched yet, the last try failed: HTTP 404)" in said.sign.text.en
    assert "配布元に確かめるものがない" in said.sign.text.ja
    settings.ADVISORIES = (GOOD,)
    fetch_all()
    (said,) = checks.fetched_advisories()
    assert said.sign.health == "good"
