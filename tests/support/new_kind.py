"""A kind of subject as a wing would bring it: declared, with one fact kind and one check of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import ClassVar

from tests.support.facts import AS_OF
from tojimari.assess import check as checks
from tojimari.assess.check import Facts, Verdict
from tojimari.catalog import Catalog, load_catalog
from tojimari.catalog.schema import FactKind
from tojimari.model import Fact, Observation, Subject, SubjectDeclaration, Text, seen, subjects
from tojimari.model.facts import base

KIND = "employee.course"
CONTROL = "owner-training"
EMPLOYEE = SubjectDeclaration(
    id="employee",
    name=Text(ja="従業員", en="an employee"),
    listed_by="company",
    id_at_most=40,
    look_again="tojimari lessons {id}",
    oscal_type="party",
    oscal_text="An employee",
)


def _judge(facts: Facts, catalog: Catalog) -> Verdict:
    passed = bool(getattr(facts.seen[KIND], "passed"))  # noqa: B009  # declared only in the test
    return Verdict("met", "said_met") if passed else Verdict("not_met", "said_not_met")


@contextmanager
def employees() -> Iterator[type[Fact]]:
    """Declare employees, the fact whether one passed a course, and a check; forget them after."""
    subjects.declare(EMPLOYEE)
    checks.all_checks()  # the house's own first

    class EmployeeCourse(Fact, frozen=True, forbid_unknown_fields=True):
        KIND: ClassVar[str] = KIND
        passed: bool

    load_catalog().facts[KIND] = FactKind(
        id=KIND,
        title=Text(ja="受講", en="Course"),
        about=Text(ja="受講したか", en="Whether the course was passed"),
        max_age_days=30,
        sensitivity="internal",
        fields=(),
    )
    checks.check(CONTROL, reads=(EmployeeCourse,))(_judge)
    checks.all_checks.cache_clear()
    try:
        yield EmployeeCourse
    finally:
        del checks._CHECKS[f"{CONTROL}:{EMPLOYEE.id}"]
        checks.all_checks.cache_clear()
        del load_catalog().facts[KIND]
        del base._VERSIONS[KIND]
        del subjects._DECLARED[EMPLOYEE.id]


def course(
    shape: type[Fact], who: str, passed: bool, *, source: str = "measured", at: datetime = AS_OF
) -> Observation:
    """Return the observation whether ``who`` passed the course."""
    fact = shape(passed=passed)
    return seen(fact, subject=Subject("employee", who), at=at, source=source)
