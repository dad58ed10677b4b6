"""What can be asked: questions, options, rows, screens. Both the diagnosis and surveys are this."""

from typing import Generic, Literal, TypeVar

import msgspec

from tojimari.model import DONT_KNOW, Text, When

QuestionType = Literal["single", "several", "upto", "number", "text", "matrix"]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a questionnaire file: an unknown key is an error."""


class Option(Strict, frozen=True):
    """One answer.

    ``alone`` excludes the others (for several); ``fixed`` keeps its place when the order is drawn.
    """

    id: str
    text: Text
    alone: bool = False
    fixed: bool = False


OptionT = TypeVar("OptionT", bound=Option, covariant=True)


class Row(Strict, frozen=True):
    """One line of a matrix, asked only where ``when`` holds."""

    id: str
    text: Text
    when: When | None = None


class Question(Strict, Generic[OptionT], frozen=True):
    """One question, shown on a page of its own.

    Attributes:
        type: single, several, upto (several, at most ``at_most``), number, text (free), matrix
            (one of ``options`` for each of ``rows``).
        text: may quote an earlier answer as ``{id}``.
        when: asked only where this holds.
        shuffle: the options come in an order drawn for each respondent.
        required: may not be left out; "don't know" counts as an answer. In a questionnaire file free
            text may be left out unless ``required: true`` is written.
        dont_know: "don't know" is offered.
        minimum, maximum: inclusive, for numbers; ``whole`` numbers only unless false.
        max_chars: for free text.
    """

    id: str
    type: QuestionType
    text: Text
    help: Text | None = None
    options: tuple[OptionT, ...] = ()
    rows: tuple[Row, ...] = ()
    at_most: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = True
    unit: Text | None = None
    max_chars: int = 1000
    when: When | None = None
    shuffle: bool = False
    required: bool = True
    dont_know: bool = False


AnyQuestion = Question[Option]


class Screen(Strict, frozen=True):
    """Who is thanked and let go: asked nothing more where ``when`` holds."""

    when: When
    say: Text


class Questionnaire(msgspec.Struct, frozen=True):
    """Questions in the order they are asked; a condition names only earlier ones.

    Attributes:
        ask_in_doubt: a question whose condition hangs on what is not answered yet is asked, and
            what hangs on a "don't know" is left open; otherwise a question is asked only once
            its condition holds.
    """

    questions: tuple[AnyQuestion, ...]
    screens: tuple[Screen, ...] = ()
    ask_in_doubt: bool = False


DONT_KNOW_OPTION = Option(DONT_KNOW, Text(ja="わからない", en="Don't know"), alone=True, fixed=True)


def options_of(question: AnyQuestion) -> tuple[Option, ...]:
    """Return the options that can be chosen, "don't know" last where it is offered."""
    return (*question.options, DONT_KNOW_OPTION) if question.dont_know else question.options
