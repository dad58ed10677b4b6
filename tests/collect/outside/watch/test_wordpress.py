"""The watch on a real WordPress, run by the tests: real looks before and after every edit."""

import pytest

from tests.support.watched.measure import score
from tests.support.watched.wordpress_measure import wordpress_cases

PRECISION_FLOOR = 0.92
RECALL_FLOOR = 0.9

# Owners do this seldom and intruders do the same: told by intention (benchmarks/outside_watch.md).
RINGS_BY_INTENTION = {"a booking service nobody knows"}
MISSED = {
    "five open links to casinos in a widget",
    "the form sends to an intruder's file on the site itself",
    "a folder of pages that nothing leads to",
}


@pytest.fixture(scope="module")
def found(way):
    return wordpress_cases(way)


def test_the_floors_hold(found):
    every = score(found)
    assert every.owners >= 18
    assert every.intruders >= 18
    assert every.precision >= PRECISION_FLOOR
    assert every.recall >= RECALL_FLOOR


def test_owners_who_do_their_daily_work_hear_nothing(found):
    assert {case.edit for case in found if case.by == "owner" and case.alarms} == RINGS_BY_INTENTION


def test_what_is_missed_is_known(found):
    silent = {case.edit for case in found if case.by == "intruder" and not case.alarms}
    assert silent == MISSED


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        ("a script from elsewhere in header.php", "new_script"),
        ("eval(atob()) in footer.php", "obfuscated"),
        ("pills, shown to Googlebot only", "cloaked"),
        ("pills, shown to Googlebot only, on the articles only", "cloaked"),
        ("phones are led elsewhere by a header", "cloaked"),
        ("300 articles that sell brands, named after them", "spam_names"),
        ("300 articles that sell brands, with names that say nothing, dated back", "spam"),
        ("a sitemap of its own with 800 addresses", "listing"),
        ("fifty hidden links in the foot of every page", "hidden_links"),
        ("a hidden frame", "hidden_frame"),
        ("a skimmer in the script of the form's plugin", "skimmer"),
        ("the form sends elsewhere", "form_elsewhere"),
        ("the form asks for a card", "secret_fields"),
        ("home and siteurl lead to another host", "redirect"),
        ("the text of the front page replaced by a boast", "defaced"),
        ("an index.html before index.php", "replaced"),
        ("a plugin that loads a script from a look-alike of Google's", "imitation"),
        ("a program to download, in an article", "program"),
    ],
)
def test_the_alarm_says_what_it_is(found, edit, kind):
    assert [kind in case.alarms for case in found if case.edit == edit] == [True]
