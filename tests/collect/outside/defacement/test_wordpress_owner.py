"""The owner's daily work on a real WordPress, look after look: nothing but what is meant to ring."""

import pytest

from tests.support.watched.measure import score
from tests.support.watched.wordpress import wordpress
from tests.support.watched.wordpress_edits import INTRUDER
from tests.support.watched.wordpress_measure import PRECISION_FLOOR, RECALL_FLOOR, owners

# Owners do this seldom and intruders do the same: told by intention (benchmarks/outside_watch.md).
RINGS_BY_INTENTION = {"a booking service nobody knows"}


@pytest.fixture(scope="module")
def found(way):
    with wordpress() as cms:
        return list(owners(cms, way))


def test_owners_who_do_their_daily_work_hear_nothing(found):
    assert {case.edit for case in found if case.alarms} == RINGS_BY_INTENTION


def test_the_floor_of_precision_holds(found):
    """Even with no more intruders found than the other file asks for (test_wordpress.py)."""
    every = score(found)
    assert every.owners >= 18
    rung = RECALL_FLOOR * len(INTRUDER)
    assert rung / (rung + every.false_alarms) >= PRECISION_FLOOR
