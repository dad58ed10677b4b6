"""The diagnosis for machines: versioned JSON, documented in docs/json.md."""

from datetime import date, datetime
from inspect import cleandoc
from typing import Any

import msgspec

from tojimari import __version__
from tojimari.assess.standing import CriterionStanding
from tojimari.catalog import Catalog
from tojimari.diagnose import Diagnosis
from tojimari.model import (
    ControlStanding,
    Finding,
    NotSeen,
    Numbers,
    State,
    StoredObservation,
    Text,
    stored,
)
from tojimari.peers import Comparison
from tojimari.plan import Due, Step
from tojimari.report.sentences import sentence, step_title, step_why

SCHEMA = "tojimari.result/1"
"""Changes that old readers can ignore keep the number; anything else raises it."""


class FindingForm(msgspec.Struct, frozen=True):
    """A finding with its sentence in both languages."""

    subject: str
    state: State
    source: str
    reason: str
    sentence: Text
    numbers: Numbers
    rests_on: tuple[str, ...]
    not_seen: NotSeen | None
    check_revision: int


class ControlForm(msgspec.Struct, frozen=True):
    """One control's standing."""

    id: str
    theme: str
    title: Text
    state: State
    basis: str
    contradiction: bool
    covered: int
    expected: int | None
    headline: FindingForm
    said: FindingForm | None
    measured: tuple[FindingForm, ...]
    kept: tuple[FindingForm, ...]


class StepForm(msgspec.Struct, frozen=True):
    """One step of the plan; the first is the next step."""

    control: str
    kind: str
    state: State
    do: Text
    why: Text
    minutes: int
    yen: int
    score: float
    see_with: str
    after: tuple[str, ...]


class ItemForm(msgspec.Struct, frozen=True):
    """One item's state."""

    id: str
    title: Text
    state: State
    gap: bool
    controls: tuple[str, ...]
    criteria: tuple[CriterionStanding, ...]


class FrameworkForm(msgspec.Struct, frozen=True):
    """Standing in one framework; ``counts`` sums to the number of items, unknown included."""

    id: str
    version: str
    as_of: date
    title: Text
    mark: str
    fulfilled: bool
    counts: dict[State, int]
    points: int | None
    points_possible: int | None
    band: Text | None
    items: tuple[ItemForm, ...]


class PeerForm(msgspec.Struct, frozen=True):
    """One published figure beside the own state."""

    survey: str
    survey_title: Text
    year: int
    figure: str
    text: Text
    base: Text
    n: int | None
    percent: float | None
    below: float | None
    above: float | None
    mark: str
    control: str
    own: State | None
    alike: bool
    among: bool | None


class ResultForm(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tojimari: str
    catalog_version: str
    catalog_as_of: date
    as_of: datetime
    company: str
    all_basics_met: bool
    next_step: StepForm | None
    basics: FrameworkForm
    frameworks: tuple[FrameworkForm, ...]
    controls: tuple[ControlForm, ...]
    plan: tuple[StepForm, ...]
    calendar: tuple[Due, ...]
    peers: tuple[PeerForm, ...]
    unanswered_basics: tuple[str, ...]
    profile: dict[str, Any]
    observations: tuple[StoredObservation, ...]


def _finding(finding: Finding, catalog: Catalog) -> FindingForm:
    return FindingForm(
        subject=f"{finding.subject.kind}:{finding.subject.id}",
        state=finding.state,
        source=finding.source,
        reason=finding.reason,
        sentence=Text(ja=sentence(finding, catalog, "ja"), en=sentence(finding, catalog, "en")),
        numbers=finding.numbers,
        rests_on=finding.rests_on,
        not_seen=finding.not_seen,
        check_revision=finding.check_revision,
    )


def _framework(diagnosis: Diagnosis, catalog: Catalog, id_: str) -> FrameworkForm:
    standing, framework = diagnosis.standings[id_], catalog.frameworks[id_]
    titles = {item.id: item.title for item in framework.items}
    return FrameworkForm(
        id=id_,
        version=framework.version,
        as_of=framework.as_of,
        title=framework.title,
        mark=framework.mark,
        fulfilled=standing.fulfilled,
        counts=standing.counts,
        points=standing.points,
        points_possible=standing.points_possible,
        band=standing.band.text if standing.band else None,
        items=tuple(
            ItemForm(
                id=item.id,
                title=titles[item.id],
                state=item.state,
                gap=item.gap,
                controls=item.controls,
                criteria=item.criteria,
            )
            for item in standing.items
        ),
    )


def form(diagnosis: Diagnosis, catalog: Catalog) -> ResultForm:
    """Return the document as typed data."""
    assessment = diagnosis.assessment
    steps = tuple(_step(step, diagnosis, catalog) for step in diagnosis.steps)
    frameworks = tuple(_framework(diagnosis, catalog, id_) for id_ in diagnosis.standings)
    return ResultForm(
        schema=SCHEMA,
        tojimari=__version__,
        catalog_version=catalog.meta.version,
        catalog_as_of=catalog.meta.as_of,
        as_of=assessment.as_of,
        company=assessment.company,
        all_basics_met=diagnosis.all_basics_met,
        next_step=steps[0] if steps else None,
        basics=next(f for f in frameworks if f.id == diagnosis.basics.framework),
        frameworks=frameworks,
        controls=tuple(_control(standing, catalog) for standing in assessment.controls.values()),
        plan=steps,
        calendar=diagnosis.calendar,
        peers=tuple(_peer(comparison, catalog) for comparison in diagnosis.comparisons),
        unanswered_basics=diagnosis.unanswered_basics,
        profile=assessment.profile,
        observations=tuple(stored(o) for o in diagnosis.observations),
    )


def _step(step: Step, diagnosis: Diagnosis, catalog: Catalog) -> StepForm:
    return StepForm(
        control=step.control,
        kind=step.kind,
        state=step.state,
        do=Text(
            ja=step_title(step.control, step.kind, catalog, "ja"),
            en=step_title(step.control, step.kind, catalog, "en"),
        ),
        why=Text(
            ja=step_why(step, diagnosis, catalog, "ja"),
            en=step_why(step, diagnosis, catalog, "en"),
        ),
        minutes=step.minutes,
        yen=step.yen,
        score=step.score,
        see_with=step.see_with,
        after=step.after,
    )


def _control(standing: ControlStanding, catalog: Catalog) -> ControlForm:
    control = catalog.controls[standing.control]
    return ControlForm(
        id=standing.control,
        theme=control.theme,
        title=control.title,
        state=standing.state,
        basis=standing.basis,
        contradiction=standing.contradiction,
        covered=standing.covered,
        expected=standing.expected,
        headline=_finding(standing.headline, catalog),
        said=_finding(standing.said, catalog) if standing.said else None,
        measured=tuple(_finding(f, catalog) for f in standing.measured),
        kept=tuple(_finding(f, catalog) for f in standing.evidence),
    )


def _peer(comparison: Comparison, catalog: Catalog) -> PeerForm:
    survey, figure = catalog.surveys[comparison.survey], comparison.figure
    return PeerForm(
        survey=comparison.survey,
        survey_title=survey.title,
        year=survey.year,
        figure=figure.id,
        text=figure.text,
        base=figure.base,
        n=figure.n,
        percent=figure.percent,
        below=figure.below,
        above=figure.above,
        mark=figure.mark,
        control=figure.control,
        own=comparison.own,
        alike=comparison.alike,
        among=comparison.among,
    )


def to_json(diagnosis: Diagnosis, catalog: Catalog) -> bytes:
    """Return the document as UTF-8 JSON."""
    return msgspec.json.encode(form(diagnosis, catalog))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    schema: dict[str, Any] = msgspec.json.schema(ResultForm)
    for form in schema["$defs"].values():
        if "description" in form:
            # Python 3.13 takes the indentation of docstrings away, earlier ones leave it.
            form["description"] = cleandoc(form["description"])
    return schema
