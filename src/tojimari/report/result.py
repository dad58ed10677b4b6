"""Everything one report shows, gathered once; the forms only lay it out."""

import msgspec

from tojimari.assess.said import latest_answers
from tojimari.assess.standing import BASICS, FrameworkStanding, standing
from tojimari.catalog import Catalog
from tojimari.model import (
    Answer,
    Assessment,
    ControlStanding,
    Finding,
    Lang,
    Observation,
    looked_at,
    shown_numbers,
)
from tojimari.peers import Comparison, compare
from tojimari.plan import ASK_REST, Due, Step, calendar, plan
from tojimari.plan.choose import StepKind, why

BASIC_STAGES = ("profile", "basics")


class Result(msgspec.Struct, frozen=True):
    """One report's content.

    Attributes:
        steps: the whole plan; the first is the one next step. Empty when nothing is open.
        standings: framework id -> standing, in catalog order.
        disagreements: controls where said and measured differ, in catalog order.
        unanswered_basics: ids of the profile and basic questions still waiting.
        looked: whether at least one device was looked at.
    """

    assessment: Assessment
    observations: tuple[Observation, ...]
    standings: dict[str, FrameworkStanding]
    steps: tuple[Step, ...]
    comparisons: tuple[Comparison, ...]
    calendar: tuple[Due, ...]
    disagreements: tuple[ControlStanding, ...]
    unanswered_basics: tuple[str, ...]
    looked: bool

    @property
    def basics(self) -> FrameworkStanding:
        """Standing in the six basics."""
        return self.standings[BASICS]

    @property
    def all_basics_met(self) -> bool:
        """Whether every one of the basics is met and somebody really looked.

        Unknown is not met, and answers alone never are: what was said is not what is there.
        """
        return self.basics.fulfilled and self.looked


def basic_controls(catalog: Catalog) -> frozenset[str]:
    """Return the ids of the controls behind the six basics."""
    return frozenset(
        control
        for item in catalog.frameworks[BASICS].items
        for control in (*item.controls, *(c for k in item.criteria for c in k.controls))
    )


def gather(assessment: Assessment, observations: list[Observation], catalog: Catalog) -> Result:
    """Return everything a report of ``assessment`` shows. Pure."""
    from tojimari.ask.diagnosis import waiting

    answers: dict[str, Answer] = {
        id_: answer for id_, (answer, _) in latest_answers(observations, assessment.as_of).items()
    }
    unanswered = tuple(q.id for q in waiting(catalog, answers, BASIC_STAGES))
    basics = basic_controls(catalog)
    looked = bool(looked_at(observations))
    return Result(
        assessment=assessment,
        observations=tuple(observations),
        standings={id_: standing(f, assessment) for id_, f in catalog.frameworks.items()},
        steps=tuple(
            plan(
                assessment, catalog, basics=basics, unanswered_basics=len(unanswered), looked=looked
            )
        ),
        comparisons=tuple(compare(assessment, catalog)),
        calendar=tuple(calendar(assessment, catalog)),
        disagreements=tuple(s for s in assessment.controls.values() if s.contradiction),
        unanswered_basics=unanswered,
        looked=looked,
    )


def sentence(finding: Finding, catalog: Catalog, lang: Lang) -> str:
    """Return the sentence of a finding's reason in ``lang``, with its numbers.

    What stays open though it could not be seen again says of which day it speaks.
    """
    said = catalog.reason(finding.control, finding.reason).text.say(
        lang, **shown_numbers(finding.numbers)
    )
    if "seen_on" not in finding.numbers:
        return said
    still = catalog.ui("finding.seen_before").say(lang, day=finding.numbers["seen_on"])
    return f"{said}{'' if lang == 'ja' else ' '}{still}"


def step_title(control: str, kind: StepKind, catalog: Catalog, lang: Lang) -> str:
    """Return what a step of ``kind`` on ``control`` asks for, as the imperative read first."""
    known = catalog.controls.get(control)
    if known is None:
        return catalog.ui(f"step.{control.replace('-', '_')}").say(lang)
    if kind == "do":
        return known.do.say(lang)
    if kind == "act" and known.act is not None:
        return known.act.do.say(lang)
    return catalog.ui(f"step.{kind}").say(lang, title=known.title.say(lang))


def step_command(step: Step) -> str:
    """Return the command that does the step, or that looks again when it was done."""
    match step.kind:
        case "see":
            return step.see_with
        case "ask":
            only = f" --only {step.see_with}" if step.see_with else ""
            return "tojimari ask" + (" --all" if step.control == ASK_REST else only)
        case "look":
            return "tojimari check"
        case "site":
            return "tojimari site example.co.jp"
        case "act" | "do":
            return f"tojimari done {step.control}"


def step_why(step: Step, result: Result, catalog: Catalog, lang: Lang) -> str:
    """Return why this step comes, in a sentence or two."""
    return why(step, result.assessment, catalog).say(lang)
