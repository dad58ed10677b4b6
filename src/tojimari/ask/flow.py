"""Which question comes next, and whether an answer fits."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tojimari.assess.answers import DONT_KNOW, Answer, applies
from tojimari.catalog import Catalog, Question
from tojimari.model import Observation, Subject, Text, TojimariError, seen
from tojimari.model.facts import CompanyAnswer

BASIC_STAGES = ("profile", "basics")
ALL_STAGES = ("profile", "basics", "items25", "more")


class BadAnswer(TojimariError):
    """An answer that does not fit its question.

    Attributes:
        plain: the same in words for a person who sees the options and no ids.
    """

    def __init__(self, ja: str, en: str, plain: Text | None = None) -> None:
        """Keep the sentence for files and programs, and the one for people."""
        super().__init__(ja, en)
        self.plain = plain or _CHOOSE


_CHOOSE = Text(
    ja="答えを選んでください。分からなければ「わからない」を押してください。",
    en='Choose an answer. If you do not know, press "Don\'t know".',
)


def waiting(
    catalog: Catalog, answers: Mapping[str, Answer], stages: Sequence[str] = BASIC_STAGES
) -> list[Question]:
    """Return the questions of ``stages`` still to be asked, in order.

    A question that hangs on one not answered yet is listed too; asking from the front and calling
    again after each answer drops it when it turns out not to apply. A question whose condition
    was answered with "don't know" is asked.
    """
    return [
        question
        for question in catalog.questions.values()
        if question.stage in stages
        and question.id not in answers
        and applies(question, answers, catalog) is not False
    ]


def parse_answer(question: Question, given: object) -> Answer:
    """Turn ``given`` (an option id, a list of them, or a whole number) into an Answer.

    Raises BadAnswer with what is allowed.
    """
    if given == DONT_KNOW or given == [DONT_KNOW]:
        return Answer(question.id, (DONT_KNOW,))
    if question.type == "number":
        return _number(question, given)
    allowed = [option.id for option in question.options]
    if isinstance(given, bool):
        given = "yes" if given else "no"  # how YAML reads a plain yes or no
    chosen = [given] if isinstance(given, str) else given
    if (
        not isinstance(chosen, list)
        or not chosen
        or not all(isinstance(entry, str) for entry in chosen)
    ):
        raise _not_allowed(question, given, [*allowed, DONT_KNOW])
    unknown = [entry for entry in chosen if entry not in allowed]
    if unknown:
        raise _not_allowed(question, unknown[0], [*allowed, DONT_KNOW])
    choices = tuple(dict.fromkeys(chosen))
    if question.type == "single" and len(choices) > 1:
        raise BadAnswer(
            f"{question.id}: 答えは一つだけ選びます。",
            f"{question.id}: takes one answer only.",
            Text(ja="答えは一つだけ選んでください。", en="Choose one answer only."),
        )
    if question.at_most is not None and len(choices) > question.at_most:
        raise BadAnswer(
            f"{question.id}: 選べるのは{question.at_most}つまでです。",
            f"{question.id}: takes at most {question.at_most} answers.",
            Text(
                ja=f"選べるのは{question.at_most}つまでです。",
                en=f"Choose {question.at_most} at most.",
            ),
        )
    alone = [option for option in question.options if option.alone and option.id in choices]
    if len(choices) > 1 and alone:
        name, words = alone[0].id, alone[0].text
        raise BadAnswer(
            f"{question.id}: 「{name}」はほかの答えと一緒に選べません。",
            f"{question.id}: {name!r} cannot be combined with other answers.",
            Text(
                ja=f"「{words.ja}」は、ほかの答えと一緒に選べません。",
                en=f'"{words.en}" does not go with other answers.',
            ),
        )
    return Answer(question.id, choices)


def _number(question: Question, given: object) -> Answer:
    low, high = question.minimum or 0, question.maximum or 0
    if isinstance(given, str) and given.strip().isdecimal() and len(given.strip()) < 10:
        given = int(given)  # int() also reads full-width digits
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise BadAnswer(
            f"{question.id}: {low}から{high}までの数か {DONT_KNOW} を書いてください。",
            f"{question.id}: give a whole number from {low} to {high}, or {DONT_KNOW}.",
            Text(
                ja=f"{low}から{high}までの数を入れてください。",
                en=f"Give a whole number from {low} to {high}.",
            ),
        )
    return Answer(question.id, (), given)


def _not_allowed(question: Question, given: object, allowed: list[str]) -> BadAnswer:
    shown = f"{given!r:.60}"
    return BadAnswer(
        f"{question.id}: 答え {shown} はありません。使えるのは: {', '.join(allowed)}",
        f"{question.id}: {shown} is not an answer here. Allowed: {', '.join(allowed)}",
    )


def answer_observation(answer: Answer, *, company: Subject, at: datetime) -> Observation:
    """Return the observation that keeps ``answer``: what was said, by the company, when."""
    return seen(
        CompanyAnswer(answer.question, answer.choices, answer.number),
        subject=company,
        source="answered",
        at=at,
    )
