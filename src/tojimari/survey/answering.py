"""Checks one answer. The sentences are for the respondent: plain words, no ids."""

import math
import unicodedata

from tojimari.model import TojimariError
from tojimari.survey.columns import options_of
from tojimari.survey.conditions import Answers, Given
from tojimari.survey.flow import rows_asked
from tojimari.survey.schema import DONT_KNOW, Question

LARGEST = 2**53
"""Beyond this a number in a table is no longer exact."""


class BadAnswer(TojimariError):
    """An answer that does not fit its question."""


def check_answer(question: Question, given: object, answers: Answers) -> Given | None:
    """Return the answer in its standard form, None when it was left out.

    ``given``: an option id (single), ids in any collection (several, upto), a number or what was
    typed (number), text, or row id -> option id (matrix). ``answers``: the earlier ones; they
    decide which rows of a matrix are asked. Raises BadAnswer.
    """
    match question.type:
        case "single":
            checked: Given | None = _single(question, given)
        case "several" | "upto":
            checked = _several(question, given)
        case "number":
            checked = _number(question, given)
        case "text":
            checked = _text(question, given)
        case "matrix":
            checked = _matrix(question, given, answers)
    if checked is None and question.required:
        raise BadAnswer("お答えください。", "Please answer this question.")
    return checked


def _unknown() -> BadAnswer:
    return BadAnswer(
        "選択肢の中から選んでください。", "Please choose one of the answers on the page."
    )


def _single(question: Question, given: object) -> str | None:
    if given is None or given == "":
        return None
    if isinstance(given, list | tuple):
        if len(given) > 1:
            raise BadAnswer("一つだけ選んでください。", "Please choose one answer only.")
        return _single(question, given[0] if given else None)
    if not isinstance(given, str) or given not in {o.id for o in options_of(question)}:
        raise _unknown()
    return given


def _several(question: Question, given: object) -> tuple[str, ...] | None:
    if given is None or given == "":
        return None
    chosen = [given] if isinstance(given, str) else given
    if not isinstance(chosen, list | tuple | set | frozenset):
        raise _unknown()
    options = options_of(question)
    if not all(isinstance(id_, str) for id_ in chosen) or set(chosen) - {o.id for o in options}:
        raise _unknown()
    # In the order of the questionnaire: what was clicked first says nothing.
    ordered = tuple(option.id for option in options if option.id in chosen)
    alone = [option for option in options if option.alone and option.id in chosen]
    if alone and len(ordered) > 1:
        text = alone[0].text
        raise BadAnswer(
            f"「{text.ja}」は、ほかの答えと一緒には選べません。",
            f'"{text.en}" cannot be chosen together with other answers.',
        )
    if question.at_most is not None and len(ordered) > question.at_most:
        raise BadAnswer(
            f"{question.at_most}つまで選べます。", f"You can choose at most {question.at_most}."
        )
    return ordered or None


def _number(question: Question, given: object) -> float | str | None:
    if isinstance(given, str):
        typed = unicodedata.normalize("NFKC", given).strip()  # full-width digits too
        if not typed:
            return None
        if typed == DONT_KNOW and question.dont_know:
            return DONT_KNOW
        try:
            given = float(typed.replace(",", "")) if len(typed) <= 30 else math.nan
        except ValueError:
            given = math.nan
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) <= LARGEST:
        raise BadAnswer("数字で書いてください。", "Please write a number.")
    if question.whole and given != int(given):
        raise BadAnswer(
            "小数のない数で書いてください。", "Please write a whole number, without decimals."
        )
    low, high = question.minimum, question.maximum
    unit_ja = question.unit.ja if question.unit else ""
    unit_en = f" {question.unit.en}" if question.unit else ""
    if low is not None and given < low:
        raise BadAnswer(
            f"{low:,.15g}{unit_ja}以上で書いてください。",
            f"Please write {low:,.15g}{unit_en} or more.",
        )
    if high is not None and given > high:
        raise BadAnswer(
            f"{high:,.15g}{unit_ja}以下で書いてください。",
            f"Please write {high:,.15g}{unit_en} or less.",
        )
    return int(given) if question.whole else float(given)


def _text(question: Question, given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise BadAnswer("文字で書いてください。", "Please write words.")
    text = given.replace("\r\n", "\n").strip()
    if len(text) > question.max_chars:
        raise BadAnswer(
            f"{question.max_chars}字までで書いてください (今は{len(text)}字)。",
            f"Please write at most {question.max_chars} characters (now {len(text)}).",
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise BadAnswer(
            "読めない文字があります。書き直してください。",
            "There is a character that cannot be read. Please write it again.",
        )
    return text or None


def _matrix(question: Question, given: object, answers: Answers) -> dict[str, str] | None:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise _unknown()
    rows = {row.id: row for row in rows_asked(question, answers)}
    allowed = {option.id for option in options_of(question)}
    chosen: dict[str, str] = {}
    for row, option in given.items():
        if row not in rows or (option not in ("", None) and option not in allowed):
            raise _unknown()
        if option:
            chosen[row] = option
    missing = [rows[id_].text for id_ in rows if id_ not in chosen]
    if missing and question.required:
        raise BadAnswer(
            f"「{missing[0].ja}」にもお答えください。", f'Please answer "{missing[0].en}" too.'
        )
    return {id_: chosen[id_] for id_ in rows if id_ in chosen} or None
