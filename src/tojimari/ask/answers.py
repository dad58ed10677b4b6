"""Turns what was entered into an answer, or says why it does not fit."""

import math
import unicodedata

from tojimari.ask.flow import rows_asked
from tojimari.ask.questionnaire import AnyQuestion, Option, options_of
from tojimari.ask.wording import SURVEY, Misfit, Wording
from tojimari.model import DONT_KNOW, Answers, Given, Text, TojimariError

LARGEST = 2**53
"""Beyond this a number in a table is no longer exact."""
SHOWN = 60
"""Characters of a wrong answer that are repeated."""


class BadAnswer(TojimariError):
    """An answer that does not fit its question.

    Attributes:
        plain: the same in words for a person who sees the options and no ids.
    """

    def __init__(self, ja: str, en: str, plain: Text | None = None) -> None:
        """Keep the sentence for files and programs, and the one for people."""
        super().__init__(ja, en)
        self.plain = plain or self.text


class _Unfit(Exception):
    """Inside: why, until it is put into words."""

    def __init__(self, misfit: Misfit, **numbers: object) -> None:
        self.misfit = misfit
        self.numbers = numbers


def parse(
    question: AnyQuestion, given: object, answers: Answers, wording: Wording = SURVEY
) -> Given | None:
    """Return the answer in its standard form, None when an optional question was left out.

    ``given``: an option id (single), ids in any collection (several, upto), a number or what was
    typed (number), text, or row id -> option id (matrix). ``answers``: the earlier ones; they
    decide which rows of a matrix are asked. Raises BadAnswer in the words of ``wording``.
    """
    try:
        parsed = _parse(question, given, answers)
        if parsed is None and question.required:
            raise _Unfit("missing_number" if question.type == "number" else "missing")
    except _Unfit as unfit:
        raise _bad_answer(question, given, unfit, wording) from None
    return parsed


def _parse(question: AnyQuestion, given: object, answers: Answers) -> Given | None:
    if given == [DONT_KNOW] and question.dont_know and question.type != "matrix":
        given = DONT_KNOW
    match question.type:
        case "single":
            return _single(question, given)
        case "several" | "upto":
            return _several(question, given)
        case "number":
            return _number(question, given)
        case "text":
            return _text(question, given)
        case "matrix":
            return _matrix(question, given, answers)


def _bad_answer(question: AnyQuestion, given: object, unfit: _Unfit, wording: Wording) -> BadAnswer:
    unit = question.unit
    numbers: dict[str, object] = {
        "question": question.id,
        "given": f"{given!r:.{SHOWN}}",
        "allowed": ", ".join(option.id for option in options_of(question)),
        "at_most": question.at_most,
        "low": question.minimum or 0,
        "high": question.maximum or 0,
        "unit_ja": unit.ja if unit else "",
        "unit_en": f" {unit.en}" if unit else "",
        "max_chars": question.max_chars,
        **unfit.numbers,
    }
    in_file = wording.in_file[unfit.misfit]
    plain = wording.on_page[unfit.misfit]
    return BadAnswer(
        in_file.say("ja", **numbers),
        in_file.say("en", **numbers),
        Text(ja=plain.say("ja", **numbers), en=plain.say("en", **numbers)),
    )


def _single(question: AnyQuestion, given: object) -> str | None:
    chosen = _chosen(question, given)
    if len(chosen) > 1:
        raise _Unfit("one_only")
    return chosen[0] if chosen else None


def _several(question: AnyQuestion, given: object) -> tuple[str, ...] | None:
    chosen = _chosen(question, given)
    alone = [option for option in options_of(question) if option.alone and option.id in chosen]
    if alone and len(chosen) > 1:
        raise _Unfit("alone", **_named(alone[0]))
    if question.at_most is not None and len(chosen) > question.at_most:
        raise _Unfit("too_many")
    return chosen or None


def _named(option: Option) -> dict[str, str]:
    return {"option": option.id, "option_ja": option.text.ja, "option_en": option.text.en}


def _chosen(question: AnyQuestion, given: object) -> tuple[str, ...]:
    """Return the chosen options in the order of the questionnaire: that of clicks says nothing."""
    if isinstance(given, bool):
        given = "yes" if given else "no"  # how YAML reads a plain yes or no
    if given is None or given == "":
        return ()
    chosen = [given] if isinstance(given, str) else given
    if not isinstance(chosen, list | tuple | set | frozenset):
        raise _Unfit("unknown")
    if not all(isinstance(id_, str) for id_ in chosen):
        raise _Unfit("unknown")
    allowed = [option.id for option in options_of(question)]
    strange = [id_ for id_ in chosen if id_ not in allowed]
    if strange:
        raise _Unfit("unknown", given=f"{strange[0]!r:.{SHOWN}}")
    return tuple(id_ for id_ in allowed if id_ in chosen)


def _number(question: AnyQuestion, given: object) -> float | str | None:
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
        raise _Unfit("no_number")
    if question.whole and given != int(given):
        raise _Unfit("not_whole")
    if question.minimum is not None and given < question.minimum:
        raise _Unfit("too_low")
    if question.maximum is not None and given > question.maximum:
        raise _Unfit("too_high")
    return int(given) if question.whole else float(given)


def _text(question: AnyQuestion, given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise _Unfit("no_text")
    text = given.replace("\r\n", "\n").strip()
    if len(text) > question.max_chars:
        raise _Unfit("too_long", length=len(text))
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise _Unfit("bad_character")
    return text or None


def _matrix(question: AnyQuestion, given: object, answers: Answers) -> dict[str, str] | None:
    if given is None:
        given = {}
    if not isinstance(given, dict):
        raise _Unfit("unknown")
    rows = {row.id: row for row in rows_asked(question, answers)}
    allowed = [option.id for option in options_of(question)]
    chosen: dict[str, str] = {}
    for row, option in given.items():
        if row not in rows or (option not in ("", None) and option not in allowed):
            raise _Unfit("unknown")
        if option:
            chosen[row] = option
    missing = [rows[id_].text for id_ in rows if id_ not in chosen]
    if missing and question.required:
        raise _Unfit("missing_row", row_ja=missing[0].ja, row_en=missing[0].en)
    return {id_: chosen[id_] for id_ in rows if id_ in chosen} or None
