"""The probe on real servers: nginx, apache2, and a stage that hangs up or has a bad certificate."""

import re
from datetime import UTC, datetime

import msgspec
import pytest

from tests.support.observatory import row
from tests.support.stage import GOOD, Stage
from tests.support.web_servers import APACHE, NGINX, apache, nginx
from tojimari.assess.check import all_checks
from tojimari.assess.headers import header_score
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.collect.host import TookTooLong
from tojimari.collect.outside.guards import guards_of
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes.headers import answers_of
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.model import Subject

CATALOG = load_catalog()
STEPS = [step.en for step in CATALOG.control("website-headers").how["rule"]]
POLICY = "Content-Security-Policy \"default-src 'self'\""


def play(site: str, http=None, https=None):
    def whole(headers):
        return {"/": {"headers": [["Content-Type", "text/html"], *headers], "body": "<p>x</p>"}}

    hosts = {}
    if http is not None:
        hosts["http"] = whole(http)
    if https is not None:
        hosts["https"] = whole(https)
    return {"site": site, "hosts": {site: hosts}}


CASES = [
    play("plain.shop.test", http=[]),
    play("both.shop.test", http=[], https=[["Strict-Transport-Security", "max-age=31536000"]]),
    play("both.bad.test", https=[["Strict-Transport-Security", "max-age=31536000"]]),
    play("down.shop.test"),
    play("cookies.shop.test", https=[["Set-Cookie", f"c{n}=secretvalue"] for n in range(600)]),
    {
        "site": "broken.shop.test",
        "hosts": {"broken.shop.test": {"https": {"/": {"status": 503}}}},
    },
    {
        "site": "loop.shop.test",
        "hosts": {
            "loop.shop.test": {
                "https": {"/": {"status": 302, "headers": [["Location", "/"]], "body": ""}}
            }
        },
    },
]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("stage"), CASES)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def believed(stage, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(stage.authority.file))


def seen(egress, site):
    [observation] = look_outside(
        Target(site, "shop.test"),
        egress,
        catalog=CATALOG,
        at=datetime.now(UTC),
        kinds=["site.headers"],
    )
    return observation


def results(observation):
    assert observation.fact is not None, observation.not_seen
    return {one.test: one.result for one in header_score(observation.fact).tests}


def grade(observation):
    return header_score(observation.fact).grade


def lines(server: str) -> list[str]:
    """Return what the control's steps tell to write for a server, line by line."""
    return [
        line
        for step in STEPS
        if step.startswith(server)
        for line in re.findall("`([^`]+)`", step.format())
        if line != "server"
    ]


def finding(observation):
    return judge(
        all_checks()["website-headers:site"],
        [observation],
        subject=Subject("site", observation.subject.id),
        catalog=CATALOG,
        as_of=datetime.now(UTC),
    )


def test_following_the_steps_for_apache_brings_a_site_from_not_met_to_partly_to_met(stage):
    assert APACHE, "install apache2"
    pem = stage.authority.pem(GOOD)
    told = "\n".join(lines("Apache"))
    with apache(pem) as ports:
        before = seen(stage.egress(ports), "www.shop.test")
    with apache(pem, htaccess=told) as ports:
        after = seen(stage.egress(ports), "www.shop.test")
    with apache(pem, htaccess=f"{told}\nHeader always set {POLICY}") as ports:
        best = seen(stage.egress(ports), "www.shop.test")
    assert [finding(o).state for o in (before, after, best)] == ["not_met", "partly", "met"]
    assert results(before)["cookies"] == "cookies-session-without-secure-flag"
    assert results(after)["cookies"] == "cookies-secure-with-httponly-sessions-and-samesite"
    assert (grade(after), grade(best)) == ("B", "A+")
    assert all(one.passed for one in header_score(best.fact).tests)


def test_following_the_steps_for_nginx_brings_a_site_from_not_met_to_partly_to_met(stage):
    assert NGINX, "install nginx"
    pem = stage.authority.pem(GOOD)
    plain, *secure = lines("nginx")
    told = "\n".join(secure)
    with nginx(pem) as ports:
        before = seen(stage.egress(ports), "www.shop.test")
    with nginx(pem, plain=plain, secure=told) as ports:
        after = seen(stage.egress(ports), "www.shop.test")
    with nginx(pem, plain=plain, secure=f"{told}\nadd_header {POLICY} always;") as ports:
        best = seen(stage.egress(ports), "www.shop.test")
    assert [finding(o).state for o in (before, after, best)] == ["not_met", "partly", "met"]
    assert results(before)["redirection"] == "redirection-missing"
    assert results(after)["redirection"] == "redirection-to-https"
    assert (grade(after), grade(best)) == ("B", "A+")


def test_a_site_without_tls(stage):
    found = results(seen(stage.egress(), "plain.shop.test"))
    assert found["strict-transport-security"] == "hsts-not-implemented-no-https"
    assert found["redirection"] == "redirection-missing"


def test_a_certificate_nobody_signed_voids_hsts(stage):
    good = results(seen(stage.egress(), "both.shop.test"))
    bad = results(seen(stage.egress(), "both.bad.test"))
    kept = "hsts-implemented-max-age-at-least-six-months"
    assert (good["strict-transport-security"], bad["strict-transport-security"]) == (
        kept,
        "hsts-invalid-cert",
    )
    assert bad["redirection"] == "redirection-not-needed-no-http"


def test_a_site_that_is_down_or_broken_is_unknown_and_never_fine(stage):
    down, broken = (seen(stage.egress(), site) for site in ("down.shop.test", "broken.shop.test"))
    assert down.fact is None
    assert broken.fact is None
    assert "503" in broken.not_seen.detail
    assert finding(down).state == finding(broken).state == "unknown"


def test_http_that_is_slow_is_unknown_and_http_that_is_closed_is_not_needed(stage):
    def too_long():
        raise TookTooLong("http")

    def visit(ports):
        made = Visit(Target("both.shop.test", "shop.test"), stage.egress(ports))
        with pytest.raises(TookTooLong):
            made.once("plain", too_long)
        return made

    with pytest.raises(TookTooLong):
        answers_of(visit({80: stage.http, 443: stage.https}))
    closed = answers_of(visit({80: 1, 443: stage.https}))
    assert closed.plain is None
    assert (
        row(header_score(guards_of(closed)), "redirection").result
        == "redirection-not-needed-no-http"
    )


def test_a_redirect_loop_is_judged_by_its_last_answer(stage):
    found = results(seen(stage.egress(), "loop.shop.test"))
    assert found["subresource-integrity"] == "sri-not-implemented-response-not-html"


def test_no_value_of_a_cookie_is_kept_and_many_cookies_are_counted(stage):
    found = seen(stage.egress(), "cookies.shop.test")
    assert b"secretvalue" not in msgspec.json.encode(found)
    assert found.fact.cookies_in_all == 600
    assert len(found.fact.cookies) == 500
    assert found.fact.cookies[0].secure is False
