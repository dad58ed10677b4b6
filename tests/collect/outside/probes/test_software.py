"""What a site is made with, on a stage of made-up sites."""

from datetime import UTC, datetime

import pytest

from tests.support.facts import fields_of, typed_facts
from tests.support.stage import Stage
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target

# The data that comes along is of August 2026; what it says of a day does not change.
NOW = datetime(2026, 11, 24, tzinfo=UTC)
CATALOG = load_catalog()
HTML = [["content-type", "text/html"]]


def page(body: str, *headers: list[str]):
    return {"status": 200, "headers": [*HTML, *headers], "body": f"<!doctype html>{body}"}


def script(body: str):
    return {"status": 200, "headers": [["content-type", "text/javascript"]], "body": body}


WORDPRESS = """<meta name="generator" content="WordPress {version}">
<link rel="stylesheet" href="/wp-includes/css/dist/block-library/style.min.css?ver={version}">
<link rel="stylesheet" href="/wp-content/themes/twentyten/style.css?ver=3.1">
<link rel="stylesheet" href="/wp-content/plugins/contact-form-7/includes/css/styles.css?ver=5.8.4">
<script src="/wp-content/plugins/lazy/lazy.js?ver={version}"></script>
<script src="/wp-includes/js/jquery/jquery.min.js?ver=3.7.1"></script>
<script src="/wp-content/plugins/stamped/a.js?ver=1733400000"></script>
<script src="/wp-content/plugins/stamped/b.js?ver=1733400000"></script>
<script src="/wp-content/plugins/stamped/c.js?ver=2.1"></script>
<script type="lazy" data-src="/wp-content/plugins/later/a.js?ver=1.6"></script>
<script src="/wp-content/plugins/long/a.js?ver=1.4&amp;x={long}"></script>"""
SITES = {
    "old-wp": (
        {
            "/": page(
                WORDPRESS.format(version="4.0", long="x" * 9000), ["x-powered-by", "PHP/8.5.1"]
            )
        },
        ("not_met", "ended"),
    ),
    "old-php": ({"/": page("x", ["x-powered-by", "PHP/5.6.40"])}, ("partly", "old_server")),
    "old-nginx-of-nobody-knows-whom": (
        {"/": page("x", ["server", "nginx/1.22.1"])},
        ("partly", "old_server"),
    ),
    "debian": (
        {"/": page("x", ["server", "Apache/2.4.10 (Debian)"], ["x-powered-by", "PHP/5.6.40"])},
        ("unknown", "nothing_told"),
    ),
    # No release of it is mended by anybody any longer, whichever this is.
    "centos": (
        {"/": page("x", ["server", "Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/5.4.16"])},
        ("partly", "old_server"),
    ),
    "centos-stream": (
        {"/": page("x", ["server", "Apache/2.4.57 (CentOS Stream)"])},
        ("unknown", "nothing_told"),
    ),
    "old-debian": (
        {"/": page("x", ["x-powered-by", "PHP/5.6.40-0+deb8u12"])},
        ("partly", "old_server"),
    ),
    "mended-debian": (
        {"/": page("x", ["x-powered-by", "PHP/7.4.33-1~deb12u1"])},
        ("unknown", "nothing_told"),
    ),
    # Nobody mends this under old numbers.
    "windows": (
        {"/": page("x", ["server", "Apache/2.2.14 (Win32)"])},
        ("partly", "old_server"),
    ),
    # The data has no ends of support of IIS, nor what it comes with.
    "iis": ({"/": page("x", ["server", "Microsoft-IIS/8.5"])}, ("unknown", "nothing_told")),
    # Called like a product whose fourth version is over.
    "plugin-like-a-product": (
        {"/": page('<script src="/wp-content/plugins/font-awesome/a.js?ver=4.3.2"></script>')},
        ("unknown", "nothing_told"),
    ),
    "based": (
        {
            "/": page('<base href="/lib/"><script src="a.js"></script>'),
            "/lib/a.js": script("/*! jQuery v3.4.1 | (c) JS Foundation */"),
        },
        ("not_met", "attacked"),
    ),
    "jquery": (
        {
            "/": page('<script src="/a.js"></script>'),
            "/a.js": script("/*! jQuery v3.4.1 | (c) JS Foundation */"),
        },
        ("not_met", "attacked"),
    ),
    "inline": (
        {"/": page("<script>/*!\n * Bootstrap v3.3.7 (http://getbootstrap.com)\n */</script>")},
        ("partly", "holes"),
    ),
    "elsewhere": (
        {"/": page('<script src="https://cdn.other.test/handlebars-4.0.5.js"></script>')},
        ("not_met", "grave"),
    ),
    "fine": (
        {"/": page('<script src="https://cdn.other.test/jquery-3.7.1.min.js"></script>')},
        ("met", "none_known"),
    ),
    "silent": ({"/": page("x")}, ("unknown", "nothing_told")),
    "hostile": (
        {
            "/": page('<script src="/a.js"></script>' + "<p>" * 20_000, ["server", "a/" * 3000]),
            "/a.js": script('="1' * 100_000),
        },
        ("unknown", "nothing_told"),
    ),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    cases = [
        {"site": f"{name}.shop.test", "hosts": {f"{name}.shop.test": {"https": paths}}}
        for name, (paths, _) in SITES.items()
    ]
    made = Stage(tmp_path_factory.mktemp("stage"), cases)
    yield made
    made.stop()


def seen(stage, name):
    site = f"{name}.shop.test"
    (found,) = look_outside(
        Target(site, site), stage.egress(), catalog=CATALOG, at=NOW, kinds={"site.software"}
    )
    assert found.fact is not None, found.not_seen
    return fields_of(found)


@pytest.mark.parametrize("name", SITES)
def test_what_is_made_of_it(stage, name):
    fields = seen(stage, name)
    (check,) = checks_of("website-vulnerabilities")
    verdict = check.judge(typed_facts({"site.software": fields}, NOW), CATALOG)
    assert (verdict.state, verdict.reason) == SITES[name][1], fields
    said = CATALOG.controls["website-vulnerabilities"].reasons[verdict.reason].text
    assert said.say("ja", **verdict.numbers)
    assert said.say("en", **verdict.numbers)
    assert fields["known_as_of"] == "2026-08-16"


HIDING = {
    "nothing": page("x"),
    "bare-names": page('<meta name="generator" content="WordPress">', ["server", "nginx"]),
    "bare-language": page("x", ["server", "Apache"], ["x-powered-by", "PHP"]),
}


@pytest.mark.parametrize("name", HIDING)
def test_a_site_that_hides_versions_was_looked_at(tmp_path, name):
    site = f"{name}.shop.test"
    stage = Stage(tmp_path, [{"site": site, "hosts": {site: {"https": {"/": HIDING[name]}}}}])
    try:
        fields = seen(stage, name)
    finally:
        stage.stop()
    (check,) = checks_of("website-vulnerabilities")
    verdict = check.judge(typed_facts({"site.software": fields}, NOW), CATALOG)
    assert (verdict.state, verdict.reason) == ("unknown", "nothing_told")
    assert verdict.not_seen is not None
    assert verdict.not_seen.reason == "not_told"
    for lang in ("ja", "en"):
        said = CATALOG.ui(f"unknown.{verdict.not_seen.reason}").say(lang)
        assert said != CATALOG.ui("unknown.not_looked").say(lang)


def test_plugins_and_themes_of_wordpress(stage):
    found = {(row["kind"], row["name"]): row["version"] for row in seen(stage, "old-wp")["items"]}
    assert found["cms", "WordPress"] == "4.0"
    assert found["plugin", "contact-form-7"] == "5.8.4"
    assert found["theme", "twentyten"] == "3.1"
    # This one carries WordPress's number, so its own is not known.
    assert found["plugin", "lazy"] == ""
    assert found["plugin", "stamped"] == "2.1"
    assert found["plugin", "later"] == "1.6"
    # Too long an address is passed over: cut, it is another one.
    assert ("plugin", "long") not in found


@pytest.mark.parametrize(("name", "said"), [("centos", "CentOS"), ("old-debian", "Debian 8")])
def test_a_distribution_that_is_over_is_named(stage, name, said):
    (check,) = checks_of("website-vulnerabilities")
    verdict = check.judge(typed_facts({"site.software": seen(stage, name)}, NOW), CATALOG)
    assert verdict.numbers["names"] == said


def test_iis_is_listed_with_its_version(stage):
    versions = {row["name"]: row["version"] for row in seen(stage, "iis")["items"]}
    assert versions["IIS"] == "8.5"
