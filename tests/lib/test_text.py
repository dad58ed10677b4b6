import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.lib.formulas import cell_value, guard, unguard
from tojimari.lib.printable import printable


@given(text=st.text())
def test_printable_text_steers_nothing_and_keeps_its_length(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert not {"\x1b", "\u202e", "\n", "\x00"} & set(shown)
    shown.encode()


def test_line_feeds_stay_where_they_are_wanted():
    assert printable("a\nb\x1b[0m", keep="\n") == "a\nb\ufffd[0m"


@given(text=st.text(st.sampled_from(list("'=+-@＝＋a1\t")), max_size=6))
def test_what_was_guarded_is_read_back(text):
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(("=", "+", "-", "@", "＝", "＋", "\t"))


@pytest.mark.parametrize(("value", "cell"), [(None, ""), (3, 3), ("=1+1", "'=1+1"), ("a", "a")])
def test_a_cell_holds_numbers_as_they_are(value, cell):
    assert cell_value(value) == cell
