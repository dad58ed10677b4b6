"""SurveyJS: a questionnaire as the JSON that its form library draws."""

import html
from typing import Any

import msgspec

from tojimari.ask.questionnaire import options_of
from tojimari.model import Text
from tojimari.survey.exchange.expressions import to_surveyjs
from tojimari.survey.schema import Question, Questionnaire

SAID = ("consent", "universe", "mode")
"""Texts that SurveyJS has no field for; they stand before the first question."""


def _said(text: Text) -> dict[str, str]:
    return {"default": text.en, "ja": text.ja}


def to_json(questionnaire: Questionnaire) -> bytes:
    """Return the portable part of a questionnaire (see portable_part) as SurveyJS JSON."""
    questions = {question.id: question for question in questionnaire.questions}
    pages: list[dict[str, Any]] = [
        {
            "name": section.id,
            "title": _said(section.title),
            "elements": [_element(questions[id_], questions) for id_ in section.questions],
        }
        for section in questionnaire.sections
    ]
    for name in reversed(SAID):
        text: Text = getattr(questionnaire, name)
        shown = {"default": html.escape(text.en), "ja": html.escape(text.ja)}
        pages[0]["elements"].insert(0, {"type": "html", "name": f"tojimari_{name}", "html": shown})
    whole = {
        "locale": "ja",
        "tojimari": {"id": questionnaire.id, "version": questionnaire.version},
        "title": _said(questionnaire.title),
        "description": _said(questionnaire.about),
        "pages": pages,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _element(question: Question, questions: dict[str, Question]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": question.id, "title": _said(question.text)}
    if question.help:
        made["description"] = _said(question.help)
    if question.when:
        made["visibleIf"] = to_surveyjs(question.when, questions)
    if question.required:
        made["isRequired"] = True
    if question.shuffle:
        made["choicesOrder"] = "random"
    choices = [
        {"value": option.id, "text": _said(option.text)}
        | ({"isExclusive": True} if option.alone and question.type != "single" else {})
        for option in options_of(question)
    ]
    match question.type:
        case "single":
            made |= {"type": "radiogroup", "choices": choices}
        case "several" | "upto":
            made |= {"type": "checkbox", "choices": choices}
            if question.at_most is not None:
                made["maxSelectedChoices"] = question.at_most
        case "number":
            made |= {"type": "text", "inputType": "number"}
            edges = {"min": question.minimum, "max": question.maximum}
            made |= {key: value for key, value in edges.items() if value is not None}
            made |= {"step": 1} if question.whole else {}
        case "text":
            made |= {"type": "comment", "maxLength": question.max_chars}
        case "matrix":
            made["type"] = "matrix"
            made["columns"] = [{"value": c["value"], "text": c["text"]} for c in choices]
            made["rows"] = [
                {"value": row.id, "text": _said(row.text)}
                | ({"visibleIf": to_surveyjs(row.when, questions)} if row.when else {})
                for row in question.rows
            ]
            if question.required:
                made["eachRowRequired"] = True
    return {"type": made.pop("type"), **made}
