"""Chooses the one next step. The rule is documented in docs/next-step.md and tested."""

import math
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from tojimari.assess.pressure import pressure
from tojimari.catalog import Catalog, Control, Question
from tojimari.model import OPEN, Assessment, ControlStanding, State, Text
from tojimari.plan.folding import fold
from tojimari.plan.lessons_learned import lessons_first
from tojimari.plan.put_off import PutOff
from tojimari.plan.step import Step, StepKind

ASK_BASICS = "ask-basics"
"""Id of the step "answer the basics", which is no control."""
ASK_REST = "ask-rest"
"""Id of the step "answer the other questions", which is no control either."""
LOOK_HERE = "look-here"
"""Id of the step "look at this computer": until it was done, after what the basics lack."""
LOOK_OUTSIDE = "look-outside"
"""Id of the step "look at web site and mail domain from outside": one step for all it shows."""
_OF_THE_SITE = "website-encryption"
"""A control that does not apply to who said there is no web site."""

# How much of a control's worth is still to be gained. An unknown is worth finding out, but less
# than closing a gap that is known.
_OPEN: dict[State, float] = {
    "not_met": 1.0,
    "partly": 0.6,
    "unknown": 0.3,
    "met": 0.0,
    "not_applicable": 0.0,
}
_CONTRADICTED = 1.25
"""The owner believes it is done and the measurement saw otherwise: the most useful thing to fix."""
_SAID_ONLY = 0.9
"""Open by the owner's own word: sure enough, a little less than seen."""
_BASICS = 2.0
"""Controls of the six basics come first: a small start."""
_SUPPORTING = 0.5
"""A control that only helps against a threat, against one that is a chief defence."""
_NOT_LISTED_NOW = 0.5
"""A threat that was in an earlier list but not in the latest."""
_ASK_MINUTES = 3
_SITE_MINUTES = 3
_QUESTIONS_A_MINUTE = 6


def threat_weight(control: Control, catalog: Catalog) -> tuple[float, str, int | None, int | None]:
    """Return (weight 0..~1.2, threat id, its rank, year of that rank).

    Rank 1 of the latest list weighs 1.0, rank 10 0.1; a threat last listed in an earlier year
    weighs half. The heaviest threat counts in full, every further one adds 0.05.
    """
    latest = max(rank.year for threat in catalog.threats.values() for rank in threat.ranks)
    best: tuple[float, str, int | None, int | None] = (0.0, "", None, None)
    for stop in control.stops:
        ranks = catalog.threats[stop.threat].ranks
        if not ranks:
            continue
        # The vulnerability threat had two entries in some years; the better rank counts.
        year = max(rank.year for rank in ranks)
        rank = min(entry.rank for entry in ranks if entry.year == year)
        weight = (11 - rank) / 10
        weight *= 1.0 if year == latest else _NOT_LISTED_NOW
        weight *= 1.0 if stop.main else _SUPPORTING
        if weight > best[0]:
            best = (weight, stop.threat, rank, year)
    return (best[0] + 0.05 * max(0, len(control.stops) - 1), *best[1:])


def _effort(minutes: int, yen: int) -> float:
    return 1.0 + minutes / 30 + yen / 10_000


def _step(
    standing: ControlStanding, control: Control, basics: frozenset[str], catalog: Catalog
) -> Step | None:
    if _OPEN[standing.state] == 0.0:
        return None
    headline = standing.headline
    kind: StepKind = "do"
    minutes, yen = control.minutes, control.yen
    see_with = ""
    openness = _OPEN[standing.state]
    if control.act is not None and _urgent(standing, control):
        kind, minutes, yen = "act", control.act.minutes, 0
    elif headline.reason == "not_looked_outside":
        kind, minutes, yen = "site", _SITE_MINUTES, 0
    elif headline.reason in ("measured_here_only", "phones_fine"):
        kind, minutes, yen, openness = "look", 2, 0, _OPEN["unknown"]
    elif standing.state == "unknown":
        why = headline.not_seen
        asked = catalog.questions_for(control.id)
        if why is not None and why.reason not in ("not_asked", "said_unknown", "too_old"):
            kind, minutes, yen, see_with = "see", 2, 0, why.see_with
        if (kind == "do" or not see_with) and asked:
            kind, minutes, yen, see_with = "ask", 1, 0, _question(standing, asked)
    weight, threat, rank, year = threat_weight(control, catalog)
    sure = 1.0
    if standing.contradiction and standing.state in OPEN:
        sure = _CONTRADICTED
    elif headline.source == "answered":
        sure = _SAID_ONLY
    boost = _BASICS if control.id in basics else 1.0
    worth = weight * openness * sure * boost * _pressing(standing, control)
    return Step(
        control=control.id,
        kind=kind,
        state=standing.state,
        score=round(worth / _effort(minutes, yen), 4),
        minutes=minutes,
        yen=yen,
        controls=(control.id,),
        threat=threat,
        rank=rank,
        year=year,
        contradiction=standing.contradiction,
        see_with=see_with,
        after=control.needs,
    )


def _pressing(standing: ControlStanding, control: Control) -> float:
    """Return how much more what was seen presses than a gap that is merely there: 1.0 up."""
    return max((pressure(finding, control) for finding in standing.measured), default=1.0)


def _question(standing: ControlStanding, asked: list[Question]) -> str:
    """Return the id of the question that nobody could answer, else of the first there is."""
    unsure = standing.said.not_seen if standing.said is not None else None
    ids = [question.id for question in asked]
    return unsure.see_with if unsure is not None and unsure.see_with in ids else ids[0]


def _urgent(standing: ControlStanding, control: Control) -> bool:
    found = {finding.reason for finding in standing.measured if finding.state == "not_met"}
    return any(control.reasons[reason].urgent for reason in found & control.reasons.keys())


def plan(
    assessment: Assessment,
    catalog: Catalog,
    *,
    basics: frozenset[str],
    unanswered_basics: int,
    looked: bool,
    put_off: Mapping[str, PutOff] | None = None,
    lessons: Mapping[str, date] | None = None,
) -> list[Step]:
    """Return every open step, the one next step first.

    basics: ids of the controls behind the six basics.
    unanswered_basics: how many basic questions still wait. They are one step together, and so
        are all other questions: nobody wants a plan of sixty questions.
    looked: whether any device was looked at; until then a look is a step, after what the basics
        are known to lack.
    put_off: step id -> that the company does it later or asked somebody; these give way for some
        days, with what needs them.
    lessons: control -> day of the incident after which the company decided to put it in place.

    score = threat weight x what is open x certainty x basics x urgency / effort. A control whose
    prerequisite is open or not known never comes before the prerequisite.
    """
    steps: dict[str, Step] = {}
    for id_, standing in assessment.controls.items():
        step = _step(standing, catalog.controls[id_], basics, catalog)
        if step is not None:
            steps[id_] = step
    asked_alone = frozenset(lessons or {})
    settled = _gather_sittings(steps, assessment, catalog, unanswered_basics, asked_alone)
    steps = fold(steps, assessment, lambda members: _first(members, catalog))
    for step in steps.values():
        settled.update(dict.fromkeys(step.controls, step.control))
    # What is fine here and unknown elsewhere holds nothing up, nor does what can only be seen
    # from outside: the work can begin without it.
    waiting = {id_ for id_, step in steps.items() if step.kind in ("do", "ask", "see")}
    steps = {id_: _waiting_for(step, settled, waiting) for id_, step in steps.items()}
    ordered = _with_a_look(_in_order(steps), basics, looked=looked)
    acts = [step for step in ordered if step.kind == "act"]
    in_order = [
        *(msgspec.structs.replace(step, score=step.score + len(ordered) + 1) for step in acts),
        *(step for step in ordered if step.kind != "act"),
    ]
    in_order = lessons_first(in_order, lessons or {}, settled)
    return _resting_last(in_order, put_off or {}, assessment)


def _first(members: Iterable[Step], catalog: Catalog) -> Step:
    """Return the step to begin with: one that needs none of the others, then the best."""
    those = list(members)
    controls = {step.control for step in those}
    return min(
        those,
        key=lambda one: (
            bool(controls & set(catalog.controls[one.control].needs)),
            -one.score,
            one.control,
        ),
    )


def _waiting_for(step: Step, settled: Mapping[str, str], waiting: set[str]) -> Step:
    """Name what must come first by the step that settles it."""
    first = (settled.get(need, need) for need in step.after)
    after = tuple(dict.fromkeys(id_ for id_ in first if id_ in waiting and id_ != step.control))
    return msgspec.structs.replace(step, after=after)


def _with_a_look(ordered: list[Step], basics: frozenset[str], *, looked: bool) -> list[Step]:
    """Put the first look behind the last step that the basics are known to lack."""
    if looked:
        return ordered
    lacking = [
        number
        for number, step in enumerate(ordered)
        if step.control == ASK_BASICS
        or (step.kind in ("do", "act") and basics & set(step.controls))
    ]
    place = max(lacking, default=-1) + 1
    score = ordered[place - 1].score if place else float(len(ordered))
    look = Step(LOOK_HERE, "look", "unknown", score=score, minutes=1, yen=0)
    return [*ordered[:place], look, *ordered[place:]]


def _resting_last(
    ordered: list[Step], put_off: Mapping[str, PutOff], assessment: Assessment
) -> list[Step]:
    """Put what rests, and what needs it, behind the others until its day."""
    resting: dict[str, Step] = {}
    for step in ordered:
        rest = put_off.get(step.control)
        until = rest.until(urgent=step.kind == "act") if rest else None
        if rest is not None and until is not None and until > assessment.as_of:
            resting[step.control] = msgspec.structs.replace(
                step, resting_until=until.date(), asked=rest.asked
            )
        elif any(need in resting for need in step.after):
            resting[step.control] = step
    return [*(step for step in ordered if step.control not in resting), *resting.values()]


def _gather_sittings(
    steps: dict[str, Step],
    assessment: Assessment,
    catalog: Catalog,
    unanswered_basics: int,
    asked_alone: frozenset[str],
) -> dict[str, str]:
    """Put one step in place of many that are one sitting: questions, looks from outside.

    asked_alone: controls whose question stays a step of its own, for the company decided on them.

    Returns control -> the sitting that settles it.
    """
    # "Don't know" was an answer: finding out stays a step of its own. What was never asked is
    # gathered into one or two sittings.
    asked = [
        step
        for step in steps.values()
        if step.kind == "ask"
        and step.control not in asked_alone
        and not _said_unknown(assessment.controls[step.control])
    ]
    early = [s for s in asked if catalog.questions[s.see_with].stage in ("profile", "basics")]
    rest = [step for step in asked if step not in early]
    outside = [step for step in steps.values() if step.kind == "site"]
    settled: dict[str, str] = {}
    if not _may_have_site(assessment):
        # The look begins with the name of the site: who said there is none is not sent there.
        for step in outside:
            del steps[step.control]
        outside = []
    for id_, those in ((ASK_BASICS, early), (ASK_REST, rest), (LOOK_OUTSIDE, outside)):
        for step in those:
            del steps[step.control]
            settled[step.control] = id_
    if unanswered_basics:
        steps[ASK_BASICS] = _sitting(ASK_BASICS, early, _ASK_MINUTES, worth=1.5)
    if outside:
        steps[LOOK_OUTSIDE] = msgspec.structs.replace(
            _sitting(LOOK_OUTSIDE, outside, _SITE_MINUTES, worth=1.0), kind="site"
        )
    if rest:
        questions = len({step.see_with for step in rest})
        minutes = math.ceil(questions / _QUESTIONS_A_MINUTE)
        steps[ASK_REST] = _sitting(ASK_REST, rest, minutes, worth=1.0)
    return settled


def _may_have_site(assessment: Assessment) -> bool:
    site = assessment.controls.get(_OF_THE_SITE)
    return site is None or site.state != "not_applicable"


def _said_unknown(standing: ControlStanding) -> bool:
    return standing.said is not None and standing.said.state == "unknown"


def _sitting(id_: str, asked: list[Step], minutes: int, *, worth: float) -> Step:
    """Make one step of many questions: worth the heaviest of them, times ``worth``."""
    heaviest = max((step.score * _effort(step.minutes, step.yen) for step in asked), default=0.3)
    return Step(
        control=id_,
        kind="ask",
        state="unknown",
        score=round(worth * heaviest / _effort(minutes, 0), 4),
        minutes=minutes,
        yen=0,
    )


def _in_order(steps: dict[str, Step]) -> list[Step]:
    """Sort by score; a prerequisite inherits the score of what waits for it and goes before."""
    score = {id_: step.score for id_, step in steps.items()}
    for _ in steps:
        changed = False
        for id_, step in steps.items():
            for need in step.after:
                if score[need] < score[id_]:
                    score[need] = score[id_]
                    changed = True
        if not changed:
            break
    ordered: list[Step] = []
    placed: set[str] = set()

    def place(id_: str) -> None:
        if id_ in placed:
            return
        placed.add(id_)
        for need in sorted(steps[id_].after, key=lambda n: (-score[n], n)):
            place(need)
        ordered.append(steps[id_])

    for id_ in sorted(steps, key=lambda id_: (-score[id_], id_)):
        place(id_)
    return ordered


def why(step: Step, assessment: Assessment, catalog: Catalog, where: Text | None = None) -> Text:
    """Return the reason for ``step`` in a sentence or two, in both languages.

    where: on which computers it was found, told behind the finding.
    """
    parts_ja, parts_en = [], []

    def add(text: Text, **numbers: object) -> None:
        add_words(text.say("ja", **numbers), text.say("en", **numbers))

    def add_words(ja: str, en: str) -> None:
        # A sentence that ends in a list of names still has to end before the next begins.
        parts_ja.append(ja if ja.endswith("。") else f"{ja}。")
        parts_en.append(en if en.endswith((".", "?")) else f"{en}.")

    if step.because is not None:
        add(catalog.ui("why.lesson"), day=step.because.isoformat())
    if step.control in (ASK_BASICS, ASK_REST, LOOK_HERE, LOOK_OUTSIDE):
        add(catalog.ui(f"why.{step.control.replace('-', '_')}"))
        return Text(ja="".join(parts_ja), en=" ".join(parts_en))
    standing = assessment.controls[step.control]
    headline = standing.headline
    if step.contradiction:
        add(catalog.ui("why.contradiction"))
    if step.kind == "act":
        act = catalog.controls[step.control].act
        add((act.why if act else None) or catalog.ui("why.act"))
    add_words(catalog.told(headline, "ja"), catalog.told(headline, "en"))
    if where is not None:
        add(where)
    if step.threat and step.kind != "act":
        threat = catalog.threats[step.threat].title
        ui = catalog.ui("why.threat")
        parts_ja.append(ui.say("ja", threat=threat.ja, year=step.year, rank=step.rank))
        parts_en.append(ui.say("en", threat=threat.en, year=step.year, rank=step.rank))
    return Text(ja="".join(parts_ja), en=" ".join(parts_en))
