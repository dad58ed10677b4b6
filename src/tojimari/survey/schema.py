"""Shape of a questionnaire file. Strict: an unknown key or a missing language is an error.

One column of responses a question, so that any table reader can open them:

| question | column | value |
|---|---|---|
| single | ``id`` | the option's id |
| several, upto | ``id__option``, one an option | true or false |
| number | ``id`` | the number |
| text | ``id`` | the text |
| matrix | ``id__row``, one a row | the option's id |

Null in every column of a question means it was not answered; where its ``when`` does not hold it
was not asked and must be null. "Don't know" is the option id ``dont_know`` (for several, upto and
number: the column ``id__dont_know``, true or false). Besides these a file has ``respondent``
(unique text) and may have ``weight`` (more than 0), ``stratum`` and ``cluster``.
"""

from datetime import date
from typing import Literal

import msgspec

from tojimari.model import State, Text

DONT_KNOW = "dont_know"
RESPONDENT, WEIGHT, STRATUM, CLUSTER = "respondent", "weight", "stratum", "cluster"
"""Names of the columns of a response file that are not questions."""

QuestionType = Literal["single", "several", "upto", "number", "text", "matrix"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class When(_Strict, frozen=True):
    """A condition on earlier answers: one test of one question, or a combination of conditions.

    A test names ``question`` (``row`` too for a matrix) and gives one of ``one_of``, ``none_of``
    (option ids; for several: any, or none, of them chosen), ``at_least``, ``at_most`` (numbers) or
    ``answered``. A test of a question that was not answered does not hold, whatever it asks for,
    except ``answered: false``. A combination gives one of ``all``, ``any``, ``no``.
    """

    question: str = ""
    row: str = ""
    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    answered: bool | None = None
    all: tuple["When", ...] | None = None
    any: tuple["When", ...] | None = None
    no: "When | None" = None


class Option(_Strict, frozen=True):
    """One answer.

    ``alone`` excludes the others (for several); ``fixed`` keeps its place when the order is drawn;
    ``code`` is its number in files that hold numbers (SAV); ``codes`` are other spellings that an
    imported file may use for it. ``says``: what choosing it means for controls of the catalog.
    ``added``: for a questionnaire rebuilt from a publication, an answer that the publication does
    not print; no published figure may be tied to it.
    """

    id: str
    text: Text
    alone: bool = False
    fixed: bool = False
    code: int | None = None
    codes: tuple[str, ...] = ()
    says: dict[str, State] = {}
    added: bool = False


class Row(_Strict, frozen=True):
    """One line of a matrix, asked only where ``when`` holds."""

    id: str
    text: Text
    when: When | None = None


class Question(_Strict, frozen=True):
    """One question, shown on a page of its own.

    Attributes:
        type: single, several, upto (several, at most ``at_most``), number, text (free), matrix
            (one of ``options`` for each of ``rows``).
        text: may quote an earlier answer as ``{id}``.
        base: who is asked, in words; stands under tables. None: everybody.
        when: asked only where this holds.
        shuffle: the options come in an order drawn for each respondent.
        required: may not be left out; "don't know" counts as an answer.
        dont_know: "don't know" is offered.
        catalog: id of the catalog's question that is asked here with the same option ids, so that
            answering also gives the company its diagnosis; "" for none.
        otherwise: for several and upto: state of a control that no chosen option spoke about.
        skipped_says: state of controls when the question is not asked (``when`` is false).
        minimum, maximum: inclusive, for numbers; ``whole`` numbers only unless false.
        max_chars: for free text.
        note: stands under every table of this question.
    """

    id: str
    type: QuestionType
    text: Text
    help: Text | None = None
    base: Text | None = None
    options: tuple[Option, ...] = ()
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
    catalog: str = ""
    otherwise: dict[str, State] = {}
    skipped_says: dict[str, State] = {}
    note: Text | None = None


class Section(_Strict, frozen=True):
    """A part of the questionnaire: a heading and the ids of its questions, in order."""

    id: str
    title: Text
    questions: tuple[str, ...]


class Group(_Strict, frozen=True):
    """One group of a derived variable: those for whom ``when`` holds."""

    id: str
    text: Text
    when: When


class Derived(_Strict, frozen=True):
    """A variable made from answers: break variables and answers put together.

    The first group that holds is taken; with ``several`` every group that holds ("any telework").
    ``when``: whom it is about; outside of that, and where no group holds, it is null.
    """

    id: str
    text: Text
    groups: tuple[Group, ...]
    several: bool = False
    base: Text | None = None
    when: When | None = None
    note: Text | None = None


class Screen(_Strict, frozen=True):
    """Who is thanked and let go: asked nothing more where ``when`` holds."""

    when: When
    say: Text


class Figure(_Strict, frozen=True):
    """One figure of the report.

    Attributes:
        kind: grouped bars (by a break), stacked 100% bars, ranked bars of a several-answer
            question, a time series.
        of: ids of questions, derived variables or ``matrix.row``; several are drawn side by side.
        by: break variable; "" for the whole sample only.
        only: option ids that are drawn; all when empty.
        number: the figure's number in print.
        panel: "a", "b" ... where one printed number holds several figures.
    """

    id: str
    number: int
    kind: Literal["grouped", "stacked", "ranked", "series"]
    title: Text
    of: tuple[str, ...]
    by: str = ""
    only: tuple[str, ...] = ()
    panel: str = ""
    note: Text | None = None


class Questionnaire(_Strict, frozen=True):
    """A whole survey: what is asked, of whom, and how it is broken down and drawn.

    Attributes:
        consent: what taking part means; shown before the first question.
        universe: whom the survey speaks about.
        mode: how it was asked ("web", on paper ...), in words.
        fielded: first and last day of fieldwork, both inclusive; None while it is not known.
        breaks: ids of questions or derived variables that tables are broken down by.
        source: where the questions come from; empty for one's own.
    """

    id: str
    version: str
    title: Text
    about: Text
    consent: Text
    universe: Text
    mode: Text
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    fielded: tuple[date, date] | None = None
    derived: tuple[Derived, ...] = ()
    breaks: tuple[str, ...] = ()
    screens: tuple[Screen, ...] = ()
    figures: tuple[Figure, ...] = ()
    source: Text | None = None
    notes: tuple[Text, ...] = ()
