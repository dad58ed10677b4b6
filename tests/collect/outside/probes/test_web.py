"""The way from http to https, and answers that stand in place of a page, on a stage."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.support.stage import Stage
from tojimari.assess.check import Facts
from tojimari.assess.checks.site_encryption import encryption
from tojimari.assess.checks.site_headers import headers
from tojimari.catalog import load_catalog
from tojimari.collect.outside.landings import landings
from tojimari.collect.outside.page_redirects import page_redirect
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.replies import Reply
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit

NOW = datetime.now(UTC)
CATALOG = load_catalog()
HSTS = ["Strict-Transport-Security", "max-age=31536000"]
HERE = "https://{site}.shop.test/"


def page(body="<p>x</p>", *headers, status=200):
    return {"status": status, "headers": [["Content-Type", "text/html"], *headers], "body": body}


def refresh(content: str) -> str:
    return f'<!doctype html><meta http-equiv="refresh" content="{content}"><title>x</title>'


TEXT = "<p>" + "about the shop " * 40 + "</p>"
BY_PAGE = {  # what http shows -> it leads to https by itself
    "meta": page(refresh("0; url=" + HERE)),
    "capitals": page(refresh("0;URL='" + HERE + "'").replace("refresh", "REFRESH")),
    "later": page(refresh("5; url=" + HERE) + TEXT),
    "bare": page(refresh("0 " + HERE)),
    "header": page("<p>x</p>", ["Refresh", "0; url=" + HERE]),
    "protocol": page(
        "<script>if (location.protocol !== 'https:') location.protocol = 'https:';</script>" + TEXT
    ),
    "built": page(
        "<script>if(location.protocol=='http:')location.href='https://'+location.host</script>"
        + TEXT
    ),
    "replaced": page(
        "<script>location.replace(location.href.replace('http:', 'https:'))</script>" + TEXT
    ),
    "stub": page('<script>window.location.href = "' + HERE + '"</script>'),
}
STAYS = {
    "none": page(TEXT),
    "button": page("<script>function go(){location.href='" + HERE + "'}</script>" + TEXT),
    "hidden": page("<noscript>" + refresh("0; url=" + HERE) + "</noscript>" + TEXT),
    "reload": page(refresh("60") + TEXT),
    "itself": page(refresh("0; url=/") + TEXT),
    "asks": page("<script>if (location.protocol == 'https:') go()</script>" + TEXT),
    "away": page(refresh("0; url=https://elsewhere.other.test/")),
}
STATUS = (403, 404, 429, 500, 502, 503, 504)
GUARD = page("<title>Just a moment...</title>", ["cf-mitigated", "challenge"], status=403)


def case(site, http, https=None):
    def named(reply):
        sent = [[name, value.replace("{site}", site)] for name, value in reply["headers"]]
        return reply | {"body": reply["body"].replace("{site}", site), "headers": sent}

    play = {"http": {"/": named(http)}, "https": {"/": https or page("<p>x</p>", HSTS)}}
    host = f"{site}.shop.test"
    return {"site": host, "hosts": {host: play}}


CASES = [case(site, reply) for site, reply in (BY_PAGE | STAYS).items()]
CASES += [
    case(f"s{n}", page("<p>sorry</p>", status=n), page("<p>sorry</p>", status=n)) for n in STATUS
]
CASES += [case("guard", GUARD, GUARD), case("closed", page("<p>members</p>", status=403))]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    bad = case("x", page("", ["Location", "https://x.bad.test/"], status=301))["hosts"][
        "x.shop.test"
    ]
    cases = [*CASES, {"site": "x.bad.test", "hosts": {"x.bad.test": bad}}]
    made = Stage(tmp_path_factory.mktemp("stage"), cases)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def believed(stage, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(stage.authority.file))


def look(stage, site, *kinds):
    target = Target(site, site.partition(".")[2])
    seen = look_outside(target, stage.egress(), catalog=CATALOG, at=NOW, kinds=kinds)
    return {one.kind: one for one in seen}


def verdict(seen):
    facts = {kind: one.fact for kind, one in seen.items() if one.fact is not None}
    return encryption(Facts(facts, NOW), CATALOG)


@pytest.mark.parametrize("site", BY_PAGE)
def test_a_page_that_leads_to_https_by_itself_leads_there(stage, site):
    fact = look(stage, f"{site}.shop.test", "site.https")["site.https"].fact
    assert fact is not None
    assert (fact.redirected, fact.by_page) == (False, True)
    assert fact.final.rstrip("/") == f"https://{site}.shop.test"


@pytest.mark.parametrize("site", STAYS)
def test_a_page_that_stays_is_not_taken_for_one_that_leads_on(stage, site):
    fact = look(stage, f"{site}.shop.test", "site.https")["site.https"].fact
    assert fact is not None
    assert (fact.redirected, fact.by_page) == (False, site == "away")


def test_a_redirect_is_asked_for_where_only_the_page_leads_on(stage):
    for site, wanted in (
        ("meta", ("partly", "page_redirect")),
        ("none", ("not_met", "no_redirect")),
    ):
        seen = look(stage, f"{site}.shop.test", "site.https", "site.tls")
        facts = {kind: one.fact for kind, one in seen.items()}
        # Whom the stage's certificates are signed by is not what this is about.
        facts["site.tls"] = msgspec.structs.replace(facts["site.tls"], trusted=True, problem=None)
        found = encryption(Facts(facts, NOW), CATALOG)
        assert (found.state, found.reason) == wanted


def test_where_a_page_leads_is_a_name_that_visitors_see(tmp_path):
    play = case("x", page(refresh("0; url=https://www.bad.test/")))["hosts"]["x.shop.test"]
    www = {"https": {"/": page()}}
    made = Stage(tmp_path, [{"site": "bad.test", "hosts": {"bad.test": play, "www.bad.test": www}}])
    try:
        rows = landings(Visit(Target("bad.test", "bad.test"), made.egress()))
    finally:
        made.stop()
    assert [(row.host, row.trusted) for row in rows] == [("www.bad.test", False)]


def test_a_redirect_to_a_bad_certificate_is_a_redirect(stage):
    seen = look(stage, "x.bad.test", "site.https", "site.tls", "site.headers")
    assert seen["site.https"].fact.redirected
    found = verdict(seen)
    assert (found.state, found.reason) == ("not_met", "self_signed")
    guards = headers(Facts({"site.headers": seen["site.headers"].fact}, NOW), CATALOG)
    for word in ("redirect", "HSTS"):
        assert word not in str(guards.numbers["missing_en"])


@pytest.mark.parametrize("site", [*(f"s{n}" for n in STATUS), "guard"])
def test_an_error_in_place_of_the_page_is_not_the_page(stage, site):
    kinds = ["site.https", "site.content", "site.software", "site.exposed"]
    kinds += [] if site == "s403" else ["site.headers"]  # a closed page is one of the site
    seen = look(stage, f"{site}.shop.test", *kinds)
    assert {kind: one.fact for kind, one in seen.items()} == dict.fromkeys(kinds)
    status = site.removeprefix("s") if site != "guard" else "403"
    for one in seen.values():
        assert one.not_seen.reason == "error_answered"
        assert one.not_seen.detail.startswith(f"HTTP {status}")


def test_a_page_for_members_is_the_sites_own(stage):
    seen = look(stage, "closed.shop.test", "site.headers")
    assert seen["site.headers"].fact is not None


@pytest.mark.parametrize(
    "body",
    ["<meta http-equiv=refresh content='" + " " * 50_000 + "'>", "<script>" + "location." * 50_000],
)
def test_a_hostile_page_is_read_in_no_time(body):
    reply = Reply("http://x.test/", 200, (), body.encode())
    assert page_redirect(reply) == ""
