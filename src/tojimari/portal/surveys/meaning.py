"""What a respondent's answers mean for the own company: the reason to answer."""

from typing import Any

from django.utils import timezone

from tojimari.assess.assessment import assess_said
from tojimari.assess.said import Answer, meaning
from tojimari.model import State
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.words import catalog, current_lang
from tojimari.report.page import context
from tojimari.report.result import gather
from tojimari.survey import flow
from tojimari.survey.conditions import Answers
from tojimari.survey.schema import DONT_KNOW, Question, Questionnaire

PEERS_SHOWN = 5
_BETTER: tuple[State, ...] = ("met", "partly", "not_met", "unknown", "not_applicable")


def said_of(content: Questionnaire, answers: Answers) -> tuple[dict[str, State], dict[str, Any]]:
    """Return (control -> state, profile question -> answer) that the answers say.

    Where several questions speak of one control the worst counts, as in the diagnosis itself.
    """
    asked = {question.id for question in flow.asked(content, answers)}
    states: dict[str, list[State]] = {}
    profile: dict[str, Any] = {}
    for question in content.questions:
        given = answers.get(question.id)
        if question.id not in asked:
            spoken = dict(question.skipped_says)
        elif given is None:
            continue
        else:
            spoken = _spoken(question, given)
            known = catalog().questions.get(question.catalog)
            if known is not None and known.stage == "profile":
                profile[known.id] = [given] if isinstance(given, str) else given
        for control, state in spoken.items():
            states.setdefault(control, []).append(state)
    order = ("not_met", "partly", "unknown", "met", "not_applicable")
    return {c: min(all_, key=order.index) for c, all_ in states.items()}, profile


def _spoken(question: Question, given: Any) -> dict[str, State]:
    chosen = given if isinstance(given, tuple) else (given,)
    known = catalog().questions.get(question.catalog)
    if known is not None:
        number = given if isinstance(given, int) else None
        return meaning(known, Answer(known.id, () if number is not None else chosen, number))
    said: dict[str, list[State]] = {}
    for option in question.options:
        if option.id in chosen:
            for control, state in option.says.items():
                said.setdefault(control, []).append(state)
    if DONT_KNOW in chosen:
        controls = {c for option in question.options for c in option.says}
        return dict.fromkeys(sorted(controls), "unknown")
    # Several answers about one control: the best counts ("a copy on disk, one outside").
    spoken: dict[str, State] = {c: min(all_, key=_BETTER.index) for c, all_ in said.items()}
    for control, state in question.otherwise.items():
        spoken.setdefault(control, state)
    return spoken


def own_result(content: Questionnaire, answers: Answers) -> dict[str, Any] | None:
    """Return what the thanks page shows of the own company; None when nothing was said of it."""
    states, profile = said_of(content, answers)
    if not states:
        return None
    assessment = assess_said(states, profile, catalog=catalog(), as_of=timezone.now())
    peers = whole_catalog()
    result = gather(assessment, [], peers)
    lang = current_lang()
    shown = context(result, peers, lang)
    known = [assessment.controls[id_].state for id_ in states]
    # What to do comes from what was said; looking and asking on come with an account.
    step = next((s for s in shown["steps"] if s["kind"] == "do"), None)
    return {
        "met": known.count("met"),
        "open": known.count("not_met") + known.count("partly"),
        "unknown": known.count("unknown"),
        "step": step,
        "peers": [p for p in shown["peers"] if p["own"] or p["own_text"]][:PEERS_SHOWN],
        "same_size": shown["same_size"],
    }
