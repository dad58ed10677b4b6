"""Papers and records as evidence: good until the day they must be renewed."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tojimari.catalog import Catalog, Control
from tojimari.model import Finding, Observation, State, Subject, declared, seen
from tojimari.model.facts import PaperEvidence, PaperMade, RecordEvidence

Evidence = PaperEvidence | RecordEvidence


class _Kept(NamedTuple):
    """A paper or record that speaks for a control."""

    done_on: date
    due_on: date | None
    observation: Observation


def evidence_observation(
    control: Control,
    *,
    done_on: date,
    note: str,
    at: datetime,
    file_name: str | None = None,
    sha256: str | None = None,
) -> Observation:
    """Return the observation that a paper or record for ``control`` is there.

    ``at`` is when it was registered, ``done_on`` the day it was made or done. Raises ValueError
    for a control that is not shown by evidence.
    """
    if control.evidence is None:
        raise ValueError(f"{control.id} is not shown by evidence")
    kind = control.evidence.kind
    shape = PaperEvidence if kind == "paper" else RecordEvidence
    return seen(
        shape(control.id, done_on.isoformat(), note, file_name, sha256),
        subject=Subject(kind, control.id),
        source=declared(kind).evidence_source,
        at=at,
    )


def evidence_findings(
    observations: Iterable[Observation], *, catalog: Catalog, as_of: datetime
) -> dict[str, Finding]:
    """Return one finding for every control that has a paper or record (the newest counts).

    Met until ``done_on`` plus the control's ``renew_days``, of a paper that was made here until the
    day it names; not met after that day; dated in the future it is ignored.
    """
    newest: dict[str, _Kept] = {}
    for observation in _standing(observations):
        for control, kept in _spoken(observation, catalog):
            # A day is the owner's own, up to 14 hours ahead of UTC; one more day is no future.
            if kept.done_on > as_of.date() + timedelta(days=1):
                continue
            best = newest.get(control)
            if best is None or _order(kept) > _order(best):
                newest[control] = kept
    return {control: _finding(control, kept, as_of) for control, kept in sorted(newest.items())}


def _standing(observations: Iterable[Observation]) -> list[Observation]:
    """Return papers and records; of a paper that was made here the newest word alone."""
    found, made = [], dict[str, Observation]()
    for one in observations:
        if isinstance(one.fact, PaperMade):
            known = made.get(one.fact.paper)
            if known is None or _moment(one) > _moment(known):
                made[one.fact.paper] = one
        elif isinstance(one.fact, PaperEvidence | RecordEvidence):
            found.append(one)
    return [*found, *made.values()]


def _moment(one: Observation) -> tuple[datetime, datetime, str]:
    return one.last_confirmed_at, one.observed_at, one.id


def _order(kept: _Kept) -> tuple[date, str]:
    return kept.done_on, kept.observation.id


def _spoken(observation: Observation, catalog: Catalog) -> Iterator[tuple[str, _Kept]]:
    """Yield each control that an observation shows."""
    fact = observation.fact
    if isinstance(fact, PaperEvidence | RecordEvidence) and fact.control in catalog.controls:
        done_on = date.fromisoformat(fact.done_on)
        yield fact.control, _Kept(done_on, due_on(done_on, fact.control, catalog), observation)
    elif isinstance(fact, PaperMade) and fact.holds:
        until = date.fromisoformat(fact.until)
        for one in fact.shows:
            known = catalog.controls.get(one.id)
            if one.what == "control" and known is not None and known.evidence is not None:
                done_on = date.fromisoformat(one.done_on)
                due = due_on(done_on, one.id, catalog)
                yield one.id, _Kept(done_on, min(until, due or until), observation)


def due_on(done_on: date, control: str, catalog: Catalog) -> date | None:
    """Return the day evidence of ``done_on`` must be renewed; None when it never must."""
    evidence = catalog.controls[control].evidence
    if evidence is None or evidence.renew_days is None:
        return None
    return done_on + timedelta(days=evidence.renew_days)


def _finding(control: str, kept: _Kept, as_of: datetime) -> Finding:
    numbers = {"done_on": kept.done_on.isoformat()}
    state: State = "met"
    reason = "kept_no_end"
    if kept.due_on is not None:
        numbers["due_on"] = kept.due_on.isoformat()
        fresh = as_of.date() <= kept.due_on
        state = "met" if fresh else "not_met"
        reason = "kept_fresh" if fresh else "kept_due"
    return Finding(
        control=control,
        subject=kept.observation.subject,
        state=state,
        source=kept.observation.source,
        reason=reason,
        as_of=as_of,
        numbers=numbers,
        rests_on=(kept.observation.id,),
    )
