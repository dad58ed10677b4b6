"""Which question comes next, and what happens when an answer changes.

Everything here is a pure function of the questionnaire and the answers given so far.
"""

import random
from collections.abc import Collection, Iterator, Mapping

import msgspec

from tojimari.ask.questionnaire import (
    AnyQuestion,
    Option,
    Questionnaire,
    Row,
    Screen,
    options_of,
)
from tojimari.model import Answers, Given
from tojimari.model.conditions import Interview, holds, named


class Step(msgspec.Struct, frozen=True):
    """One question on the way through a questionnaire.

    Attributes:
        asked: whether it is asked, as far as the answers tell; an answer to it counts.
        applies: whether it may still be asked; None while that hangs on what is not answered.
        given: the part of its answer that counts; None where there is none.
    """

    question: AnyQuestion
    asked: bool
    applies: bool | None
    given: Given | None = None


def walk(
    questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = ()
) -> Iterator[Step]:
    """Yield every question in the order of asking, with what the earlier answers make of it.

    ``passed``: ids of optional questions that were left empty.
    """
    interview = Interview(in_doubt=questionnaire.ask_in_doubt)
    screens = _screens_at(questionnaire)
    gone = False
    for at, question in enumerate(questionnaire.questions):
        applies, asked = interview.reach(question.when)
        given = answers.get(question.id)
        if given is None and interview.presupposes(question.when):
            interview.unsure.add(question.id)
            interview.leave_open(question.id)
            yield Step(question, asked=False, applies=False)
            continue
        if question.type == "matrix":
            reached = {row.id: interview.reach(row.when) for row in question.rows}
            if all(possible is False for possible, _ in reached.values()):
                applies = False
            rows = {row for row, (_, now) in reached.items() if now}
            asked = asked and bool(rows)
            if isinstance(given, Mapping):
                given = {row: option for row, option in given.items() if row in rows} or None
        asked = asked and not gone
        if asked and given is not None:
            interview.take(question.id, given)
        elif applies is not False and question.id not in passed:
            interview.leave_open(question.id)
        yield Step(question, asked, applies, given if asked else None)
        gone = gone or any(holds(screen.when, interview.counted) for screen in screens.get(at, ()))


def _screens_at(questionnaire: Questionnaire) -> dict[int, list[Screen]]:
    """Return the screens by the place of the last question they name.

    Only there everything a screen asks for is known; "not answered" holds before any question.
    """
    if not questionnaire.screens:
        return {}
    place = _places(questionnaire)
    found: dict[int, list[Screen]] = {}
    for screen in questionnaire.screens:
        found.setdefault(max(place[id_] for id_ in named(screen.when)), []).append(screen)
    return found


def _places(questionnaire: Questionnaire) -> dict[str, int]:
    return {question.id: at for at, question in enumerate(questionnaire.questions)}


def rows_asked(question: AnyQuestion, answers: Answers) -> tuple[Row, ...]:
    """Return the rows of a matrix that this respondent is asked (none for other types)."""
    return tuple(row for row in question.rows if row.when is None or holds(row.when, answers))


def asked(questionnaire: Questionnaire, answers: Answers) -> list[AnyQuestion]:
    """Return the questions that are asked as far as ``answers`` tell, in order."""
    return [step.question for step in walk(questionnaire, answers) if step.asked]


def valid_answers(questionnaire: Questionnaire, answers: Answers) -> dict[str, Given]:
    """Return the answers that still count; those to questions no longer asked are dropped."""
    return {
        step.question.id: step.given
        for step in walk(questionnaire, answers)
        if step.given is not None
    }


def open_questions(
    questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = ()
) -> list[AnyQuestion]:
    """Return the questions still to be answered, in order; none where a screen ends it.

    With ``ask_in_doubt`` questions are among them that a later answer may take away: ask from the
    front and call again after each answer.
    """
    if screened_out(questionnaire, answers, passed):
        return []
    return [
        question
        for question in asked(questionnaire, answers)
        if question.id not in answers and question.id not in passed
    ]


def next_question(
    questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = (), after: str = ""
) -> AnyQuestion | None:
    """Return the question to go on with, None when nothing is left.

    It is the first open one behind ``after``, else the first that was jumped over.
    """
    left = open_questions(questionnaire, answers, passed)
    place = _places(questionnaire)
    behind = (q for q in left if place[q.id] > place.get(after, -1))
    return next(behind, left[0] if left else None)


def previous_question(
    questionnaire: Questionnaire, answers: Answers, before: str
) -> AnyQuestion | None:
    """Return the question that was asked before ``before`` (the back button), None at the start."""
    place = _places(questionnaire)
    at = place.get(before, -1)
    earlier = [q for q in asked(questionnaire, answers) if place[q.id] < at]
    return earlier[-1] if earlier else None


def screened_out(
    questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = ()
) -> Screen | None:
    """Return the screen at which this respondent is thanked and let go, None for most."""
    screens = _screens_at(questionnaire)
    if not screens:
        return None
    place = _places(questionnaire)
    counted = valid_answers(questionnaire, answers)
    left = [
        place[question.id]
        for question in asked(questionnaire, answers)
        if question.id not in counted and question.id not in passed
    ]
    furthest = max((place[id_] for id_ in answers if id_ in place), default=-1)
    for at, here in sorted(screens.items()):
        if at <= furthest or not any(question <= at for question in left):
            for screen in here:
                if holds(screen.when, counted):
                    return screen
    return None


def progress(questionnaire: Questionnaire, answers: Answers, passed: Collection[str] = ()) -> float:
    """Return the share (0 to 1) of the questions still possible that are done.

    A question whose condition hangs on something not yet answered counts as possible.
    """
    if screened_out(questionnaire, answers, passed):
        return 1.0
    done = left = 0
    for step in walk(questionnaire, answers, passed):
        skipped = step.question.id in passed
        if step.given is not None or (skipped and step.applies):
            done += 1
        elif step.applies is not False and not skipped:
            left += 1
    return done / (done + left) if done + left else 1.0


def shown_options(question: AnyQuestion, respondent: str) -> tuple[Option, ...]:
    """Return the options in the order in which ``respondent`` sees them.

    Drawn from respondent and question, so that going back or opening another device shows the
    same order; ``fixed`` options keep their place.
    """
    options = list(options_of(question))
    if not question.shuffle:
        return tuple(options)
    import hashlib  # OpenSSL comes with it, 5 MB that a look does without

    seed = hashlib.sha256(f"{respondent}\0{question.id}".encode()).digest()
    free = [at for at, option in enumerate(options) if not option.fixed]
    drawn = free.copy()
    random.Random(seed).shuffle(drawn)  # noqa: S311  # an order to read in, not a secret
    shown = options.copy()
    for place, origin in zip(free, drawn, strict=True):
        shown[place] = options[origin]
    return tuple(shown)
