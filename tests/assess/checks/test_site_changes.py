"""The judgement on what the watch has seen, by the real engine and catalog."""

from tests.support.facts import AS_OF, SEEN_FROM_OUTSIDE, fact, judged
from tojimari.assess.assessment import assess
from tojimari.catalog import load_catalog
from tojimari.model.facts import SiteHttps, plain_fact

CHECK = "website-defacement:site"
SEEN = {
    "baseline_at": "2026-11-01T00:00:00+00:00",
    "first": False,
    "pages": 8,
    "alarms": [],
    "alarms_in_all": 0,
    "notes_in_all": 2,
}
ALARM = {"kind": "new_script", "page": "https://a/", "evidence": "x.invalid", "on_pages": 1}


def test_watched_and_quiet_is_met():
    assert judged(CHECK, fact("site.changes", SEEN)).state == "met"
    assert judged(CHECK, fact("site.changes", SEEN | {"first": True})).reason == "begun"


def test_an_alarm_or_nothing_seen_is_not():
    rang = SEEN | {"alarms": [ALARM], "alarms_in_all": 1}
    assert judged(CHECK, fact("site.changes", rang)).reason == "alarms"
    assert judged(CHECK, fact("site.changes", rang | {"first": True})).state == "not_met"
    assert judged(CHECK, fact("site.changes", SEEN | {"pages": 0})).state == "not_met"


def test_an_old_watch_is_unknown_and_says_how_to_look_again():
    finding = judged(CHECK, fact("site.changes", SEEN, age_days=40))
    assert finding.state == "unknown"
    assert finding.not_seen.see_with == "tojimari site watch shop.example"


def test_a_site_nobody_watches_gets_no_finding():
    https = SiteHttps(
        http=True,
        https=True,
        redirected=True,
        final="https://shop.example/",
        stopped=None,
        hsts_days=365,
        hsts_subdomains=False,
    )
    seen = fact("site.https", plain_fact(https))
    found = assess([seen], company="c", catalog=load_catalog(), as_of=AS_OF)
    standing = found.controls["website-defacement"]
    assert standing.measured == ()
    assert standing.headline.reason == "not_asked"
    watched = assess([fact("site.changes", SEEN)], company="c", catalog=load_catalog(), as_of=AS_OF)
    assert watched.controls["website-defacement"].state == "met"
    assert watched.controls["website-defacement"].headline.subject == SEEN_FROM_OUTSIDE["site"]
