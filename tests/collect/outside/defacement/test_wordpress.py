"""Intruders in a real WordPress, each undone before the next: what rings, and what is missed.

The owner's edits are in a file of their own (test_wordpress_owner.py), for a worker of its own.
"""

import pytest

from tests.support.watched.measure import score
from tests.support.watched.wordpress import wordpress
from tests.support.watched.wordpress_measure import RECALL_FLOOR, intruders

MISSED = {
    "five open links to casinos in a widget",
    "a folder of pages that nothing leads to",
}


@pytest.fixture(scope="module")
def found(way):
    with wordpress() as cms:
        return list(intruders(cms, way))


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
