"""A real WordPress: intruders, each undone before the next, and then the owner's daily work.

What rings is what was meant to ring, and what is missed is known.
"""

import pytest

from tests.support.watched.measure import score
from tests.support.watched.wordpress import PACKAGE, THEME_OF_DEBIAN_13, has_theme, wordpress
from tests.support.watched.wordpress_edits import INTRUDER
from tests.support.watched.wordpress_measure import (
    PRECISION_FLOOR,
    RECALL_FLOOR,
    intruders,
    owners,
)

pytestmark = pytest.mark.skipif(
    (PACKAGE / THEME_OF_DEBIAN_13).is_dir() and not has_theme(),
    reason="Debian 13 has no theme of WordPress with files of PHP to edit",
)

MISSED = {
    "five open links to casinos in a widget",
    "a folder of pages that nothing leads to",
}


# Owners do this seldom and intruders do the same: told by intention (benchmarks/outside_watch.md).
RINGS_BY_INTENTION = {"a booking service nobody knows"}


@pytest.fixture(scope="module")
def cms():
    with wordpress() as running:
        yield running


@pytest.fixture(scope="module")
def found(cms, way):
    return list(intruders(cms, way))


@pytest.fixture(scope="module")
def found_of_owner(cms, way, found):
    """After the intruders: what an owner does is not undone."""
    return list(owners(cms, way))


def test_the_floor_of_recall_holds(found):
    every = score(found)
    assert every.intruders >= 18
    assert every.recall >= RECALL_FLOOR


def test_what_is_missed_is_known(found):
    assert {case.edit for case in found if not case.alarms} == MISSED


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
        ("the form sends to an intruder's file on the site itself", "form_odd"),
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


def test_owners_who_do_their_daily_work_hear_nothing(found_of_owner):
    assert {case.edit for case in found_of_owner if case.alarms} == RINGS_BY_INTENTION


def test_the_floor_of_precision_holds(found_of_owner):
    """Even with no more intruders found than the floor of recall asks for."""
    every = score(found_of_owner)
    assert every.owners >= 18
    rung = RECALL_FLOOR * len(INTRUDER)
    assert rung / (rung + every.false_alarms) >= PRECISION_FLOOR
