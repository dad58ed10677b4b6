"""Points of the 25 items: below nothing they are said in words, and it is told how they come about."""

import re

import pytest

from tests.support.answers import everybody_says
from tojimari.catalog import load_catalog
from tojimari.report.page import to_html
from tojimari.report.paper import Cover, to_paper
from tojimari.report.terminal import show_result

CATALOG = load_catalog()
MINUS = re.compile(r"[-−]\s?\d+\s?(点|point|/)")


@pytest.mark.parametrize(("lang", "told"), [("ja", "0点を下回ります"), ("en", "below 0 points")])
def test_a_sum_below_nothing_is_said_in_words(lang, told, capsys):
    found = everybody_says("dont_know")
    points = found.standings["ipa-25"].points
    assert points is not None
    assert points < 0
    for page in (to_html(found, CATALOG, lang), to_paper(found, CATALOG, lang, Cover("c"))):
        assert told in page
        assert str(-points) in page  # what was taken off is told
        assert not MINUS.search(page)
    show_result(found, CATALOG, lang)
    assert not MINUS.search(capsys.readouterr().out)


def test_how_the_points_come_about_adds_up():
    found = everybody_says("done")
    standing = found.standings["ipa-25"]
    page = to_html(found, CATALOG, "ja")
    [(plus, minus)] = re.findall(r"で (\d+)点。「わからない」\d+項目で (\d+)点を引きました", page)
    assert int(plus) - int(minus) == standing.points


def test_readers_see_no_ids_of_ours():
    page = to_html(everybody_says("done"), CATALOG, "ja")
    assert not re.findall(r"ipa[56]-\d|sa[12]-\w+|kajo|jikoshindan", page)
