"""From Arrow's packed bits to bytes, wherever in a buffer they begin."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tojimari.survey.bitmaps import as_mask, dense, packed, together

flags = st.lists(st.sampled_from([True, False, None]), max_size=70)


@settings(deadline=None)
@given(flags, st.integers(0, 20))
def test_a_slice_anywhere_is_read_right(values, start):
    sliced = pa.array(values, pa.bool_()).slice(start)
    wanted = [value is True for value in values[start:]]
    assert as_mask(sliced).tolist() == wanted
    unpacked = np.unpackbits(packed(sliced), count=len(wanted), bitorder="little")
    assert unpacked.astype(bool).tolist() == wanted


@settings(deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=40))
def test_flags_lie_side_by_side_in_a_byte(rows):
    columns = [pa.array([row[at] for row in rows]) for at in range(4)]
    masks = [np.array([row[4] for row in rows])]
    found = together([*columns, *masks])
    assert found.tolist() == [sum(flag << at for at, flag in enumerate(row)) for row in rows]


@settings(deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1))
def test_numbers_are_not_copied(values):
    array = pa.array(values, pa.int32())
    found = dense(array)
    assert found.tolist() == values
    assert not found.flags.writeable
