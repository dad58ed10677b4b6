"""Judges everything known of a company: one standing a control, *said* beside *measured*."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from tojimari.assess.answers import answer_findings, latest_answers
from tojimari.assess.check import Check, all_checks, checks_of
from tojimari.assess.evidence import evidence_findings
from tojimari.assess.judge import judge
from tojimari.assess.pressure import pressure
from tojimari.assess.roll_up import roll_up
from tojimari.catalog import Catalog
from tojimari.model import (
    Answer,
    Assessment,
    ControlStanding,
    Finding,
    NotSeen,
    Observation,
    Profile,
    State,
    Subject,
    first_hand_subjects,
    subject_kinds,
)


def assess(
    observations: Iterable[Observation], *, company: str, catalog: Catalog, as_of: datetime
) -> Assessment:
    """Judge everything known about ``company`` as of a moment. Pure: same input, same output.

    observations: all of the company's, in any order; those after ``as_of`` are ignored.
    """
    known = list(observations)
    subject = Subject("company", company)
    said = answer_findings(known, company=subject, catalog=catalog, as_of=as_of)
    evidence = evidence_findings(known, catalog=catalog, as_of=as_of)
    by_subject: dict[Subject, list[Observation]] = {
        one: [] for one in sorted(first_hand_subjects(known))
    }
    for observation in known:
        if observation.subject in by_subject:
            by_subject[observation.subject].append(observation)
    answers = {question: a for question, (a, _) in latest_answers(known, as_of).items()}
    expected = _expected(answers)
    controls: dict[str, ControlStanding] = {}
    for control, entry in catalog.controls.items():
        checks = checks_of(control)
        measured = _measured(checks, by_subject, catalog, as_of)
        # What is only looked at on request was not forgotten when nobody asked for it.
        looked = bool(measured) or any(not check.on_request for check in checks)
        controls[control] = roll_up(
            control,
            said=said.get(control),
            measured=measured,
            evidence=evidence.get(control),
            expected=expected,
            kinds={check.about for check in checks} if looked else (),
            company=subject,
            as_of=as_of,
            press=partial(pressure, control=entry),
        )
    return Assessment(
        company=company,
        as_of=as_of,
        catalog_version=catalog.meta.version,
        check_revisions={id_: check.revision for id_, check in all_checks().items()},
        controls=controls,
        profile=_profile(answers, catalog),
    )


def _measured(
    checks: Iterable[Check],
    by_subject: Mapping[Subject, list[Observation]],
    catalog: Catalog,
    as_of: datetime,
) -> tuple[Finding, ...]:
    """Return the finding of each of ``checks`` on every subject it is about."""
    return tuple(
        judge(check, mine, subject=one, catalog=catalog, as_of=as_of)
        for check in checks
        for one, mine in by_subject.items()
        if one.kind == check.about
        and (not check.on_request or any(o.kind in check.reads for o in mine))
    )


def _expected(answers: Mapping[str, Answer]) -> int | None:
    """Return how many of the counted subjects (computers) the company said it has."""
    for kind in subject_kinds().values():
        given = answers.get(kind.counted_by)
        if given is not None and not given.unknown:
            return given.number
    return None


def _profile(answers: Mapping[str, Answer], catalog: Catalog) -> Profile:
    """Return what the company said of itself: profile question id -> its answer."""
    return {
        id_: (
            "dont_know"
            if answers[id_].unknown
            else answers[id_].number
            if question.type == "number"
            else list(answers[id_].choices)
        )
        for id_, question in catalog.questions.items()
        if question.stage == "profile" and id_ in answers
    }


def assess_said(
    states: Mapping[str, State],
    profile: Profile,
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
            evidence=None,
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
