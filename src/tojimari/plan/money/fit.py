"""Whether a programme is for a company: fits, does not, or cannot be told and what is missing."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from tojimari.catalog.money import (
    Condition,
    Knows,
    MoneyKnowledge,
    Programme,
    SizeBound,
    SizeWord,
)
from tojimari.plan.money.company import ASKED, KnownCompany

Answer = Literal["yes", "no", "unknown"]
Verdict = Literal["fits", "does_not", "cannot_tell"]


class Point(msgspec.Struct, frozen=True):
    """One thing a programme asks for, and whether the company meets it.

    Attributes:
        what: ``place``, ``size``, ``class``, ``age``, or the id of a condition.
        missing: what the company would have to say, as ``ASKED`` names it; empty where no word of
            it would help: sources differ, or it is not asked.
        can_be_done: the company can still see to it.
    """

    what: str
    answer: Answer
    missing: tuple[str, ...] = ()
    can_be_done: bool = False


class Fit(msgspec.Struct, frozen=True):
    """Whether a programme is for a company, with every point it was judged by."""

    points: tuple[Point, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the answer: unknown never counts as a yes."""
        if any(one.answer == "no" and not one.can_be_done for one in self.points):
            return "does_not"
        if any(one.answer == "unknown" for one in self.points):
            return "cannot_tell"
        return "does_not" if self.first else "fits"

    @property
    def first(self) -> tuple[str, ...]:
        """Return what is not met yet and can be seen to, as ids of conditions."""
        return tuple(p.what for p in self.points if p.answer == "no" and p.can_be_done)

    @property
    def could_fit(self) -> bool:
        """Whether it would fit once what comes ``first`` is done; nothing else is open."""
        return bool(self.first) and all(
            p.answer == "yes" or (p.answer == "no" and p.can_be_done) for p in self.points
        )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return what cannot be told, as the points name it."""
        return tuple(p.what for p in self.points if p.answer == "unknown")

    @property
    def failed(self) -> tuple[str, ...]:
        """Return what is not met and cannot be changed by seeing to it."""
        return tuple(p.what for p in self.points if p.answer == "no" and not p.can_be_done)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what the company would have to say, each once, in the order of asking."""
        named = {field for point in self.points for field in point.missing}
        return tuple(field for field in ASKED if field in named)


def fit(programme: Programme, company: KnownCompany, known: MoneyKnowledge, day: date) -> Fit:
    """Return whether ``programme`` is for ``company`` on ``day``. Pure; nothing is guessed.

    A condition or size word that ``known`` does not have cannot be told.
    """
    points = [_place(programme, company)]
    if programme.classes:
        fitting = {one in programme.classes for one in company.classes}
        points.append(_point("class", _together(fitting), ("industry_class",)))
    if programme.size:
        points.append(_size("size", known.sizes.get(programme.size), company))
    points += _own_limits(programme, company)
    if programme.years_in_business:
        points.append(_age(programme.years_in_business, company, day))
    for id_ in programme.needs:
        condition = known.conditions.get(id_)
        if condition is None or not condition.on_the_way:
            points.append(_need(id_, condition, company))
    return Fit(tuple(points))


def size_answer(word: SizeWord | None, company: KnownCompany) -> Answer:
    """Return whether ``word`` means ``company``."""
    return _size("size", word, company).answer


def _point(what: str, answer: Answer, missing: Iterable[str] = ()) -> Point:
    return Point(what, answer, tuple(missing) if answer == "unknown" else ())


def _together(found: set[bool]) -> Answer:
    """Return the answer where each of several cases may hold."""
    return "unknown" if len(found) != 1 else "yes" if found.pop() else "no"


def _place(programme: Programme, company: KnownCompany) -> Point:
    if not programme.prefectures and not programme.municipalities:
        return Point("place", "yes")
    where = programme.prefectures or tuple({one[:2] for one in programme.municipalities})
    if not company.prefecture:
        return _point("place", "unknown", ("prefecture",))
    if company.prefecture not in where:
        return _by_branch(programme, company, where)
    if not programme.municipalities:
        return Point("place", "yes")
    near = [one for one in programme.municipalities if one[:2] == company.prefecture]
    if company.municipality and company.municipality in near:
        return Point("place", "yes")
    if programme.branch_counts and not near:
        return _by_branch(programme, company, where)
    if company.municipality and not programme.branch_counts:
        return Point("place", "no")
    # In another municipality of its prefecture there may be a place of business: nobody asks.
    missing = () if company.municipality else ("municipality",)
    return _point("place", "unknown" if near else "no", missing)


def _by_branch(programme: Programme, company: KnownCompany, where: tuple[str, ...]) -> Point:
    """Judge by places of business elsewhere; which municipality those are in nobody asks."""
    if not programme.branch_counts:
        return Point("place", "no")
    if company.branches is None:
        return _point("place", "unknown", ("branches",))
    if not set(company.branches) & set(where):
        return Point("place", "no")
    return _point("place", "unknown" if programme.municipalities else "yes")


def _size(what: str, word: SizeWord | None, company: KnownCompany) -> Point:
    if word is None:
        return Point(what, "unknown")
    bounds = [b for b in word.bounds if set(b.classes) & company.classes]
    answers = {_within(bound, company) for bound in bounds}
    told = {one for bound in bounds for one in bound.classes}
    agreed = len(answers) == 1 and company.classes <= told
    answer: Answer = answers.pop() if agreed else "unknown"
    return _point(what, answer, _missing_for(bounds, company))


def _missing_for(bounds: list[SizeBound], company: KnownCompany) -> list[str]:
    """Return what to ask for next: the staff first, for it alone settles most companies."""
    if company.staff[0] != company.staff[1]:
        return ["staff"]
    missing = []
    if len(company.classes) > 1 and len(bounds) > 1:
        missing.append("industry_class")
    if any(bound.capital is not None for bound in bounds) and company.capital is None:
        missing.append("capital_yen")
    return missing


def _within(bound: SizeBound, company: KnownCompany) -> Answer:
    """Return whether a company is within a bound; of capital and staff one is enough.

    A sole owner has no capital (0), and the bound on capital speaks of companies: it settles nothing
    there, since the text of the law was not seen.
    """
    answers = [_at_most(company.staff, bound.staff)]
    if bound.capital is not None and company.capital == 0:
        answers.append("unknown")
    elif bound.capital is not None:
        claims = (bound.capital, bound.other_capital or bound.capital)
        answers.append(_capital(company.capital, min(claims), max(claims)))
    if "yes" in answers:
        return "yes"
    return "unknown" if "unknown" in answers else "no"


def _at_most(given: tuple[int, int | None], limit: int) -> Answer:
    low, high = given
    if high is not None and high <= limit:
        return "yes"
    return "no" if low > limit else "unknown"


def _capital(given: int | None, low: int, high: int) -> Answer:
    if given is None:
        return "unknown"
    return "yes" if given <= low else "no" if given > high else "unknown"


def _own_limits(programme: Programme, company: KnownCompany) -> list[Point]:
    points = []
    if programme.staff_at_most is not None:
        answer = _at_most(company.staff, programme.staff_at_most)
        points.append(_point("staff", answer, ("staff",)))
    if programme.capital_at_most is not None:
        limit = programme.capital_at_most
        points.append(_point("capital", _capital(company.capital, limit, limit), ("capital_yen",)))
    return points


def _age(years: int, company: KnownCompany, day: date) -> Point:
    """Judge the age in whole years; with the year alone the turn of the year cannot be told."""
    year, _, month = company.founded.partition("-")
    if not year:
        return _point("age", "unknown", ("founded",))
    wanted = 12 * years
    if month:
        passed = 12 * (day.year - int(year)) + day.month - int(month)
        answer: Answer = "yes" if passed > wanted else "no" if passed < wanted else "unknown"
        return _point("age", answer)
    apart = day.year - int(year)
    answer = "yes" if apart > years else "no" if apart < years else "unknown"
    return _point("age", answer, ("founded",))


def _need(id_: str, condition: Condition | None, company: KnownCompany) -> Point:
    if condition is None or not condition.knows:
        return Point(id_, "unknown")
    answer, missing = met(condition.knows, company)
    return Point(
        id_, answer, missing if answer == "unknown" else (), can_be_done=condition.can_be_done
    )


def met(knows: Knows, company: KnownCompany) -> tuple[Answer, tuple[str, ...]]:
    """Return whether what a company said answers a condition, and what it would have to say."""
    match knows:
        case "gbizid_prime" | "gbizid_any":
            wanted = ("prime",) if knows == "gbizid_prime" else ("entry", "prime")
            return _said(company.gbizid, wanted), ("gbizid",)
        case "declared_one" | "declared_two":
            wanted = ("two",) if knows == "declared_two" else ("one", "two")
            return _said(company.security_action, wanted), ("security_action",)
        case "new_declaration":
            if company.security_action == "none":
                return "no", ()
            if company.security_action is None:
                return "unknown", ("security_action", "old_declaration")
            old = company.old_declaration
            return "unknown" if old is None else "no" if old else "yes", ("old_declaration",)
        case _:
            return "unknown", ()


def _said(given: str | None, wanted: tuple[str, ...]) -> Answer:
    return "unknown" if given is None else "yes" if given in wanted else "no"
