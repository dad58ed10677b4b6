"""What asking about mails shows: enough is a habit, little proves nothing, and nobody is asked to."""

import pytest

from tests.support.facts import AS_OF, judged, measured
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import Subject, seen
from tojimari.model.facts.mail_checks import CompanyMailChecks, MailMonth

BOTH = ("mail-attachments-care", "know-the-tricks")


def month(number: int, people: int = 3, tricks: tuple[str, ...] = ("login",), ordinary: int = 1):
    return MailMonth(f"2026-{number:02d}", people, len(tricks), 0, ordinary, 0, tricks)


NONE = month(1, 0, (), 0)


def states(staff: int, *months: MailMonth, age_days: int = 0):
    fact = measured(CompanyMailChecks(staff, months), age_days=age_days)
    return tuple(judged(f"{control}:company", fact).state for control in BOTH)


@pytest.mark.parametrize(
    ("staff", "months", "expected"),
    [
        (5, (month(3), month(2), month(1)), ("met", "met")),
        (5, (month(3), NONE, month(1)), ("met", "unknown")),
        (5, (month(3), month(2, tricks=()), month(1)), ("met", "unknown")),
        (5, (month(3, 1), month(2, 1), month(1, 1)), ("unknown", "unknown")),
        (1, (month(3, 1), month(2, 1), month(1, 1)), ("met", "met")),
        (0, (month(3, 1), month(2, 1), month(1, 1)), ("unknown", "unknown")),
        (5, (month(3), NONE, NONE), ("unknown", "unknown")),
        (5, (), ("unknown", "unknown")),
        # Some do: that is no habit of the company, whatever it says of itself.
        (5, (month(3, 2), month(2, 2), month(1, 2)), ("unknown", "unknown")),
        (5, (month(3, 3), month(2, 1), month(1, 1)), ("unknown", "unknown")),
        (100, (month(3), month(2), month(1)), ("unknown", "unknown")),
        (0, (month(3), month(2), month(1)), ("unknown", "unknown")),
    ],
)
def test_a_habit_counts_and_little_proves_nothing(staff, months, expected):
    assert states(staff, *months) == expected


def test_what_is_old_is_not_counted():
    assert states(5, month(3), month(2), month(1), age_days=60) == ("unknown", "unknown")


def test_of_the_one_company_nothing_is_left_out():
    fact = CompanyMailChecks(5, (month(3), month(2), month(1)))
    heard = seen(fact, subject=Subject("company", "c"), at=AS_OF, source="heard")
    for given, state in (([heard], "met"), ([], "unknown")):
        found = diagnose(given, company="c", catalog=load_catalog(), as_of=AS_OF).assessment
        assert {found.controls[each].state for each in BOTH} == {state}
