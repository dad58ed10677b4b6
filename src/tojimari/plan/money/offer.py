"""Programmes beside a company and its steps: what fits, by when, which papers, what it costs then."""

from collections.abc import Collection, Iterable
from datetime import date
from fractions import Fraction

import msgspec

from tojimari.catalog.money import MoneyKnowledge, Programme, ProgrammeKind
from tojimari.model import Assessment
from tojimari.plan.money.company import ASKED, KnownCompany
from tojimari.plan.money.fit import Fit, fit, met, size_answer
from tojimari.plan.money.window import WINDOW_STATES, Window, window

_FITS = ("fits", "could", "cannot_tell", "does_not")
_KINDS: tuple[ProgrammeKind, ...] = (
    "grant",
    "drill",
    "advice",
    "service",
    "loan",
    "insurance",
    "tax",
)
"""Which of several is named on a step: what pays first, then what is free, then the rest."""
PAYS: frozenset[ProgrammeKind] = frozenset({"grant", "tax", "loan"})
"""Kinds that are of no use for a step that costs nothing."""


class Offer(msgspec.Struct, frozen=True):
    """A programme beside a company.

    Attributes:
        papers: ids of the papers it asks for.
        held: those of them the company has.
    """

    programme: Programme
    window: Window
    fit: Fit
    papers: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def standing(self) -> str:
        """Return fits, could (once something is done first), cannot_tell or does_not."""
        return "could" if self.fit.could_fit else self.fit.verdict

    @property
    def is_near(self) -> bool:
        """Whether it can be used or announced, and is not known to be for others."""
        return self.window.can_be_used and self.standing != "does_not"

    @property
    def apply_by(self) -> date | None:
        """Return the last day of the call that is open or comes next; None where there is none."""
        usable = self.window.can_be_used and self.window.round is not None
        return self.window.round.closes if usable and self.window.round else None


class Effect(msgspec.Struct, frozen=True):
    """What a step costs with a programme, in yen.

    Attributes:
        before: what it costs without.
        least, most: what it costs with it; they differ while the size is not known.
        below_minimum: alone it is too small to be paid for.
        disputed: sources differ on the maximum; the lower one was reckoned with.
    """

    before: int
    least: int
    most: int
    below_minimum: bool = False
    disputed: bool = False


def offers(
    company: KnownCompany,
    known: MoneyKnowledge,
    day: date,
    papers: Collection[str] = frozenset(),
) -> tuple[Offer, ...]:
    """Return every programme beside ``company``, what can be used first. Pure.

    day: today in Japan. papers: ids of the papers the company has.
    """
    found = []
    for programme in known.programmes.values():
        when = window(programme, day)
        # Age is judged for the day on which one can apply.
        applied = when.round.opens if when.state == "coming" and when.round else None
        found.append(
            Offer(
                programme,
                when,
                fit(programme, company, known, applied or day),
                programme.papers,
                tuple(id_ for id_ in programme.papers if id_ in papers),
            )
        )
    return tuple(sorted(found, key=_order))


def _order(offer: Offer) -> tuple[int, int, int, date, str]:
    """Return the place in the list: what is near by what it is good for, then the rest by state."""
    near = offer.is_near
    return (
        -1 if near else WINDOW_STATES.index(offer.window.state),
        _KINDS.index(offer.programme.kind) if near else _FITS.index(offer.standing),
        _FITS.index(offer.standing) if near else _KINDS.index(offer.programme.kind),
        offer.apply_by or date.max,
        offer.programme.id,
    )


def offer_for(controls: Collection[str], yen: int, found: Iterable[Offer]) -> Offer | None:
    """Return the one programme to name on a step; None where none is near.

    controls: what the step settles. yen: what it costs; what costs nothing needs no payer.
    """
    near = [
        offer
        for offer in found
        if offer.is_near
        and set(offer.programme.controls) & set(controls)
        and (yen > 0 or offer.programme.kind not in PAYS)
    ]
    return min(
        near,
        key=lambda offer: (_FITS.index(offer.standing), _KINDS.index(offer.programme.kind)),
        default=None,
    )


def effect(
    programme: Programme, yen: int, company: KnownCompany, known: MoneyKnowledge
) -> Effect | None:
    """Return what something for ``yen`` costs with ``programme``; None where no share is known.

    What is paid is the share, at most the surest maximum, and nothing below the minimum.
    """
    shares = _shares(programme, company, known)
    if not shares or yen <= 0:
        return None
    paid = [_paid(programme, yen, share) for share in shares]
    disputed = any(one.about in ("maximum", "rate") for one in programme.conflicts)
    return Effect(yen, yen - max(paid), yen - min(paid), max(paid) == 0, disputed)


def _shares(programme: Programme, company: KnownCompany, known: MoneyKnowledge) -> list[Fraction]:
    """Return every share that may hold for ``company``."""
    found = []
    for rate in programme.rates:
        answer = size_answer(known.sizes.get(rate.size), company) if rate.size else "yes"
        if answer != "no":
            found.append(rate.fraction)
        if answer == "yes":
            break
    return found


def _paid(programme: Programme, yen: int, share: Fraction) -> int:
    paid = int(yen * share)
    most = programme.surest_maximum
    paid = paid if most is None else min(paid, most)
    return 0 if paid < (programme.minimum or 0) else paid


def held_papers(
    assessment: Assessment,
    company: KnownCompany,
    known: MoneyKnowledge,
    others: Collection[str] = frozenset(),
) -> frozenset[str]:
    """Return the ids of the papers a company has: registered and not yet due again, or said.

    others: ids of papers that the company wrote here and that are in force.
    """
    found = set(others)
    for paper in known.papers.values():
        if paper.knows and met(paper.knows, company)[0] == "yes":
            found.add(paper.id)
        for id_ in paper.controls:
            standing = assessment.controls.get(id_)
            if standing and any(one.state == "met" for one in standing.evidence):
                found.add(paper.id)
    return frozenset(found)


def still_asked(found: Iterable[Offer]) -> tuple[str, ...]:
    """Return what the company could say that would settle a programme that can be used."""
    named = {field for offer in found if offer.is_near for field in offer.fit.missing}
    return tuple(field for field in ASKED if field in named)
