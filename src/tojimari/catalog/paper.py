"""Shapes of the catalog's papers: what is asked for one, its sections, and what each sentence shows."""

from typing import Literal

import msgspec

from tojimari.model import Text

PaperForm = Literal["rules", "plan", "list", "record", "declaration", "gaps", "workbook"]
"""``rules`` have articles (第1条) and supplementary provisions; all others numbered headings."""
QuestionForm = Literal["line", "lines", "rows", "day", "choice"]
KNOWN_LINES = ("first-minutes", "desks")
"""Lines that the catalog itself has: what everybody does first, and the desks that help."""
KNOWN_TABLES = (
    "people",
    "contacts",
    "devices",
    "outside",
    "basics",
    "items25",
    "star3",
    "points",
    "made",
    "due",
)
"""Tables made of what is known of a company."""
KNOWN_PLACES = (
    "company",
    "responsible",
    "people_count",
    "device_count",
    "today",
    "plan_by",
    "year",
)
"""Places of sentences that are filled with what is known; all others are ids of questions."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class PaperOption(_Strict, frozen=True):
    """One answer of a choice, in the words that the paper then uses."""

    id: str
    text: Text


class PaperQuestion(_Strict, frozen=True):
    """One plain question of a paper.

    Attributes:
        type: a line, several lines, rows (a line each, cells between commas), a day, a choice.
        columns: of rows.
        done: a day of something that was done: one to come is refused, and what is told of it counts
            for a year from then.
        pattern: what a line must be, whole; "" for anything.
    """

    id: str
    type: QuestionForm
    text: Text
    help: Text | None = None
    options: tuple[PaperOption, ...] = ()
    columns: tuple[Text, ...] = ()
    done: bool = False
    pattern: str = ""


class Clause(_Strict, frozen=True):
    """A sentence, or a table, or lines the catalog has.

    Attributes:
        text: the sentence; its places are ``KNOWN_PLACES`` and ids of questions.
        table: a known table, or the id of a question of the form ``rows``.
        lines: lines that the catalog has, or the id of a question of the form ``lines``.
        practice: controls that it claims are in place. Where one is not, it says "not yet" instead.
        covers: criteria of SCS star 3 that it answers.
        shows: controls of which it is a part of the paper or record that shows them.
        needs: questions that must be answered, and known tables that must not be empty, before it
            counts; places in the text need no mention.
        when: choice question -> the option for which it is there.
    """

    text: Text | None = None
    table: str = ""
    lines: str = ""
    practice: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    when: dict[str, str] = {}


class PaperSection(_Strict, frozen=True):
    """A section or article."""

    id: str
    title: Text
    clauses: tuple[Clause, ...]


class Point(_Strict, frozen=True):
    """Something that a certification asks for, in our words.

    Attributes:
        ref: where the certification has it.
        controls: what of ours belongs to it; none: nothing here can tell.
        papers: kinds of papers that belong to it.
    """

    ref: str
    text: Text
    controls: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


class PaperKind(_Strict, frozen=True):
    """A paper that a company can have made.

    Attributes:
        about: what it is for, in one sentence.
        renew_days: how long it counts after approval; None: it is a list for oneself, never approved.
        approve_needs: questions that must be answered before it can be approved.
        mark: how the facts in it were checked.
    """

    id: str
    order: int
    form: PaperForm
    title: Text
    about: Text
    sections: tuple[PaperSection, ...]
    renew_days: int | None = 365
    approve_needs: tuple[str, ...] = ()
    questions: tuple[PaperQuestion, ...] = ()
    points: tuple[Point, ...] = ()
    sources: tuple[str, ...] = ()
    mark: Literal["publisher", "secondary", "unverified", "ours"] = "ours"

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Every clause, in order."""
        return tuple(clause for section in self.sections for clause in section.clauses)

    @property
    def shows(self) -> tuple[str, ...]:
        """Ids of the controls it shows when every part of it is there."""
        return tuple(dict.fromkeys(id_ for clause in self.clauses for id_ in clause.shows))
