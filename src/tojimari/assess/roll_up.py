"""Rolls the findings about one control up to where the company stands on it."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

import msgspec

from tojimari.model import (
    OPEN,
    ControlStanding,
    Finding,
    NotSeen,
    State,
    Subject,
    SubjectKind,
    declared,
    source_of,
    worst,
)
from tojimari.model.assessment import MIXED, NO_BASIS, Basis

OPEN_ON = "open_on"
"""Number of an unknown finding: the day on which it was last seen, and open."""
NOT_LOOKED_OUTSIDE = "not_looked_outside"
"""Reason code: it can be seen from the Internet, and nobody looked."""


def roll_up(
    control: str,
    *,
    said: Finding | None,
    measured: tuple[Finding, ...],
    evidence: Finding | None,
    expected: int | None,
    company: Subject,
    as_of: datetime,
    kinds: Collection[SubjectKind] | None = None,
    press: Callable[[Finding], float] = lambda finding: 1.0,
) -> ControlStanding:
    """Return where the company stands on one control.

    Measured wins for the subjects it covers and never speaks for those nobody looked at:
    anything measured open is open; what was open when it was last seen is unknown, whatever was
    said; all measured fine is "met" only when every subject the company has was measured or the
    owner said it is met; otherwise "partly". Where nothing could be measured, a paper or record
    counts before what was said.

    measured: findings of checks, from facts that were measured or heard.
    expected: number of computers the company said it has; None when not known.
    kinds: kinds of subject the control is checked on; those of ``measured`` when None.
    press: how much a finding presses; of several in the worst state the one that presses most
        explains it.
    """
    kinds = {f.subject.kind for f in measured} if kinds is None else set(kinds)
    speaking = [f for f in measured if f.state != "not_applicable"]
    seen = [f for f in speaking if f.state != "unknown"]
    known = _Known(
        control=control,
        said=said,
        measured=measured,
        speaking=speaking,
        seen=seen,
        open=[f for f in seen if f.state in OPEN],
        covers_all=_covers_all(kinds, measured, expected),
        evidence=evidence,
        company=company,
        as_of=as_of,
        kinds=kinds,
        press=press,
    )
    state, headline = known.concluded()
    said_state = said.state if said else None
    mixed = state == "met" and bool(seen) and not known.covers_all
    return ControlStanding(
        control=control,
        state=state,
        basis=MIXED if mixed else _basis(headline),
        headline=headline,
        said=said,
        measured=measured,
        evidence=(evidence,) if evidence else (),
        contradiction=known.differs(said_state),
        covered=sum(_is_counted(f.subject) for f in seen),
        expected=expected,
    )


def _covers_all(
    kinds: Collection[SubjectKind], measured: tuple[Finding, ...], expected: int | None
) -> bool:
    """Return whether nothing that the control is about was left out.

    Of the company itself and of what it names each one of, nothing is; of what is counted, nothing
    is where as many are fine as it said there are.
    """
    if all(declared(kind).listed_by in ("company", "itself") for kind in kinds):
        return bool(kinds)
    if expected is None:
        return False
    fine = [f for f in measured if f.state in ("met", "not_applicable")]
    return sum(_is_counted(f.subject) for f in fine) >= expected


class _Known(msgspec.Struct, frozen=True):
    """Everything known about one control; see ``roll_up`` for what is not named here.

    Attributes:
        speaking: what was measured and applies.
        seen: what of that could be seen.
        open: what of that leaves something to do.
        covers_all: whether nothing that the control is about was left out.
    """

    control: str
    said: Finding | None
    measured: tuple[Finding, ...]
    speaking: list[Finding]
    seen: list[Finding]
    open: list[Finding]
    covers_all: bool
    evidence: Finding | None
    company: Subject
    as_of: datetime
    kinds: Collection[SubjectKind]
    press: Callable[[Finding], float]

    def differs(self, said: State | None) -> bool:
        """Return whether the owner said it is met and it was seen otherwise, or the reverse."""
        if self.open:
            return said == "met"
        return bool(self.seen) and self.covers_all and said in OPEN

    def concluded(self) -> tuple[State, Finding]:
        """Return the state, and the finding whose sentence explains it."""
        if self.open:
            state = worst(f.state for f in self.open)
            return state, self._pick(self.open, state)
        doubted = [f for f in self.speaking if OPEN_ON in f.numbers]
        if doubted:
            return "unknown", self._pick(doubted, "unknown")
        if self.seen:
            return self._all_fine()
        told = [finding for finding in (self.evidence, self.said) if finding is not None]
        if told:
            strongest = min(told, key=lambda finding: source_of(finding.source).rank)
            return strongest.state, strongest
        if self.measured and not self.speaking and self.covers_all:
            return "not_applicable", self._pick(self.measured, "not_applicable")
        if self.speaking:
            return "unknown", self._pick(self.speaking, "unknown")
        return "unknown", self._nothing_known()

    def _pick(self, findings: Iterable[Finding], state: State) -> Finding:
        """Return the one of ``findings`` in ``state`` that presses most."""
        return min(
            (finding for finding in findings if finding.state == state),
            key=lambda finding: (-self.press(finding), finding.subject),
        )

    def _all_fine(self) -> tuple[State, Finding]:
        """Return what follows where everything that was seen is fine."""
        said = self.said.state if self.said else None
        if self.covers_all or said in ("met", "not_applicable"):
            return "met", self._pick(self.seen, "met")
        if self.said is not None and said in OPEN:
            return "partly", self.said
        inside = sum(_is_counted(f.subject) for f in self.seen)
        here_only = Finding(
            control=self.control,
            subject=self.company,
            state="partly",
            source="measured",
            reason="measured_here_only" if inside else "measured_outside_only",
            as_of=self.as_of,
            numbers={"covered": inside} if inside else {},
            rests_on=tuple(sorted({id_ for f in self.seen for id_ in f.rests_on})),
        )
        return "partly", here_only

    def _nothing_known(self) -> Finding:
        """Return why nothing is known: nobody looked at what the company names, or was asked."""
        kinds = [declared(kind) for kind in self.kinds]
        named = bool(kinds) and all(kind.listed_by == "company" for kind in kinds)
        outside = named and all(kind.from_outside for kind in kinds)
        reason = NOT_LOOKED_OUTSIDE if outside else "not_looked" if named else "not_asked"
        return Finding(
            control=self.control,
            subject=self.company,
            state="unknown",
            source="measured" if named else "answered",
            reason=reason,
            as_of=self.as_of,
            not_seen=NotSeen("not_looked")
            if named
            else NotSeen("not_asked", see_with="tojimari ask"),
        )


def _is_counted(subject: Subject) -> bool:
    return bool(subject.declaration.counted_by)


def _basis(headline: Finding) -> Basis:
    if headline.state == "unknown" and not headline.rests_on:
        return NO_BASIS
    return source_of(headline.source).basis
