"""The catalog's questions as a questionnaire, and where one company stands in it.

What an answer says about controls is no matter of asking: see ``assess``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from tojimari.ask.answers import parse
from tojimari.ask.flow import open_questions
from tojimari.ask.questionnaire import Option, Questionnaire
from tojimari.ask.questionnaire import Question as Asked
from tojimari.ask.wording import DIAGNOSIS
from tojimari.catalog import Catalog, Question
from tojimari.model import DONT_KNOW, Answer, Given, Observation, Subject, seen
from tojimari.model.facts import CompanyAnswer

BASIC_STAGES = ("profile", "basics")
ITEMS25_STAGES = (*BASIC_STAGES, "items25")
ALL_STAGES = (*ITEMS25_STAGES, "more")


def as_asked(question: Question) -> Asked[Option]:
    """Return a question of the catalog as the engine asks it; "don't know" is always offered."""
    return Asked(
        question.id,
        question.type,
        question.text,
        help=question.help,
        options=tuple(Option(o.id, o.text, alone=o.alone) for o in question.options),
        at_most=question.at_most,
        minimum=question.minimum,
        maximum=question.maximum,
        unit=question.unit,
        when=question.when,
        dont_know=True,
    )


@lru_cache(maxsize=4)
def questionnaire_of(catalog: Catalog) -> Questionnaire:
    """Return the diagnosis: every question of the catalog, asked also in doubt."""
    questions = tuple(map(as_asked, catalog.questions.values()))
    return Questionnaire(questions, ask_in_doubt=True)


def _given(answers: Mapping[str, Answer]) -> dict[str, Given]:
    return {id_: answer.given for id_, answer in answers.items()}


def waiting(
    catalog: Catalog, answers: Mapping[str, Answer], stages: Sequence[str] = BASIC_STAGES
) -> list[Question]:
    """Return the questions of ``stages`` still to be asked, in order.

    A question that hangs on one not answered yet is listed too; asking from the front and calling
    again after each answer drops it when it turns out not to apply. A question whose condition
    was answered with "don't know" is not asked: it would presuppose an answer.
    """
    left = open_questions(questionnaire_of(catalog), _given(answers))
    questions = [catalog.questions[question.id] for question in left]
    return [question for question in questions if question.stage in stages]


class Position(msgspec.Struct, frozen=True):
    """Where a question stands among those of its stages.

    Attributes:
        place, of: "question ``place`` of ``of``", counting what was answered first.
        before: id of the answered question asked just before it; "" for none.
    """

    place: int
    of: int
    before: str


def position(
    catalog: Catalog, answers: Mapping[str, Answer], stages: Sequence[str], question: str
) -> Position:
    """Return where ``question`` stands for whoever gave ``answers``."""
    order = [id_ for id_, each in catalog.questions.items() if each.stage in stages]
    answered = [id_ for id_ in order if id_ in answers and id_ != question]
    left = sum(each.id != question for each in waiting(catalog, answers, stages))
    places = {id_: at for at, id_ in enumerate(catalog.questions)}
    before = [id_ for id_ in answered if places[id_] < places[question]]
    return Position(len(answered) + 1, len(answered) + left + 1, before[-1] if before else "")


def parse_answer(question: Question, given: object) -> Answer:
    """Turn ``given`` (an option id, a list of them, or a number) into an Answer.

    Raises BadAnswer with what is allowed.
    """
    parsed = parse(as_asked(question), given, {}, DIAGNOSIS)
    # Every question here is required, so nothing comes back as left out.
    return Answer.of(question.id, DONT_KNOW if parsed is None else parsed)


def answer_observation(answer: Answer, *, company: Subject, at: datetime) -> Observation:
    """Return the observation that keeps ``answer``: what was said, by the company, when."""
    return seen(
        CompanyAnswer(answer.question, answer.choices, answer.number),
        subject=company,
        source="answered",
        at=at,
    )
