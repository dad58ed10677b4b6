"""Facts of any kind, drawn by Hypothesis from the kinds' own shapes."""

from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from tojimari.assess.check import all_checks
from tojimari.model import Fact
from tojimari.model.facts import Row, fact_kinds


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return what JSON may hold for a field of this type."""
    if get_origin(hint) is Annotated:
        return values(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return st.one_of(*(values(one) for one in get_args(hint)))
    if get_origin(hint) is tuple:
        (one,) = (each for each in get_args(hint) if each is not Ellipsis)
        if one is str:
            return st.lists(st.text(min_size=1, max_size=5), max_size=3)
        return st.lists(values(one), max_size=4)
    if isinstance(hint, type) and issubclass(hint, Fact | Row):
        return record(hint)
    made: dict[Any, st.SearchStrategy[Any]] = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.integers(0, 400),
        float: st.floats(0, 1e6),
        str: st.text(max_size=8),
        datetime: st.datetimes().map(lambda moment: moment.isoformat() + "+00:00"),
    }
    return made[hint]


def record(shape: type[Fact | Row]) -> st.SearchStrategy[dict[str, Any]]:
    """Return what JSON may hold for a fact or a row."""
    hints = get_type_hints(shape, include_extras=True)
    return st.fixed_dictionaries({name: values(hints[name]) for name in shape.__struct_fields__})


@cache  # checking a strategy costs more than drawing from it
def facts_for(control: str) -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """Return what the check of ``control`` reads: kind -> fields."""
    check = all_checks()[control]
    return st.fixed_dictionaries(
        {kind: record(fact_kinds()[kind]) for kind in (*check.reads, *check.also)}
    )
