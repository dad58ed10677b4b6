"""Questions that nobody can ever be asked, because their conditions contradict each other."""

from collections.abc import Iterator, Mapping
from itertools import combinations, islice, product
from math import prod

from tojimari.ask.questionnaire import options_of
from tojimari.model import DONT_KNOW, Given, When
from tojimari.model.conditions import each_test, holds, named
from tojimari.survey.schema import Question, Questionnaire

MOST_TRIED = 5_000
"""Above this many combinations of answers a question counts as reachable: deciding is not worth it."""


def unreachable(questionnaire: Questionnaire) -> list[str]:
    """Return the ids of the questions that no combination of answers leads to.

    Every combination is tried of those answers that the conditions involved can tell apart; where
    these are too many the question is taken to be reachable.
    """
    order = questionnaire.in_order()
    by_id = {question.id: question for question in order}
    return [
        question.id for question in order if question.when and not _reachable(question.when, by_id)
    ]


def _reachable(when: When, by_id: Mapping[str, Question]) -> bool:
    involved: set[str] = set()
    waiting = set(named(when))
    while waiting:
        id_ = waiting.pop()
        involved.add(id_)
        waiting |= named(by_id[id_].when) - involved
    # Iterating over by_id keeps the order of asking: a condition only looks back.
    asked = [by_id[id_] for id_ in by_id if id_ in involved]
    conditions = [when, *(q.when for q in asked if q.when)]
    ways = [list(islice(_ways(q, conditions), MOST_TRIED + 1)) for q in asked]
    if prod(map(len, ways)) > MOST_TRIED:
        return True
    return any(_leads(when, asked, picked) for picked in product(*ways))


def _leads(when: When, asked: list[Question], picked: tuple[Given | None, ...]) -> bool:
    answers: dict[str, Given] = {}
    for question, given in zip(asked, picked, strict=True):
        if given is not None and (question.when is None or holds(question.when, answers)):
            answers[question.id] = given
    return holds(when, answers)


def _ways(question: Question, conditions: list[When]) -> Iterator[Given | None]:
    """Yield answers to ``question`` that stand for all that the ``conditions`` can tell apart."""
    about = [
        test for when in conditions for test, _ in each_test(when) if test.question == question.id
    ]
    told = {id_ for test in about for id_ in (*(test.one_of or ()), *(test.none_of or ()))}
    options = options_of(question)
    others = [option for option in options if option.id not in told][:1]
    kept = [option for option in options if option.id in told] + others
    yield None
    match question.type:
        case "single":
            yield from (option.id for option in kept)
        case "several" | "upto":
            together = [option.id for option in kept if not option.alone]
            yield from ((option.id,) for option in kept if option.alone)
            most = min(question.at_most or len(together), len(together))
            for size in range(1, most + 1):
                yield from combinations(together, size)
        case "number":
            yield from _numbers(question, about)
            if question.dont_know:
                yield DONT_KNOW
        case "text":
            yield "x"
        case "matrix":
            rows = sorted({test.row for test in about})
            for picked in product(kept, repeat=len(rows)):
                yield {row: option.id for row, option in zip(rows, picked, strict=True)}


def _numbers(question: Question, about: list[When]) -> Iterator[float]:
    """Yield one number from every stretch between the thresholds, and the thresholds."""
    step = 1.0 if question.whole else 1e-6
    marks = {edge for test in about for edge in (test.at_least, test.at_most) if edge is not None}
    if question.whole:
        marks = {float(round(edge)) for edge in marks}
    tried = {0.0, *marks, *(m - step for m in marks), *(m + step for m in marks)}
    tried |= {edge for edge in (question.minimum, question.maximum) if edge is not None}
    low = question.minimum if question.minimum is not None else float("-inf")
    high = question.maximum if question.maximum is not None else float("inf")
    yield from sorted(number for number in tried if low <= number <= high)
