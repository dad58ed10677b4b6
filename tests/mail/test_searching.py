"""What is looked for before a pattern: never so that the pattern would have found something."""

import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tojimari.mail.signals import approaches, hiding, wording
from tojimari.mail.signals.searching import Searched, Sought, sought

PATTERNS = {
    f"{module.__name__.rpartition('.')[2]}{name}": each
    for module in (approaches, wording)
    for name, each in vars(module).items()
    if isinstance(each, Sought)
}


@pytest.mark.parametrize("what", PATTERNS.values(), ids=PATTERNS)
@settings(max_examples=40, deadline=None)
@given(chance=st.data())
def test_whatever_a_pattern_finds_has_what_it_needs(what: Sought, chance: st.DataObject):
    text = chance.draw(st.from_regex(what.pattern))
    found, plainly = Searched(text).find(what), what.pattern.search(text)
    assert found is not None
    assert plainly is not None
    assert found.span() == plainly.span()
    assert all(each == each.lower() for group in what.needs for each in group)


def test_a_pattern_is_found_in_capitals_in_letters_that_pass_for_them_and_from_a_place_on():
    what = sought(r"\bdisks?\b", "disk", "s|k")
    for text in ("a DISK", "a dıſK", "a DİSK", "disk at"):
        assert bool(Searched(text).find(what)) == bool(what.pattern.search(text))
    assert Searched("disk, disk").find(what, 1).start() == 6
    assert Searched("nothing of it").find(what) is None


def test_every_letter_that_passes_for_a_latin_one_is_looked_at_closely():
    letters = filter(str.isalpha, map(chr, range(0x80, sys.maxunicode + 1)))
    passing = [
        each
        for each in letters
        if unicodedata.name(each, "").partition(" ")[0] in hiding.MIXED_WITH
    ]
    assert len(passing) > 500
    assert all(map(hiding._PASSES_FOR_LATIN.search, passing))
