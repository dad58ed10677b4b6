"""Files of advisories are fetched from believed servers only, and the last good copy stays."""

import json

import pytest

from tests.support.jvn import nothing_fits
from tests.support.stage import Stage
from tojimari.collect.host import Unreachable
from tojimari.collect.outside.egress import Egress
from tojimari.knowledge.advisories.index import index
from tojimari.portal.outside import advisories
from tojimari.portal.outside.advisories import copies, fetch_all


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
