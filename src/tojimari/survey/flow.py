"""Which question comes next for one respondent, and what happens when an answer changes.

Everything here is a pure function of the questionnaire and the answers given so far.
"""

import hashlib
import random
import re
from collections.abc import Collection, Iterator

from tojimari.model import Lang, Text
from tojimari.survey.columns import DONT_KNOW_TEXT, in_order, options_of
from tojimari.survey.conditions import Answers, Given, holds, named
from tojimari.survey.consistency import PIPE
from tojimari.survey.schema import DONT_KNOW, Option, Question, Questionnaire, Row, Screen, When

NOT_ANSWERED = Text(ja="（お答えなし）", en="(no answer)")


def _steps(
    questionnaire: Questionnaire, answers: Answers
) -> Iterator[tuple[Question, Given | None]]:
    """Yield every question that is asked, in order, with the part of its answer that counts."""
    kept: dict[str, Given] = {}
    order = in_order(questionnaire)
    last_named = _screens_at(questionnaire, order)
    for at, question in enumerate(order):
        if question.when is None or holds(question.when, kept):
            rows = {row.id for row in rows_asked(question, kept)}
            given = answers.get(question.id)
            if isinstance(given, dict):
                given = {row: option for row, option in given.items() if row in rows} or None
            if question.type != "matrix" or rows:
                if given is not None:
                    kept[question.id] = given
                yield question, given
        if any(holds(screen.when, kept) for screen in last_named.get(at, ())):
            return


def _screens_at(questionnaire: Questionnaire, order: list[Question]) -> dict[int, list[Screen]]:
    """Return the screens by the place of the last question they name.

    Only there everything a screen asks for is known; "not answered" holds before any question.
    """
    place = {question.id: at for at, question in enumerate(order)}
    found: dict[int, list[Screen]] = {}
    for screen in questionnaire.screens:
        found.setdefault(max(place[id_] for id_ in named(screen.when)), []).append(screen)
    return found


def rows_asked(question: Question, answers: Answers) -> tuple[Row, ...]:
    """Return the rows of a matrix that this respondent is asked (none for other types)."""
    return tuple(row for row in question.rows if row.when is None or holds(row.when, answers))


def asked(questionnaire: Questionnaire, answers: Answers) -> list[Question]:
    """Return the questions that apply to this respondent as far as ``answers`` tell, in order."""
    return [question for question, _ in _steps(questionnaire, answers)]


def kept(questionnaire: Questionnaire, answers: Answers) -> dict[str, Given]:
    """Return the answers that still count; those to questions no longer asked are dropped."""
    return {
        question.id: given
        for question, given in _steps(questionnaire, answers)
        if given is not None
    }


def dropped(questionnaire: Questionnaire, before: Answers, after: Answers) -> list[str]:
    """Return the ids of questions whose answers no longer count, to tell the respondent.

    ``before`` and ``after``: all answers before and after one of them changed.
    """
    now = kept(questionnaire, after)
    return [id_ for id_ in kept(questionnaire, before) if id_ not in now]


def next_question(
    questionnaire: Questionnaire, answers: Answers, after: str = ""
) -> Question | None:
    """Return the question to ask after ``after`` (the first when ""), None at the end."""
    questions = asked(questionnaire, answers)
    place = _place(questionnaire, after)
    return next((q for q in questions if _place(questionnaire, q.id) > place), None)


def previous_question(
    questionnaire: Questionnaire, answers: Answers, before: str
) -> Question | None:
    """Return the question that was asked before ``before`` (the back button), None at the start."""
    place = _place(questionnaire, before)
    earlier = [q for q in asked(questionnaire, answers) if _place(questionnaire, q.id) < place]
    return earlier[-1] if earlier else None


def _place(questionnaire: Questionnaire, id_: str) -> int:
    return next((at for at, q in enumerate(in_order(questionnaire)) if q.id == id_), -1)


def screened_out(
    questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = ()
) -> Screen | None:
    """Return the screen at which this respondent is thanked and let go, None for most.

    ``passed``: ids of optional questions that were left empty.
    """
    order = in_order(questionnaire)
    place = {question.id: at for at, question in enumerate(order)}
    counted = kept(questionnaire, answers)
    open_ = [
        place[question.id]
        for question in asked(questionnaire, answers)
        if question.id not in counted and question.id not in passed
    ]
    furthest = max((place[id_] for id_ in answers if id_ in place), default=-1)
    for at, screens in sorted(_screens_at(questionnaire, order).items()):
        if at <= furthest or not any(question <= at for question in open_):
            for screen in screens:
                if holds(screen.when, counted):
                    return screen
    return None


def progress(questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = ()) -> float:
    """Return the share (0 to 1) of the questions still possible that are done.

    ``passed``: ids of optional questions that were left empty. A question whose condition hangs
    on something not yet answered counts as possible.
    """
    counted = kept(questionnaire, answers)
    if screened_out(questionnaire, answers, passed):
        return 1.0
    open_: set[str] = set()
    done = 0
    for question in in_order(questionnaire):
        if question.id in counted or (
            question.id in passed and (question.when is None or holds(question.when, counted))
        ):
            done += 1
        elif question.id not in passed and (
            question.when is None or _may_hold(question.when, counted, open_) is not False
        ):
            open_.add(question.id)
    return done / (done + len(open_)) if done + len(open_) else 1.0


def _may_hold(when: When, answers: Answers, open_: Collection[str]) -> bool | None:
    """Say whether ``when`` holds; None while that hangs on questions not answered yet."""
    parts = when.all if when.all is not None else when.any
    if parts is not None:
        found = [_may_hold(part, answers, open_) for part in parts]
        decisive = when.any is not None
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    if when.no is not None:
        inner = _may_hold(when.no, answers, open_)
        return None if inner is None else not inner
    return None if when.question in open_ else holds(when, answers)


def shown_options(question: Question, respondent: str) -> tuple[Option, ...]:
    """Return the options in the order in which ``respondent`` sees them.

    Drawn from respondent and question, so that going back or opening another device shows the
    same order; ``fixed`` options keep their place.
    """
    options = list(options_of(question))
    if not question.shuffle:
        return tuple(options)
    seed = hashlib.sha256(f"{respondent}\0{question.id}".encode()).digest()
    free = [at for at, option in enumerate(options) if not option.fixed]
    drawn = free.copy()
    random.Random(seed).shuffle(drawn)  # noqa: S311  # an order to read in, not a secret
    shown = options.copy()
    for place, origin in zip(free, drawn, strict=True):
        shown[place] = options[origin]
    return tuple(shown)


def piped(text: Text, questionnaire: Questionnaire, answers: Answers, lang: Lang) -> str:
    """Return ``text`` with every ``{id}`` replaced by the answer to that question, in words."""
    by_id = {question.id: question for question in questionnaire.questions}

    def fill(match: re.Match[str]) -> str:
        question = by_id.get(match[1])
        return match[0] if question is None else in_words(question, answers.get(match[1]), lang)

    return PIPE.sub(fill, text.ja if lang == "ja" else text.en)


def in_words(question: Question, given: Given | None, lang: Lang) -> str:
    """Return an answer as the respondent would read it."""

    def say(text: Text) -> str:
        return text.ja if lang == "ja" else text.en

    names = {option.id: say(option.text) for option in options_of(question)}
    if given is None or isinstance(given, dict):
        return say(NOT_ANSWERED)
    if question.type == "text":
        return str(given)
    if given == DONT_KNOW:
        return say(DONT_KNOW_TEXT)
    if isinstance(given, int | float):
        return f"{given:g}" + (say(question.unit) if question.unit and lang == "ja" else "")
    chosen = given if isinstance(given, tuple) else (given,)
    return ("、" if lang == "ja" else ", ").join(names.get(str(id_), "?") for id_ in chosen)
