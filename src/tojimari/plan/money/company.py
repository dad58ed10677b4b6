"""What is known of a company that programmes ask about: said, or answered elsewhere before."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, get_args

import msgspec

from tojimari.model import Observation
from tojimari.model.facts.company_profile import (
    CompanyProfile,
    Declared,
    Gbizid,
    IndustryClass,
)

ASKED = tuple(CompanyProfile.__struct_fields__)
"""What a company may be asked, in the order of asking."""
CLASSES: frozenset[IndustryClass] = frozenset(get_args(IndustryClass))
_CLASSES: dict[str, frozenset[IndustryClass]] = {
    "construction": frozenset({"making"}),
    "manufacturing": frozenset({"making"}),
    "transport": frozenset({"making"}),
    "wholesale": frozenset({"wholesale"}),
    "retail": frozenset({"retail"}),
    "professional": frozenset({"service"}),
    "life_services": frozenset({"service"}),
    "education": frozenset({"service"}),
    "medical_welfare": frozenset({"service"}),
    "other_services": frozenset({"service"}),
    "lodging_food": frozenset({"service", "retail"}),
    "info_comm": frozenset({"making", "service"}),
    "finance_real_estate": frozenset({"making", "service"}),
}
"""Answer to the question on the industry -> the classes of the law it may be (our reading); what
is not here may be any."""
_STAFF: dict[str, tuple[int, int | None]] = {
    "one": (0, 1),
    "two_to_four": (0, 4),
    "five_to_nine": (0, 9),
    "ten_or_more": (0, None),
}
"""Answer to the question on the size -> staff at least and at most. It counts owner, family and
part-timers too, so it says nothing of how many there are at least."""


class KnownCompany(msgspec.Struct, frozen=True):
    """What is known of a company. Whatever was never said is None or empty.

    Attributes:
        prefecture: number of its prefecture; "" where not known.
        branches: numbers of other prefectures with a place of business; None where not known.
        classes: the industry classes it may be of; all where nothing is known.
        staff: staff at least, and at most; None: no limit is known.
        founded: year, or year and month.
    """

    prefecture: str = ""
    municipality: str = ""
    branches: tuple[str, ...] | None = None
    classes: frozenset[IndustryClass] = CLASSES
    capital: int | None = None
    staff: tuple[int, int | None] = (0, None)
    founded: str = ""
    gbizid: Gbizid | None = None
    security_action: Declared | None = None
    old_declaration: bool | None = None


def profile_of(observations: Iterable[Observation], as_of: datetime) -> CompanyProfile:
    """Return the newest word of the company on itself; nothing said where there is none."""
    newest, found = (datetime.min.replace(tzinfo=as_of.tzinfo), ""), CompanyProfile()
    for observation in observations:
        given = observation.fact
        if not isinstance(given, CompanyProfile) or observation.observed_at > as_of:
            continue
        key = (observation.last_confirmed_at, observation.id)
        if key >= newest:
            newest, found = key, given
    return found


def known_company(
    said: CompanyProfile, answers: Mapping[str, Any], *, prefecture: str = ""
) -> KnownCompany:
    """Return what is known of a company.

    said: its own words on itself.
    answers: the answers of its profile, question id -> option ids or number.
    prefecture: number of the prefecture, where it is kept elsewhere.
    """
    classes = _CLASSES.get(_chosen(answers, "industry"), CLASSES)
    if said.industry_class is not None:
        classes = frozenset({said.industry_class})
    staff = _STAFF.get(_chosen(answers, "company-size"), (0, None))
    if said.staff is not None:
        staff = (said.staff, said.staff)
    return KnownCompany(
        prefecture=prefecture or said.prefecture or "",
        municipality=said.municipality or "",
        branches=said.branches,
        classes=classes,
        capital=said.capital_yen,
        staff=staff,
        founded=said.founded or "",
        gbizid=said.gbizid,
        security_action=said.security_action,
        old_declaration=said.old_declaration,
    )


def _chosen(answers: Mapping[str, Any], question: str) -> str:
    given = answers.get(question)
    if isinstance(given, str):
        return given
    return str(given[0]) if isinstance(given, list | tuple) and len(given) == 1 else ""
