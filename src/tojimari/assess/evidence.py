"""Papers and records as evidence: good until the day they must be renewed."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tojimari.catalog import Catalog, Control
from tojimari.model import Finding, Observation, State, Subject, declared, seen
from tojimari.model.facts import PaperEvidence, RecordEvidence

Evidence = PaperEvidence | RecordEvidence


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

    Met until ``done_on`` plus the control's ``renew_days``; not met after that day; dated in the
    future it is ignored.
    """
    newest: dict[str, tuple[Observation, Evidence]] = {}
    for observation in observations:
        evidence = observation.fact
        if not isinstance(evidence, PaperEvidence | RecordEvidence):
            continue
        done_on = date.fromisoformat(evidence.done_on)
        control = evidence.control
        # A day is the owner's own, up to 14 hours ahead of UTC; one more day is no future.
        if done_on > as_of.date() + timedelta(days=1) or control not in catalog.controls:
            continue
        best = newest.get(control)
        if best is None or (evidence.done_on, observation.id) > (best[1].done_on, best[0].id):
            newest[control] = observation, evidence
    return {
        control: _finding(control, observation, evidence, catalog, as_of)
        for control, (observation, evidence) in sorted(newest.items())
    }


def due_on(done_on: date, control: str, catalog: Catalog) -> date | None:
    """Return the day evidence of ``done_on`` must be renewed; None when it never must."""
    evidence = catalog.controls[control].evidence
    if evidence is None or evidence.renew_days is None:
        return None
    return done_on + timedelta(days=evidence.renew_days)


def _finding(
    control: str, observation: Observation, evidence: Evidence, catalog: Catalog, as_of: datetime
) -> Finding:
    due = due_on(date.fromisoformat(evidence.done_on), control, catalog)
    numbers = {"done_on": evidence.done_on}
    state: State = "met"
    reason = "kept_no_end"
    if due is not None:
        numbers["due_on"] = due.isoformat()
        fresh = as_of.date() <= due
        state = "met" if fresh else "not_met"
        reason = "kept_fresh" if fresh else "kept_due"
    return Finding(
        control=control,
        subject=observation.subject,
        state=state,
        source=observation.source,
        reason=reason,
        as_of=as_of,
        numbers=numbers,
        rests_on=(observation.id,),
    )
