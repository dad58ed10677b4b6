import pytest

from tests.support.facts import fact, judged
from tojimari.model.facts import SentHeader, SiteHeaders, plain_fact

FAILED = [
    {"test": "cookies", "result": "cookies-without-secure-flag", "passed": False, "points": -20},
    {"test": "x-content-type-options", "result": "x-content-type-options-not-implemented", "passed": False, "points": -5},
    {"test": "content-security-policy", "result": "csp-not-implemented", "passed": False, "points": -25},
    {"test": "referrer-policy", "result": "referrer-policy-unsafe", "passed": False, "points": -5},
]  # fmt: skip


def headers(grade, score, tests):
    """Return a fact as versions up to 0.2.0 stored it: the verdict they came to."""
    fields = {"url": "https://shop.example/", "score": score, "grade": grade, "tests": tests}
    return fact("site.headers", fields | {"cookies": [], "cookies_in_all": 0}, version=1)


@pytest.mark.parametrize(
    ("grade", "score", "tests", "state", "reason"),
    [
        ("A+", 125, [], "met", "strong"),
        ("A-", 85, FAILED[:1], "met", "strong_but"),
        ("B+", 80, FAILED[:1], "partly", "some"),
        ("C-", 45, FAILED, "partly", "some"),
        ("D+", 40, FAILED, "not_met", "few"),
        ("F", 0, FAILED, "not_met", "few"),
    ],
)
def test_the_grade_decides(grade, score, tests, state, reason):
    finding = judged("website-headers:site", headers(grade, score, tests))
    assert (finding.state, finding.reason) == (state, reason)


def test_the_costliest_missing_protections_are_named_first():
    numbers = judged("website-headers:site", headers("D", 45, FAILED)).numbers
    parts = numbers["missing_ja"].split("、")
    named = ("（CSP）", "（クッキー）", "（X-Content-Type-Options）（ほか1）")
    assert [name in part for name, part in zip(named, parts, strict=True)] == [True] * 3
    assert numbers["missing_en"].endswith("no guessing of file types (X-Content-Type-Options) (+1)")


def test_what_is_recorded_since_is_judged_by_the_rules():
    sent = {
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "strict-transport-security": "max-age=31536000",
        "x-content-type-options": "nosniff",
    }
    seen = SiteHeaders(
        url="https://shop.example/",
        redirects=("http://shop.example", "https://shop.example"),
        https=True,
        html=True,
        headers=tuple(SentHeader(name, value, False) for name, value in sent.items()),
    )
    assert judged("website-headers:site", fact("site.headers", plain_fact(seen))).state == "met"
    bare = SiteHeaders(url="http://shop.example/", redirects=("http://shop.example",))
    found = judged("website-headers:site", fact("site.headers", plain_fact(bare)))
    assert (found.state, found.numbers["grade"]) == ("not_met", "F")


GOOD = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
ROUTE = ("http://shop.example", "https://shop.example")


def guards(sent, **changed):
    seen = SiteHeaders(
        url="https://shop.example/",
        redirects=changed.pop("redirects", ROUTE),
        https=changed.pop("https", True),
        html=True,
        headers=tuple(SentHeader(name, value, False) for name, value in sent.items()),
        **changed,
    )
    return judged("website-headers:site", fact("site.headers", plain_fact(seen)))


def without(*names):
    return {name: value for name, value in GOOD.items() if name not in names}


@pytest.mark.parametrize("trust", [(False, False), (False, True), (True, False)])
def test_a_bad_certificate_is_no_missing_redirect_and_no_missing_rule(trust):
    bad = {"http_trusted": trust[0], "https_trusted": trust[1]}
    found = guards(GOOD, **bad)
    assert (found.state, found.reason) == ("met", "strong_once_trusted")
    part = guards(without("content-security-policy"), **bad)
    assert part.state == guards(without("content-security-policy")).state == "partly"
    for word in ("redirect", "HSTS"):
        assert word not in part.numbers["missing_en"]
    # What is missing stays missing, whatever the certificate.
    bare = guards(without("strict-transport-security"), redirects=ROUTE[:1], **bad)
    assert "(HSTS)" in bare.numbers["missing_en"]
    assert "a redirect from http to https" in bare.numbers["missing_en"]


def test_a_site_without_https_lacks_one_thing_not_three():
    found = guards(without("strict-transport-security"), redirects=ROUTE[:1], https=False)
    assert found.numbers["missing_en"] == "encryption (https), with a redirect to it"


@pytest.mark.parametrize(
    ("sent", "redirects", "told"),
    [
        ({}, ("http://shop.example", "https://www.shop.example"), "under the same name first"),
        ({}, ("http://shop.example", "http://shop.example", ROUTE[1]), "straight to https"),
        ({"strict-transport-security": "max-age=60"}, ROUTE, "six months or more"),
        ({"strict-transport-security": "max-age=soon"}, ROUTE, "without its mistake"),
        ({"content-security-policy": "script-src 'unsafe-inline'; frame-ancestors 'none'"}, ROUTE,
         "does not let in what is written into the page"),
    ],
)  # fmt: skip
def test_what_is_there_and_weak_is_not_called_missing(sent, redirects, told):
    assert told in guards(GOOD | sent, redirects=redirects).numbers["missing_en"]
