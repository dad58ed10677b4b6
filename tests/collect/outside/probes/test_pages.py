"""What lies open on a web site and where its forms send, on a stage of made-up sites."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import fields_of, typed_facts
from tests.support.stage import Stage
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.exposed_paths import EXPOSED_PATHS, exposed_paths_of
from tojimari.collect.outside.forms import forms
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes.content import _foreign
from tojimari.collect.outside.replies import Reply
from tojimari.collect.outside.subresources import loaded, parts
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit, read_page

CATALOG = load_catalog()
NOW = datetime.now(UTC)
HTML = [["content-type", "text/html; charset=utf-8"]]


def page(body: str, headers=HTML):
    return {"status": 200, "headers": headers, "body": f"<!doctype html>{body}"}


def file(body: str):
    return {"status": 200, "headers": [["content-type", "text/plain"]], "body": body}


FORM = '<form method="post" action="{}"><input name="name"><textarea name="text"></textarea></form>'
LOGIN = '<form method="post" action="{}"><input name="u"><input type="password" name="p"></form>'
SEARCH = '<form action="http://old.shop.test/find"><input name="q"></form>'
SITES = {
    "clean": ({"/": page("<p>x" + FORM.format("/send") + SEARCH)}, "good", "none"),
    "foreign": (
        {"/": page('<script src="https://cdn.other.test/a.js" integrity="sha384-x"></script>')},
        "good_foreign",
        "none",
    ),
    "form": ({"/": page(FORM.format("http://form.shop.test/send"))}, "forms", "none"),
    "password-only": (
        {"/": page('<form action="http://x.shop.test/"><input type="password"></form>')},
        "password",
        "none",
    ),
    "names-only": (
        {"/": page('<form action="http://x.shop.test/"><input name="a"><input name="b"></form>')},
        "forms",
        "none",
    ),
    "login": ({"/": page(LOGIN.format("http://login.shop.test/in"))}, "password", "none"),
    "deep": (
        {
            "/": page('<a href="/news">n</a><a href="/contact.html">c</a>'),
            "/news": page("x"),
            "/contact.html": page(FORM.format("http://deep.shop.test/send")),
        },
        "forms",
        "none",
    ),
    "robots": (
        {
            "/": page('<a href="/contact.html">c</a>'),
            "/robots.txt": file("User-agent: *\nDisallow: /contact"),
            "/contact.html": page(FORM.format("http://robots.shop.test/send")),
        },
        "good",
        "none",
    ),
    "active": ({"/": page('<script src="http://cdn.other.test/a.js"></script>')}, "active", "none"),
    "base": (
        {"/": page('<base href="http://base.shop.test/"><img src="a.png">')},
        "passive",
        "none",
    ),
    "passive": ({"/": page('<img src="http://passive.shop.test/a.png">')}, "passive", "none"),
    "upgraded": (
        {
            "/": page(
                '<img src="http://upgraded.shop.test/a.png">',
                headers=[*HTML, ["content-security-policy", "upgrade-insecure-requests"]],
            )
        },
        "good",
        "none",
    ),
    "git": ({"/": page("x"), "/.git/HEAD": file("ref: refs/heads/main\n")}, "good", "copies"),
    "env": (
        {"/": page("x"), "/.env": file("APP_ENV=prod\nDB_PASSWORD=hunter2\n")},
        "good",
        "secret",
    ),
    "keys": (
        {"/": page("x"), "/server.key": file("-----BEGIN RSA PRIVATE KEY-----\nabc\n")},
        "good",
        "secret",
    ),
    "config": (
        {"/": page("x"), "/wp-config.php.bak": file("<?php\ndefine( 'DB_PASSWORD', 'x' );\n")},
        "good",
        "secret",
    ),
    "dump": (
        {"/": page("x"), "/backup.sql": file("-- MySQL dump 10.13\nCREATE TABLE a (b int);\n")},
        "good",
        "copies",
    ),
    "zip": ({"/": page("x"), "/backup.zip": file("PK\x03\x04xxxx")}, "good", "copies"),
    "listing": (
        {"/": page("x"), "/images/": page("<title>Index of /images</title>")},
        "good",
        "listing",
    ),
    "home-listing": (
        {"/": {"status": 200, "headers": HTML, "body": "<title>Index of /</title>"}},
        "good",
        "listing",
    ),
    "phpinfo": (
        {"/": page("x"), "/info.php": page("<title>PHP 8.1.2 - phpinfo()</title>")},
        "good",
        "listing",
    ),
    "wordpress": (
        {"/": page("x"), "/wp-login.php": page('<form id="loginform"></form>')},
        "good",
        "admin",
    ),
    # Says "200" to everything: nothing of it is what it pretends to be.
    "yes-man": ({"*": page("Welcome. ref: DB_PASSWORD? Index of things.")}, "good", "none"),
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    cases = [
        {
            "site": f"{name}.shop.test",
            "hosts": {
                f"{name}.shop.test": {
                    "http": {
                        "*": {
                            "status": 301,
                            "headers": [["location", f"https://{name}.shop.test/"]],
                        }
                    },
                    "https": paths,
                }
            },
        }
        for name, (paths, _, _) in SITES.items()
    ]
    plain = {
        "site": "plain.shop.test",
        "hosts": {"plain.shop.test": {"http": {"/": page(LOGIN.format("/in"))}}},
    }
    made = Stage(tmp_path_factory.mktemp("stage"), [*cases, plain])
    yield made
    made.stop()


def judged(control, found):
    (check,) = [one for one in checks_of(control) if one.about == found.subject.kind]
    verdict = check.judge(typed_facts({found.kind: found.fact}, NOW), CATALOG)
    said = CATALOG.controls[control].reasons[verdict.reason].text
    assert said.say("ja", **verdict.numbers)
    assert said.say("en", **verdict.numbers)
    return verdict.reason


def seen(stage, name, kind):
    egress = stage.egress()
    site = f"{name}.shop.test"
    (found,) = look_outside(Target(site, site), egress, catalog=CATALOG, at=NOW, kinds={kind})
    return found


@pytest.mark.parametrize("name", SITES)
def test_where_forms_send_and_what_pages_load(stage, name):
    found = seen(stage, name, "site.content")
    assert found.fact is not None, found.not_seen
    assert judged("website-content", found) == SITES[name][1], fields_of(found)


@pytest.mark.parametrize("name", SITES)
def test_what_lies_open(stage, name):
    found = seen(stage, name, "site.exposed")
    assert found.fact is not None, found.not_seen
    assert fields_of(found)["tried"] == len(exposed_paths_of(f"{name}.shop.test"))
    assert judged("website-exposed-files", found) == SITES[name][2], fields_of(found)


def test_contents_are_not_kept(stage):
    assert "hunter2" not in str(fields_of(seen(stage, "env", "site.exposed")))


def test_a_log_in_on_a_page_without_encryption(stage):
    assert judged("website-content", seen(stage, "plain", "site.content")) == "password"


@pytest.mark.parametrize("kind", ["site.content", "site.exposed"])
def test_a_site_that_is_down_is_unknown(stage, kind):
    found = seen(stage, "nobody", kind)
    assert found.fact is None
    assert found.not_seen.reason in ("unreachable", "nonsense")


VISIT = Visit(Target("shop.test", "shop.test"), Egress())


@given(st.text(max_size=400) | st.sampled_from([
    '<a href="http://[">', '<form action="http://[1"><input type=text>', '<base href="//[">',
    '<script src="https://[::1">', "<form>" * 200, '<img src="\x00">', "<base href>",
]))  # fmt: skip
def test_any_page_is_read(body):
    read = read_page(Reply("https://shop.test/", 200, (), body.encode("utf-8", "replace")))
    assert isinstance([*loaded(read), *forms(read), *_foreign(read, VISIT), *parts(read)], list)


@given(st.binary(max_size=500))
def test_any_bytes_are_told_apart(data):
    for place in EXPOSED_PATHS:
        assert place.matches(data) in (True, False)
