"""What is kept does not depend on the order of arrival: against a plain model of it."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.new_kind import course, employees
from tojimari.model import (
    NotSeen,
    Observation,
    Subject,
    seen,
    unseen,
)
from tojimari.model.facts import DeviceTimeSync
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current, keep

START = datetime(2026, 11, 1, tzinfo=UTC)
SUBJECT = Subject("device", "d")


def fact(at_hour: int, state: bool | None) -> Observation:
    at = START + timedelta(hours=at_hour)
    if state is None:
        return unseen(DeviceTimeSync, NotSeen("timed_out"), subject=SUBJECT, at=at)
    return seen(DeviceTimeSync("chrony", state), subject=SUBJECT, at=at)


def hour(moment: datetime) -> int:
    return round((moment - START).total_seconds() / 3600)


def any_seen(seen: dict[int, bool | None]) -> bool:
    return any(state is not None for state in seen.values())


def rows_of(company: Company) -> list[tuple[int, int, bool | None]]:
    return [
        (
            hour(row.observed_at),
            hour(row.last_confirmed_at),
            None if row.fields is None else row.fields["synchronised"],
        )
        for row in company.observations.order_by("observed_at")
    ]


def model(seen: dict[int, bool | None]) -> list[tuple[int, int, bool | None]]:
    """Runs of the same state, in time's own order."""
    runs: list[tuple[int, int, bool | None]] = []
    for each in sorted(seen):
        if runs and runs[-1][2] == seen[each]:
            runs[-1] = (runs[-1][0], each, seen[each])
        else:
            runs.append((each, each, seen[each]))
    return runs


SEEN = st.dictionaries(
    st.integers(0, 30), st.sampled_from([True, False, None]), min_size=1, max_size=9
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seen=SEEN, order=st.randoms(use_true_random=False), again=st.booleans())
def test_any_order_gives_the_same_rows(db, seen, order, again):
    company = Company.objects.create()
    hours = list(seen) + (list(seen) if again else [])
    order.shuffle(hours)
    arrived: set[datetime] = set()

    def sightings(kind: str, at: datetime) -> tuple[datetime | None, datetime | None]:
        before = [moment for moment in arrived if moment < at]
        after = [moment for moment in arrived if moment > at]
        return max(before, default=None), min(after, default=None)

    for each in hours:
        arrived.add(START + timedelta(hours=each))
        keep(company, [fact(each, seen[each])], sightings=sightings)
    assert rows_of(company) == model(seen)
    newest = max(seen)
    handed = {max(h for h in seen if seen[h] is not None)} if any_seen(seen) else set()
    found = {hour(one.last_confirmed_at): one for one in current(company)}
    assert set(found) == {newest} | handed
    assert all(getattr(one.fact, "synchronised", None) == seen[h] for h, one in found.items())


def test_two_companies_never_meet(db):
    one, other = Company.objects.create(), Company.objects.create()
    keep(one, [fact(1, True)])
    keep(other, [fact(2, False)])
    assert rows_of(one) == [(1, 1, True)]
    assert rows_of(other) == [(2, 2, False)]
    assert len(current(one)) == 1


def test_behind_a_look_that_saw_a_part_stands_the_last_one_that_saw_all(db):
    company = Company.objects.create()
    part = msgspec.structs.replace(
        fact(2, True), partly_not_seen={"synchronised": NotSeen("no_permission")}
    )
    keep(company, [fact(0, True), fact(1, False), part])
    assert {hour(one.last_confirmed_at) for one in current(company)} == {1, 2}


def test_behind_a_look_that_saw_nothing_stands_what_an_engine_said_too(db):
    company = Company.objects.create()
    said = seen(DeviceTimeSync("chrony", True), subject=SUBJECT, at=START, source="heard")
    keep(company, [said])
    keep(company, [fact(1, None)])
    assert {one.source: one.fact is None for one in current(company)} == {
        "heard": False,
        "measured": True,
    }


def test_a_new_kind_of_subject_is_kept_and_handed_out(db):
    company = Company.objects.create()
    with employees() as shape:
        given = course(shape, "aoki", True)
        keep(company, [given])
        [row] = current(company)
        assert (row.subject, row.fact) == (given.subject, given.fact)
