"""Rules by example, and hostile input."""

import msgspec
import pytest
from hypothesis import given
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
        ("MAX-AGE = 15552000 ; INCLUDESUBDOMAINS", "hsts-implemented-max-age-at-least-six-months"),
        ("max-age=31536000x", "hsts-header-invalid"),
        ("max-age=-1", "hsts-header-invalid"),
        ("max-age=1; max-age=31536000", "hsts-header-invalid"),
        ("max-age=0", "hsts-implemented-max-age-less-than-six-months"),
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
        "sid=x; Domain=sub.www.shop.example",
        "__Host-sid=x; Secure; Path=/shop",
        "__Host-sid=x; Secure",
        "__Host-sid=x; Secure; Path=/; Domain=www.shop.example",
        "__host-sid=x; Path=/",
        "__Secure-sid=x",
        "__SECURE-sid=x",
        "sid=x; SameSite=None",
        "sid=" + "x" * 4094,
        "sid=x; Path=/\x7f",
        "no equals sign",
        "=x",
        "s\x01d=x",
    ],
)
def test_what_a_browser_drops_is_dropped(line):
    assert read_cookie(line, HTTPS) is None


def test_a_cookie_sent_openly_may_not_be_secure_and_one_at_a_suffix_is_its_own():
    assert read_cookie("sid=x; Secure", f"http://{SITE}/") is None
    assert read_cookie("__Host-sid=x; Secure; Path=/", HTTPS) is not None
    assert read_cookie("sid=x; SameSite=None; Secure", HTTPS) is not None
    alone = read_cookie("sid=x; Domain=co.jp", "https://co.jp/")
    assert alone is not None
    assert alone.host_only
    international = read_cookie("sid=x; Domain=日本.example", "https://www.xn--wgv71a.example/")
    assert international is not None
    assert international.domain == "xn--wgv71a.example"
    long = read_cookie(f"sid=x; Path=/{'x' * 1024}; Secure", HTTPS)
    assert long is not None
    assert long.path == "/"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["__Host-sess=x"], "cookies-not-found"),
        (["sess=x; Max-Age=0"], "cookies-not-found"),
        (["sess=x; Expires=Thu, 01-Jan-1970 00:00:01 GMT"], "cookies-not-found"),
        (["sess=x; Domain=other.example"], "cookies-not-found"),
        (["sess=" + "x" * 5000], "cookies-not-found"),
        # Refused by browsers, but the site meant to set it so.
        (["sess=x; SameSite=None"], "cookies-samesite-flag-invalid"),
        (["sess=x; SameSite=None", "a=x; Secure"], "cookies-samesite-flag-invalid"),
        (["sess=x; HttpOnly"], "cookies-session-without-secure-flag-but-protected-by-hsts"),
    ],
)
def test_what_browsers_refuse_is_not_judged_as_if_it_were_held(lines, expected):
    guarded = ("strict-transport-security", "max-age=31536000")
    assert result("cookies", guarded, *(("set-cookie", line) for line in lines)) == expected


POLICY = "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'"
META = '<meta http-equiv="{}" content="{}">'
FRAMES = {
    # What a page says of frames counts in headers only (CSP 3, 6.4.2; HTML Standard, 4.2.5.3).
    "in-page": ([], META.format("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'"), "not-implemented"),
    "xfo-in-page": ([], META.format("X-Frame-Options", "DENY"), "not-implemented"),
    "in-page-beside-policy": (
        [("content-security-policy", POLICY)],
        META.format("Content-Security-Policy", "frame-ancestors 'none'"),
        "not-implemented",
    ),
    "header-beside-page": (
        [("content-security-policy", "frame-ancestors 'self'")],
        META.format("Content-Security-Policy", POLICY),
        "implemented-via-csp",
    ),
    "capitals": ([("content-security-policy", "FRAME-ANCESTORS 'NONE'")], "", "implemented-via-csp"),
    "only-reported": ([("content-security-policy-report-only", "frame-ancestors 'none'")], "", "not-implemented"),
    "for-all": ([("content-security-policy", "frame-ancestors *")], "", "not-implemented"),
    "for-all-https": ([("content-security-policy", "frame-ancestors https:")], "", "not-implemented"),
    # Browsers pass over X-Frame-Options where there are frame-ancestors.
    "for-all-beside-xfo": (
        [("content-security-policy", "frame-ancestors *"), ("x-frame-options", "DENY")], "", "not-implemented",
    ),
    "xfo-twice": ([("x-frame-options", "SAMEORIGIN")] * 2, "", "sameorigin-or-deny"),
    "xfo-differing": ([("x-frame-options", "DENY"), ("x-frame-options", "SAMEORIGIN")], "", "sameorigin-or-deny"),
    "xfo-capitals": ([("x-frame-options", "Deny")], "", "sameorigin-or-deny"),
    "allow-from": ([("x-frame-options", "ALLOW-FROM https://a.example/")], "", "header-invalid"),
    "allow-all": ([("x-frame-options", "ALLOWALL")], "", "header-invalid"),
    "empty": ([("x-frame-options", "")], "", "not-implemented"),
}  # fmt: skip


@pytest.mark.parametrize("case", FRAMES)
def test_who_may_show_the_page_in_a_frame(case):
    headers, head, expected = FRAMES[case]
    found = result("x-frame-options", *headers, body=f"<!doctype html><head>{head}</head><p>x</p>")
    assert found == f"x-frame-options-{expected}"


def test_a_policy_in_the_page_counts_in_its_head_only():
    policy = META.format("content-security-policy", POLICY)
    head = result("content-security-policy", body=f"<head>{policy}</head><p>x</p>")
    body = result("content-security-policy", body=f"<p>x</p>{policy}")
    assert (head, body) == ("csp-implemented-with-no-unsafe", "csp-not-implemented")
    reporting = META.format("content-security-policy-report-only", POLICY)
    found = result("content-security-policy", body=f"<head>{reporting}</head>")
    assert found == "csp-not-implemented"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["nosniff"], "nosniff"),
        (["NoSniff"], "nosniff"),
        (["nosniff", "nosniff"], "nosniff"),
        (["nosniff, other"], "nosniff"),
        (["other, nosniff"], "header-invalid"),
        ([], "not-implemented"),
    ],
)
def test_the_first_value_says_whether_types_are_guessed(values, expected):
    headers = [("x-content-type-options", value) for value in values]
    assert result("x-content-type-options", *headers) == f"x-content-type-options-{expected}"


def test_of_hsts_sent_twice_the_first_counts():
    long, short = (("strict-transport-security", f"max-age={n}") for n in (31536000, 60))
    test = "strict-transport-security"
    assert result(test, long, short) == "hsts-implemented-max-age-at-least-six-months"
    assert result(test, short, long) == "hsts-implemented-max-age-less-than-six-months"


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
