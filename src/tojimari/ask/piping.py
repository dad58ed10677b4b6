"""Earlier answers quoted in the text of a question."""

import re

from tojimari.ask.questionnaire import DONT_KNOW_OPTION, AnyQuestion, Questionnaire, options_of
from tojimari.model import DONT_KNOW, Answers, Given, Lang, Text

PIPE = re.compile(r"\{([^{}]*)\}")
NOT_ANSWERED = Text(ja="（お答えなし）", en="(no answer)")


def piped(text: Text, questionnaire: Questionnaire, answers: Answers, lang: Lang) -> str:
    """Return ``text`` with every ``{id}`` replaced by the answer to that question, in words."""
    by_id = {question.id: question for question in questionnaire.questions}

    def fill(match: re.Match[str]) -> str:
        question = by_id.get(match[1])
        return match[0] if question is None else in_words(question, answers.get(match[1]), lang)

    return PIPE.sub(fill, _in(text, lang))


def in_words(question: AnyQuestion, given: Given | None, lang: Lang) -> str:
    """Return an answer as the respondent would read it."""
    names = {option.id: _in(option.text, lang) for option in options_of(question)}
    if given is None or isinstance(given, dict):
        return _in(NOT_ANSWERED, lang)
    if question.type == "text":
        return str(given)
    if given == DONT_KNOW:
        return _in(DONT_KNOW_OPTION.text, lang)
    if isinstance(given, int | float):
        unit = _in(question.unit, lang) if question.unit and lang == "ja" else ""
        return f"{given:g}{unit}"
    chosen = given if isinstance(given, tuple) else (given,)
    return ("、" if lang == "ja" else ", ").join(names.get(str(id_), "?") for id_ in chosen)


def _in(text: Text, lang: Lang) -> str:
    """Return a text whose braces are no places to fill (see Text.say)."""
    return text.ja if lang == "ja" else text.en
