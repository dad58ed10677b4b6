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

from tojimari.ask import questionnaire as ask
from tojimari.ask.questionnaire import Screen, Strict
from tojimari.model import State, Text, When

RESPONDENT, WEIGHT, STRATUM, CLUSTER = "respondent", "weight", "stratum", "cluster"
"""Names of the columns of a response file that are not questions."""


class Option(ask.Option, frozen=True):
    """One answer, with what a survey knows of it beside asking.

    ``code`` is its number in files that hold numbers (SAV); ``codes`` are other spellings that an
    imported file may use for it. ``says``: what choosing it means for controls of the catalog.
    ``added``: for a questionnaire rebuilt from a publication, an answer that the publication does
    not print; no published figure may be tied to it.
    """

    code: int | None = None
    codes: tuple[str, ...] = ()
    says: dict[str, State] = msgspec.field(default_factory=dict)
    added: bool = False


class Question(ask.Question[Option], frozen=True):
    """One question, with what a survey knows of it beside asking.

    Attributes:
        base: who is asked, in words; stands under tables. None: everybody.
        catalog: id of the catalog's question that is asked here with the same option ids, so that
            answering also gives the company its diagnosis; "" for none.
        otherwise: for several and upto: state of a control that no chosen option spoke about.
        skipped_says: state of controls when the question is not asked (``when`` is false).
        note: stands under every table of this question.
        names: what else an imported file may call its column: the name in the form it comes from.
        row_names: for a matrix: row id -> what else an imported file may call the row's column.
        missing: values of a number in imported files that mean that there is no answer.
    """

    base: Text | None = None
    catalog: str = ""
    names: tuple[str, ...] = ()
    row_names: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    missing: tuple[str, ...] = ()
    otherwise: dict[str, State] = msgspec.field(default_factory=dict)
    skipped_says: dict[str, State] = msgspec.field(default_factory=dict)
    note: Text | None = None


class Section(Strict, frozen=True):
    """A part of the questionnaire: a heading and the ids of its questions, in order."""

    id: str
    title: Text
    questions: tuple[str, ...]


class Group(Strict, frozen=True):
    """One group of a derived variable: those for whom ``when`` holds."""

    id: str
    text: Text
    when: When


class Derived(Strict, frozen=True):
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


class Figure(Strict, frozen=True):
    """One figure of the report.

    Attributes:
        kind: grouped bars (by a break), stacked 100% bars, ranked bars of a several-answer
            question, a time series.
        of: ids of questions, derived variables or ``matrix.row``; several are drawn side by side.
        by: break variable; "" for the whole sample only.
        only: option ids that are drawn; all when empty.
        number: the figure's number in print.
        panel: "a", "b" ... where one printed number holds several figures.
        scale: whether the answers of stacked bars are steps of a scale (shades of one colour, "don't
            know" apart) or kinds (a colour each).
    """

    id: str
    number: int
    kind: Literal["grouped", "stacked", "ranked", "series"]
    title: Text
    of: tuple[str, ...]
    by: str = ""
    only: tuple[str, ...] = ()
    panel: str = ""
    scale: Literal["ordinal", "nominal"] = "ordinal"
    note: Text | None = None


class Questionnaire(Strict, frozen=True):
    """A whole survey: what is asked, of whom, and how it is broken down and drawn.

    Attributes:
        consent: what taking part means; shown before the first question.
        universe: whom the survey speaks about.
        mode: how it was asked ("web", on paper ...), in words.
        fielded: first and last day of fieldwork, both inclusive; None while it is not known.
        breaks: ids of questions or derived variables that tables are broken down by.
        source: where the questions come from; empty for one's own.
        columns: fixed column (respondent, weight, stratum, cluster) -> its name in imported files.
        left_out: columns of imported files that are passed over.
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
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def in_order(self) -> list[Question]:
        """Return the questions in the order in which they are asked (that of the sections)."""
        by_id = {question.id: question for question in self.questions}
        return [
            by_id[id_] for section in self.sections for id_ in section.questions if id_ in by_id
        ]

    def as_asked(self) -> ask.Questionnaire:
        """Return what of it is asked, as the engine asks it."""
        return ask.Questionnaire(tuple(self.in_order()), self.screens)
