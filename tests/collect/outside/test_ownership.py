"""A site that leads to somebody else's gets nobody else looked at; robots.txt holds at every hop."""

from datetime import UTC, datetime

import pytest

from tests.support.facts import fields_of
from tests.support.stage import Stage
from tojimari.catalog import load_catalog
from tojimari.collect.outside.defacement.crawl import crawl
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit

CATALOG = load_catalog()
NOW = datetime.now(UTC)
HTML = [["content-type", "text/html; charset=utf-8"]]
ENV = {"headers": [["content-type", "text/plain"]], "body": "DB_PASSWORD=x\n"}


def page(body: str) -> dict:
    return {"headers": HTML, "body": f"<!doctype html><title>t</title>{body}"}


def to(url: str) -> dict:
    return {"status": 302, "headers": [["location", url]]}


def both(paths: dict) -> dict:
    return {"http": paths, "https": paths}


HOSTS = {
    "leads.shop.test": both({"*": to("https://www.other.test/")}),
    "www.other.test": both(
        {
            "/": page('<a href="/contact">c</a><script src="/s.js"></script>'),
            "/.env": ENV,
            "/contact": page("<form><input name=n></form>"),
        }
    ),
    "open.shop.test": both(
        {
            "/": page('<a href="/go">g</a><a href="/private/x">p</a><a href="/ok">o</a>'),
            "/robots.txt": {"body": "User-agent: *\nDisallow: /private"},
            "/go": to("/private/secret"),
            "/private/secret": page("hidden"),
            "/ok": page("fine"),
        }
    ),
    "guarded.shop.test": both({"*": {"status": 403, "headers": HTML, "body": "no robots"}}),
    "half.shop.test": both({"/": page("x"), "*": {"status": 403}}),
    "down.shop.test": both({"*": {"status": 503, "headers": HTML, "body": "later"}}),
    "soft.shop.test": both({"*": page("<form><input type=password name=p></form>")}),
    "broken.shop.test": both(
        {"/": page('<a href="/ok">o</a>'), "/robots.txt": {"status": 503}, "/ok": page("x")}
    ),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("stage"), [{"site": "x", "hosts": HOSTS}])
    yield made
    made.stop()


@pytest.fixture
def heard(stage):
    """What the servers were asked for: (method, path)."""
    found: set[tuple[str, str]] = set()
    stage.listen(lambda method, path, _: found.add((method, path)))
    return found


def looked(stage, name: str, mail_domain: str) -> dict:
    target = Target(name, mail_domain)
    kinds = ("site.content", "site.exposed", "site.headers", "site.software", "site.https")
    seen = look_outside(target, stage.egress(), catalog=CATALOG, at=NOW, kinds=kinds)
    return {one.kind: one for one in seen}


def test_somebody_elses_site_is_not_searched(stage, heard):
    seen = looked(stage, "leads.shop.test", "shop.test")
    assert heard == {("GET", "/")}
    for kind in ("site.content", "site.exposed"):
        assert seen[kind].fact is None
        assert seen[kind].not_seen.reason == "no_permission"
        assert "www.other.test" in seen[kind].not_seen.detail


def test_the_watch_reads_one_page_of_somebody_elses(stage, heard):
    target = Target("leads.shop.test", "shop.test")
    site = crawl(Visit(target, stage.egress()))
    assert [one.landed for one in site.pages] == ["www.other.test"]
    assert heard == {("GET", "/")}


def test_a_proof_of_one_host_does_not_speak_for_its_neighbours(stage):
    visit = Visit(Target("a.shop.test", ""), stage.egress())
    assert visit.owns("https://a.shop.test/x")
    assert not visit.owns("https://b.shop.test/x")
    assert not visit.owns("https://a.shop.test.evil.test/")
    assert Visit(Target("a.shop.test", "shop.test"), stage.egress()).owns("https://www.shop.test/")


def test_robots_holds_where_a_link_leads_on(stage, heard):
    visit = Visit(Target("open.shop.test", "shop.test"), stage.egress())
    with pytest.raises(NotPermitted):
        visit.page("https://open.shop.test/go")
    looked(stage, "open.shop.test", "shop.test")
    crawl(Visit(Target("open.shop.test", "shop.test"), stage.egress()))
    assert ("GET", "/ok") in heard
    assert not any(path.startswith("/private") for _, path in heard)


def test_where_robots_cannot_be_told_no_link_is_followed(stage, heard):
    looked(stage, "broken.shop.test", "shop.test")
    crawl(Visit(Target("broken.shop.test", "shop.test"), stage.egress()))
    assert ("GET", "/ok") not in heard


@pytest.mark.parametrize("name", ["guarded", "down"])
def test_a_page_of_an_error_says_nothing_about_the_site(stage, name):
    seen = looked(stage, f"{name}.shop.test", "shop.test")
    for kind in ("site.content", "site.exposed", "site.software"):
        assert seen[kind].fact is None, kind
        assert seen[kind].not_seen.reason in ("no_permission", "unreachable", "error_answered")


def test_places_that_are_all_refused_are_not_clean(stage):
    seen = looked(stage, "half.shop.test", "shop.test")
    assert seen["site.content"].fact is not None
    assert seen["site.exposed"].not_seen.reason == "no_permission"


def test_a_site_that_shows_one_page_everywhere_has_no_admin_pages(stage):
    seen = looked(stage, "soft.shop.test", "shop.test")
    assert fields_of(seen["site.exposed"])["found"] == []


def test_a_registration_without_a_mail_domain_is_left_alone(stage):
    target = Target("soft.shop.test", "", registration=b"Domain Name: shop.test\n")
    kinds = ("mail_domain.registration", "site.https")
    seen = look_outside(target, stage.egress(), catalog=CATALOG, at=NOW, kinds=kinds)
    assert [one.kind for one in seen] == ["site.https"]
