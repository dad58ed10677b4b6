"""Rolls findings up to one standing a control, *said* beside *measured*."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tojimari.assess.check import all_checks, checks_of
from tojimari.assess.judge import judge
from tojimari.assess.kept import kept_findings
from tojimari.assess.said import latest_answers, said_findings
from tojimari.catalog import Catalog
from tojimari.model import (
    OPEN,
    Assessment,
    ControlStanding,
    Finding,
    NotSeen,
    Observation,
    State,
    Subject,
    looked_at,
    seen_from_outside,
    worst,
)
from tojimari.model.assessment import Basis

NOT_LOOKED_OUTSIDE = "not_looked_outside"
"""Reason code: it can be seen from the Internet, and nobody looked."""


def assess(
    observations: Iterable[Observation], *, company: str, catalog: Catalog, as_of: datetime
) -> Assessment:
    """Judge everything known about ``company`` as of a moment. Pure: same input, same output.

    observations: all of the company's, in any order; those after ``as_of`` are ignored.
    """
    known = list(observations)
    subject = Subject("company", company)
    said = said_findings(known, company=subject, catalog=catalog, as_of=as_of)
    kept = kept_findings(known, catalog=catalog, as_of=as_of)
    subjects = sorted(looked_at(known) | seen_from_outside(known))
    by_subject = {one: [o for o in known if o.subject == one] for one in subjects}
    answers = {question: a for question, (a, _) in latest_answers(known, as_of).items()}
    pcs = answers.get("pc-count")
    expected = pcs.number if pcs is not None and not pcs.unknown else None
    controls = {}
    for control in catalog.controls:
        checks = checks_of(control)
        measured = [
            judge(check, mine, subject=one, catalog=catalog, as_of=as_of)
            for check in checks
            for one, mine in by_subject.items()
            if one.kind == check.about
            and (not check.on_request or any(o.kind in check.reads for o in mine))
        ]
        # What is only looked at on request was not forgotten when nobody asked for it.
        looked = bool(measured) or any(not check.on_request for check in checks)
        controls[control] = roll_up(
            control,
            said=said.get(control),
            measured=tuple(measured),
            kept=kept.get(control),
            expected=expected,
            from_outside=looked and all(check.about != "device" for check in checks),
            company=subject,
            as_of=as_of,
        )
    return Assessment(
        company=company,
        as_of=as_of,
        catalog_version=catalog.meta.version,
        check_revisions={id_: check.revision for id_, check in all_checks().items()},
        controls=controls,
        profile={
            id_: (
                "dont_know"
                if answers[id_].unknown
                else answers[id_].number
                if question.type == "number"
                else list(answers[id_].choices)
            )
            for id_, question in catalog.questions.items()
            if question.stage == "profile" and id_ in answers
        },
    )


def assess_said(
    states: Mapping[str, State],
    profile: dict[str, Any],
    *,
    catalog: Catalog,
    as_of: datetime,
    company: str = "",
) -> Assessment:
    """Judge a company by what it said alone: control id -> state, in a survey for example.

    Controls that nothing was said about are unknown.
    """
    subject = Subject("company", company)
    controls = {}
    for control in catalog.controls:
        state = states.get(control)
        said = None
        if state is not None:
            said = Finding(
                control=control,
                subject=subject,
                state=state,
                source="answered",
                reason=f"said_{state}",
                as_of=as_of,
                not_seen=NotSeen("said_unknown") if state == "unknown" else None,
            )
        controls[control] = roll_up(
            control,
            said=said,
            measured=(),
            kept=None,
            expected=None,
            company=subject,
            as_of=as_of,
        )
    return Assessment(
        company=company,
        as_of=as_of,
        catalog_version=catalog.meta.version,
        check_revisions={},
        controls=controls,
        profile=profile,
    )


def _pick(findings: Iterable[Finding], state: State) -> Finding:
    return min((finding for finding in findings if finding.state == state), key=lambda f: f.subject)


def roll_up(
    control: str,
    *,
    said: Finding | None,
    measured: tuple[Finding, ...],
    kept: Finding | None,
    expected: int | None,
    company: Subject,
    as_of: datetime,
    from_outside: bool = False,
) -> ControlStanding:
    """Return where the company stands on one control.

    Measured wins for the devices it covers and never speaks for devices nobody measured:
    anything measured open is open; all measured fine is "met" only when every computer the
    company has was measured or the owner said it is met; otherwise "partly". Where nothing
    could be measured, a kept paper or record counts before what was said.

    expected: number of computers the company said it has; None when not known.
    from_outside: only sites, mail domains and addresses are measured for it, and the company named
        all of them itself.
    """
    speaking = [f for f in measured if f.state != "not_applicable"]
    seen = [f for f in speaking if f.state != "unknown"]
    fine = [f for f in measured if f.state in ("met", "not_applicable")]
    devices = [f for f in fine if f.subject.kind == "device"]
    covers_all = from_outside or (expected is not None and len(devices) >= expected)
    said_state = said.state if said else None

    def standing(state: State, headline: Finding, contradiction: bool = False) -> ControlStanding:
        basis = headline.source
        mixed = state == "met" and bool(seen) and not covers_all
        return ControlStanding(
            control=control,
            state=state,
            basis="mixed" if mixed else "none" if _silent(headline) else _basis(basis),
            headline=headline,
            said=said,
            measured=measured,
            kept=(kept,) if kept else (),
            contradiction=contradiction,
            covered=sum(f.subject.kind == "device" for f in seen),
            expected=expected,
        )

    open_ = [f for f in seen if f.state in OPEN]
    if open_:
        state = worst(f.state for f in open_)
        return standing(state, _pick(open_, state), contradiction=said_state == "met")
    if seen:
        met = _pick(seen, "met")
        if covers_all:
            return standing("met", met, contradiction=said_state in OPEN)
        if said_state in ("met", "not_applicable"):
            return standing("met", met)
        if said is not None and said_state in OPEN:
            return standing("partly", said)
        inside = sum(f.subject.kind == "device" for f in seen)
        here_only = Finding(
            control=control,
            subject=company,
            state="partly",
            source="measured",
            reason="measured_here_only" if inside else "measured_outside_only",
            as_of=as_of,
            numbers={"covered": inside} if inside else {},
            rests_on=tuple(sorted({id_ for f in seen for id_ in f.rests_on})),
        )
        return standing("partly", here_only)
    if kept is not None:
        return standing(kept.state, kept)
    if said is not None:
        return standing(said.state, said)
    if measured and not speaking and covers_all:
        return standing("not_applicable", _pick(measured, "not_applicable"))
    if speaking:
        return standing("unknown", _pick(speaking, "unknown"))
    return standing(
        "unknown",
        Finding(
            control=control,
            subject=company,
            state="unknown",
            source="measured" if from_outside else "answered",
            reason=NOT_LOOKED_OUTSIDE if from_outside else "not_asked",
            as_of=as_of,
            not_seen=NotSeen("not_looked")
            if from_outside
            else NotSeen("not_asked", see_with="tojimari ask"),
        ),
    )


def _silent(headline: Finding) -> bool:
    return headline.state == "unknown" and not headline.rests_on


def _basis(source: str) -> Basis:
    match source:
        case "measured" | "answered" | "document" | "record":
            return source
        case _:
            return "none"
