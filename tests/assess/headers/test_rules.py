"""Rules by example, and hostile input."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.observatory import row
from tojimari.assess.headers import csp, header_score
from tojimari.assess.headers.results import TESTS, scored
from tojimari.collect.outside.cookies import read_cookie
from tojimari.collect.outside.guards import ORIGIN, Answers, guards_of
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.model.facts import SiteHeaders, plain_fact, read_fact

SITE = "www.shop.example"
HTTPS = f"https://{SITE}/"
HTML = ("content-type", "text/html")


def page(*headers, body="<p>x</p>", url=HTTPS):
    return Reply(url, 200, (HTML, *headers), body.encode())


def answers(*headers, body="<p>x</p>", **changed):
    plain = RedirectChain((Reply(f"http://{SITE}/", 301, (("location", HTTPS),), b""), page()))
    made = Answers(SITE, plain, RedirectChain((page(*headers, body=body),)))
    return msgspec.structs.replace(made, **changed)


def judge(given_answers):
    """Record what was answered, store it, read it back and judge it."""
    fact = read_fact("site.headers", 2, plain_fact(guards_of(given_answers)))
    assert isinstance(fact, SiteHeaders)
    return header_score(fact)


def result(test, *headers, **more):
    return row(judge(answers(*headers, **more)), test).result


def test_bonus_points_count_only_from_ninety():
    fine = dict.fromkeys(TESTS, "")
    fine |= {
        "content-security-policy": "csp-implemented-with-no-unsafe-default-src-none",
        "cookies": "cookies-not-found",
        "cross-origin-resource-sharing": "cross-origin-resource-sharing-not-implemented",
        "redirection": "redirection-to-https",
        "referrer-policy": "referrer-policy-private",
        "strict-transport-security": "hsts-implemented-max-age-at-least-six-months",
        "subresource-integrity": "sri-not-implemented-but-no-scripts-loaded",
        "x-content-type-options": "x-content-type-options-nosniff",
        "x-frame-options": "x-frame-options-implemented-via-csp",
        "cross-origin-resource-policy": "corp-not-implemented",
    }
    assert (scored(fine).score, scored(fine).grade) == (120, "A+")
    short = fine | {"strict-transport-security": "hsts-implemented-max-age-less-than-six-months"}
    assert (scored(short).score, scored(short).grade) == (110, "A+")
    none = fine | {"strict-transport-security": "hsts-not-implemented"}
    assert (scored(none).score, scored(none).grade) == (80, "B+")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("max-age=15552000", "hsts-implemented-max-age-at-least-six-months"),
        ('max-age="15552000"', "hsts-implemented-max-age-at-least-six-months"),
        ("max-age=15551999", "hsts-implemented-max-age-less-than-six-months"),
        ("max-age=soon", "hsts-header-invalid"),
        ("max-age=" + "9" * 5000, "hsts-implemented-max-age-at-least-six-months"),
        ("includeSubDomains", "hsts-header-invalid"),
        ("max-age=1, max-age=15552000", "hsts-header-invalid"),
    ],
)
def test_hsts_needs_a_number(value, expected):
    assert result("strict-transport-security", ("strict-transport-security", value)) == expected


def test_a_site_that_shares_with_whoever_asks():
    answer = page(
        ("access-control-allow-origin", ORIGIN), ("access-control-allow-credentials", "true")
    )
    found = row(judge(answers(shared=answer)), "cross-origin-resource-sharing")
    assert found.result == "cross-origin-resource-sharing-implemented-with-universal-access"
    assert (found.passed, found.points) == (False, -50)


def test_a_policy_that_only_reports_is_none():
    name = "content-security-policy-report-only"
    assert result("content-security-policy", (name, "default-src 'self'")) == (
        "csp-not-implemented-but-reporting-enabled"
    )


@given(st.lists(st.text("abcdefgh-' ;*:/.%\xa0\r", max_size=60), max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_policies_are_read_or_refused(policies):
    code, directives = csp.judge(policies[:1], policies[1:], "", True)
    assert code.startswith("csp-")
    assert all(sources for sources in directives.values())


def test_endless_policies_cost_little():
    policy = "script-src " + " ".join(f"https://h{n}.example" for n in range(60_000))
    meta = f'<meta http-equiv="content-security-policy" content="{policy[:30_000]}">'
    body = meta * 60
    found = result("content-security-policy", ("content-security-policy", policy), body=body)
    assert found.startswith("csp-")


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_set_cookie_line_is_read_or_dropped(line):
    cookie = read_cookie(line, HTTPS)
    assert cookie is None or cookie.name


def test_a_cookie_has_no_value():
    cookie = read_cookie("sid=secretvalue; Secure; Domain=shop.example", HTTPS)
    assert cookie is not None
    assert b"secretvalue" not in msgspec.json.encode(cookie)
    assert (cookie.secure, cookie.http_only, cookie.domain) == (True, False, "shop.example")


@pytest.mark.parametrize(
    "line",
    [
        "sid=x; Domain=other.example",
        "sid=x; Domain=example",
        "sid=x; Domain=co.jp",
        "__Host-sid=x; Secure; Path=/shop",
        "__Secure-sid=x",
        "no equals sign",
        "=x",
        "s\x01d=x",
    ],
)
def test_what_a_browser_drops_is_dropped(line):
    assert read_cookie(line, HTTPS) is None


def test_a_cookie_that_a_redirect_sets_and_deletes_is_gone():
    first = Reply(HTTPS, 302, (("location", "/a"), ("set-cookie", "sess=x; Max-Age=0")), b"")
    trail = RedirectChain((first, page(url=f"{HTTPS}a")))
    assert guards_of(answers(secure=trail)).cookies == ()
    assert row(judge(answers(secure=trail)), "cookies").result == "cookies-not-found"


def test_a_loop_is_followed_as_far_as_a_browser_does():
    """http and https send to each other: after ten redirects the visitor is back on http."""
    there = Reply(f"http://{SITE}/", 301, (("location", HTTPS),), b"")
    back = Reply(HTTPS, 301, (("location", f"http://{SITE}/"),), b"")
    loop = RedirectChain((there, back), "redirect loop")
    assert result("redirection", plain=loop) == "redirection-not-to-https"


def test_a_redirect_that_leads_nowhere_is_no_answer():
    gone = RedirectChain(
        (Reply(HTTPS, 301, (("location", "https://gone.example/"),), b""),), "Unreachable"
    )
    found = row(judge(answers(secure=gone)), "strict-transport-security")
    assert found.result == "hsts-not-implemented-no-https"
    with pytest.raises(ValueError, match="no page"):
        judge(answers(secure=gone, plain=None))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<script src="/a.js">', "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
        ('<script src="https://cdn.example.net/a.js">', "sri-not-implemented-but-external-scripts-loaded-securely"),
        ('<script src="http://cdn.example.net/a.js">', "sri-not-implemented-and-external-scripts-not-loaded-securely"),
        ('<script src="https://static.shop.example/a.js">', "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"),
        ('<script src="https://[::::/a.js">', "sri-not-implemented-but-external-scripts-loaded-securely"),
        ('<base href="https://cdn.example.net/"><script src="a.js">', "sri-not-implemented-but-external-scripts-loaded-securely"),
    ],
)  # fmt: skip
def test_scripts(tag, expected):
    assert result("subresource-integrity", body=tag) == expected
