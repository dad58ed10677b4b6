"""The watch on the made-up set: real looks over HTTP, before and after every edit."""

import pytest

from tests.support.watched.edits import BENIGN, MALICIOUS
from tests.support.watched.measure import PRECISION_FLOOR, RECALL_FLOOR, cases, score
from tests.support.watched.play import played

# Owners do these seldom and intruders do the same: told by intention (benchmarks/outside_watch.md).
RINGS_BY_INTENTION = {
    "a service of a new, unknown provider",
    "a form at a form service",
    "the container of a new agency in place of the one in use",
}
MISSED = {"a new file of a provider in use"}


@pytest.fixture(scope="module")
def found(way):
    with played() as server:
        return list(cases(server, way))


def test_the_floors_hold(found):
    every = score(found)
    assert every.owners >= 100
    assert every.intruders >= 100
    assert every.precision >= PRECISION_FLOOR
    assert every.recall >= RECALL_FLOOR


def test_owners_who_do_their_daily_work_hear_nothing(found):
    rang = {case.edit for case in found if case.by == "owner" and case.alarms}
    assert rang == RINGS_BY_INTENTION
    assert len(BENIGN) >= 15


def test_what_is_missed_is_known(found):
    silent = {case.edit for case in found if case.by == "intruder" and not case.alarms}
    assert silent == MISSED
    assert len(MALICIOUS) >= 15


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        ("an external script", "new_script"),
        ("a frame hidden by a class", "hidden_frame"),
        ("a form that sends elsewhere", "form_elsewhere"),
        ("fields for a card", "secret_fields"),
        ("a keylogger", "skimmer"),
        ("a loader in a program file, its address in base64", "new_script"),
        ("a loader in a program file that a number unlocks", "obfuscated"),
        ("a loader at the end of a very long program file", "new_script"),
        ("a new program file of the site that sends what is typed elsewhere", "skimmer"),
        ("a skimmer that keeps what is typed among the site's pictures", "skimmer"),
        ("a form that sends to a program among the pictures", "form_odd"),
        ("fields for a card that only their labels name", "secret_fields"),
        ("a frame hidden by a style sheet of the site", "hidden_frame"),
        ("another page under the old title", "replaced"),
        ("another container of the tag manager in use", "container"),
        ("a first container of the tag manager where cards are asked for", "container"),
        ("fifty hidden links", "hidden_links"),
        ("Japanese keyword spam on a page", "spam"),
        ("new pages selling brands, in the sitemap", "spam"),
        ("a boast in the title", "defaced"),
        ("another page altogether", "replaced"),
        ("meta refresh", "redirect"),
        ("another base address", "base"),
        ("links that run code", "obfuscated"),
        ("a harmful program to download", "program"),
        ("five hundred unnamed pages in the sitemap", "listing"),
    ],
)
def test_the_alarm_says_what_it_is(found, edit, kind):
    same = [case for case in found if case.edit == edit]
    assert same
    assert all(kind in case.alarms for case in same)
