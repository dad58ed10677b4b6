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
