"""What a respondent's answers mean for the own company: the reason to answer."""

from typing import Any

from django.utils import timezone

from tojimari.diagnose import diagnose_said
from tojimari.model import Answers
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.words import catalog, current_lang
from tojimari.report.page import context
from tojimari.survey.diagnosis import answered_states, everybody_is_told
from tojimari.survey.schema import Questionnaire

PEERS_SHOWN = 5


def _profile(content: Questionnaire, answers: Answers) -> dict[str, Any]:
    """Return what was said about the company itself, as an assessment keeps it, for its peers."""
    profile: dict[str, Any] = {}
    for question in content.questions:
        known = catalog().questions.get(question.catalog)
        given = answers.get(question.id)
        if known is not None and known.stage == "profile" and given is not None:
            profile[known.id] = [given] if isinstance(given, str) else given
    return profile


def is_promised(content: Questionnaire) -> bool:
    """Return whether those who answer may be promised a result of their own."""
    return everybody_is_told(content, catalog())


def own_result(content: Questionnaire, answers: Answers) -> dict[str, Any] | None:
    """Return what the thanks page shows of the own company; None when nothing was said of it."""
    states = answered_states(content, answers, catalog())
    if not states:
        return None
    peers = whole_catalog()
    result = diagnose_said(states, _profile(content, answers), catalog=peers, as_of=timezone.now())
    lang = current_lang()
    shown = context(result, peers, lang)
    known = [result.assessment.controls[id_].state for id_ in states]
    # What to do comes from what was said; looking and asking on come with an account.
    step = next((s for s in shown["steps"] if s["kind"] == "do"), None)
    return {
        "met": known.count("met"),
        "open": known.count("not_met") + known.count("partly"),
        "unknown": known.count("unknown"),
        "step": step,
        "peers": [p for p in shown["peers"] if p["own"] or p["company_text"]][:PEERS_SHOWN],
        "same_size": shown["same_size"],
    }
