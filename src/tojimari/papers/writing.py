"""Writes a paper from its kind, what is known, and what was answered. Pure."""

import string
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.paper import KNOWN_TABLES, Clause, PaperKind, PaperQuestion
from tojimari.model import Lang, Text
from tojimari.papers.answers import day_words, rows_of, says_none
from tojimari.papers.blocks import normal, one_line, table_text
from tojimari.papers.claims import claim, open_controls
from tojimari.papers.known import Known
from tojimari.papers.tables import known_table

_A_YEAR = 365
Status = Literal["stated", "not_yet", "unconfirmed", "blank"]


class WrittenClause(msgspec.Struct, frozen=True):
    """A sentence, table or lines as they stand in the paper.

    Attributes:
        done_on: the day on which what it tells of was done (YYYY-MM-DD); "" where it tells of none.
        status: ``stated``; ``not_yet`` (it says by when instead); ``unconfirmed`` (of the practice
            nothing is known, and it says so); ``blank`` (something must be answered first).
    """

    text: str
    status: Status
    covers: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    done_on: str = ""


class WrittenSection(msgspec.Struct, frozen=True):
    """A section as it was written. text: see ``blocks``."""

    id: str
    title: str
    clauses: tuple[WrittenClause, ...]

    @property
    def text(self) -> str:
        """Every line of the section."""
        return "\n".join(clause.text for clause in self.clauses)


class Written(msgspec.Struct, frozen=True):
    """A paper in one language.

    Attributes:
        sections: as written by us; changes by hand are laid over them (``edited``).
        wants: ids of the criteria that such a paper answers, without those that do not apply.
        edited: section id -> text that a hand made of it.
    """

    kind: str
    lang: Lang
    title: str
    sections: tuple[WrittenSection, ...]
    wants: tuple[str, ...] = ()
    edited: dict[str, str] = {}

    def text_of(self, section: WrittenSection) -> str:
        """Return the text of a section as it stands: by hand where a hand changed it."""
        return self.edited.get(section.id, section.text)

    def _standing(self) -> list[tuple[WrittenClause, bool]]:
        """Return every clause with whether it is stated, and still there after changes by hand."""
        return [
            (clause, clause.status == "stated" and normal(clause.text) in normal(self.text_of(one)))
            for one in self.sections
            for clause in one.clauses
        ]

    @property
    def covered(self) -> tuple[str, ...]:
        """Ids of the criteria that it answers: every sentence for it is there."""
        return _all_of((clause.covers, there) for clause, there in self._standing())

    @property
    def open_criteria(self) -> tuple[str, ...]:
        """Ids of the criteria that it would answer, and does not yet."""
        covered = set(self.covered)
        return tuple(id_ for id_ in self.wants if id_ not in covered)

    @property
    def shows(self) -> tuple[str, ...]:
        """Ids of the controls that it shows once approved: every part for it is there."""
        return _all_of((clause.shows, there) for clause, there in self._standing())

    def done_on(self, id_: str) -> str:
        """Return the day from which a criterion or control counts; "" for that of the approval."""
        days = [
            clause.done_on
            for one in self.sections
            for clause in one.clauses
            if id_ in (*clause.covers, *clause.shows) and clause.done_on
        ]
        return min(days, default="")

    @property
    def blanks(self) -> int:
        """How many sentences wait for an answer."""
        return sum(c.status == "blank" for one in self.sections for c in one.clauses)

    @property
    def not_yet(self) -> int:
        """How many sentences say that something is not done, or not known, yet."""
        said = ("not_yet", "unconfirmed")
        return sum(c.status in said for one in self.sections for c in one.clauses)


def _all_of(found: Iterable[tuple[tuple[str, ...], bool]]) -> tuple[str, ...]:
    """Return the ids whose every clause is there."""
    holds: dict[str, bool] = {}
    for ids, there in found:
        for id_ in ids:
            holds[id_] = holds.get(id_, True) and there
    return tuple(id_ for id_, there in holds.items() if there)


class _Making(msgspec.Struct, frozen=True):
    kind: PaperKind
    known: Known
    answers: Mapping[str, str]
    plan_by: date
    catalog: Catalog
    lang: Lang

    def say(self, key: str, **values: object) -> str:
        return self.catalog.ui(f"paper.{key}").say(self.lang, **values)

    @property
    def day(self) -> str:
        return day_words(self.plan_by, self.lang)


def write(
    kind: PaperKind,
    known: Known,
    answers: Mapping[str, str],
    *,
    plan_by: date,
    catalog: Catalog,
    lang: Lang,
) -> Written:
    """Return a paper of what is known and was answered.

    answers: checked ones (``answers.checked``). plan_by: the day by which what is not in place is to
    be; each such sentence names it.
    """
    making = _Making(kind, known, answers, plan_by, catalog, lang)
    sections = []
    for section in kind.sections:
        clauses = [
            written
            for clause in section.clauses
            if (written := _clause(clause, making, section.title.say(lang))) is not None
        ]
        if clauses:
            sections.append(WrittenSection(section.id, section.title.say(lang), tuple(clauses)))
    wants = dict.fromkeys(
        id_
        for clause in kind.clauses
        if not clause.practice or claim(clause.practice, known.assessment) != "left_out"
        for id_ in clause.covers
    )
    return Written(kind.id, lang, kind.title.say(lang), tuple(sections), tuple(wants))


def _clause(clause: Clause, making: _Making, title: str) -> WrittenClause | None:
    """Return a clause as it stands in the paper; None where it does not belong there."""
    for question, option in clause.when.items():
        given = making.answers.get(question, "")
        if not given and _first_option(question, making) == option and clause.text is not None:
            return WrittenClause(making.say("blank"), "blank", clause.covers, clause.shows)
        if given != option:
            return None
    if clause.practice:
        said = claim(clause.practice, making.known.assessment)
        if said == "left_out":
            return None
        if said != "stated":
            return WrittenClause(
                _not_yet(clause.practice, making), said, clause.covers, clause.shows
            )
    days = [making.answers.get(one.id, "") for one in _done_questions(clause, making)]
    undone = _undone(days, title, making)
    if undone:
        return WrittenClause(undone, "not_yet", clause.covers, clause.shows)
    text, blank = _text(clause, making)
    blank = blank or any(not _has(name, making) for name in clause.needs)
    status: Status = "blank" if blank else "stated"
    return WrittenClause(text, status, clause.covers, clause.shows, min(days, default=""))


def _first_option(id_: str, making: _Making) -> str:
    """Return the option whose clause stands for a choice that was not made yet."""
    question = _question(id_, making)
    return question.options[0].id if question is not None and question.options else ""


def _not_yet(practice: tuple[str, ...], making: _Making) -> str:
    """Return what is said in place of a practice: what is open, and the day by which it is done."""
    lines = []
    for id_ in open_controls(practice, making.known.assessment):
        said = claim((id_,), making.known.assessment)
        do = making.catalog.controls[id_].do.say(making.lang)
        lines.append(making.say(said, do=do, day=making.day))
    return "\n".join(lines)


def _question(id_: str, making: _Making) -> PaperQuestion | None:
    return next((one for one in making.kind.questions if one.id == id_), None)


def _has(name: str, making: _Making) -> bool:
    """Return whether a question was answered; a known table that has rows."""
    if name in KNOWN_TABLES and _question(name, making) is None:
        return len(_known_rows(name, making)) > 1
    return bool(making.answers.get(name))


def _known_rows(name: str, making: _Making) -> list[tuple[str, ...]]:
    return known_table(name, making.kind, making.known, making.catalog, making.lang)


def _places(text: Text) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text.ja) if name]


def _done_questions(clause: Clause, making: _Making) -> list[PaperQuestion]:
    """Return the questions after days on which what a clause tells of was done."""
    names = [*(_places(clause.text) if clause.text else ()), *clause.needs]
    asked = [_question(name, making) for name in names]
    return [one for one in asked if one is not None and one.done]


def _undone(days: list[str], what: str, making: _Making) -> str:
    """Return what is said where something was not done, or not for a year; "" where it was."""
    if not days:
        return ""
    if not all(days):
        return making.say("undone", what=what, day=making.day)
    oldest = date.fromisoformat(min(days))
    if oldest + timedelta(days=_A_YEAR) < making.known.today:
        last = day_words(oldest, making.lang)
        return making.say("too_old", what=what, last=last, day=making.day)
    return ""


def _text(clause: Clause, making: _Making) -> tuple[str, bool]:
    """Return the text of a clause, and whether something in it waits for an answer."""
    if clause.table:
        return _table(clause.table, making)
    if clause.lines:
        return _lines(clause.lines, making)
    text = clause.text
    assert text is not None  # noqa: S101  # the lint holds it
    values = {name: _value(name, making) for name in _places(text)}
    mark = making.say("blank")
    filled = {name: value or mark for name, value in values.items()}
    template = text.ja if making.lang == "ja" else text.en
    return template.format_map(filled) if filled else template, not all(values.values())


def _table(name: str, making: _Making) -> tuple[str, bool]:
    question = _question(name, making)
    if question is None:
        rows = _known_rows(name, making)
        if len(rows) > 1:
            return table_text(rows), False
        return making.say(f"empty.{name}"), name in ("contacts", "people")
    given = making.answers.get(name, "")
    if not given:
        return making.say("blank_table"), True
    if says_none(given):
        return making.say("none"), False
    head = tuple(column.say(making.lang) for column in question.columns)
    return table_text([head, *rows_of(question, given)]), False


def _lines(name: str, making: _Making) -> tuple[str, bool]:
    knowledge, lang = making.catalog.incidents, making.lang
    if name == "first-minutes":
        return "\n".join(line.say(lang) for line in knowledge.sheet), False
    if name == "desks":
        desks = [one for one in knowledge.contacts.values() if one.phone or one.mail]
        return "\n".join(
            making.say(
                "desk",
                name=one.name.say(lang),
                reach=one.phone or one.mail,
                purpose=one.purpose.say(lang),
                day=one.checked.isoformat(),
            )
            for one in desks
        ), False
    given = [one_line(line) for line in making.answers.get(name, "").split("\n") if line.strip()]
    dot = "・" if lang == "ja" else "- "
    return (
        ("\n".join(f"{dot}{line}" for line in given), False)
        if given
        else (making.say("blank"), True)
    )


def _value(name: str, making: _Making) -> str:
    """Return what stands in a place; "" where it waits for an answer."""
    known = making.known
    question = _question(name, making)
    if question is None:
        return {
            "company": one_line(known.company),
            "plan_by": making.day,
            "today": day_words(known.today, making.lang),
            "year": str(known.today.year),
            "people_count": str(len(known.people)),
            "device_count": str(len(known.devices)),
            "responsible": "",
        }[name]
    given = making.answers.get(name, "")
    if question.type == "choice":
        chosen = next((one for one in question.options if one.id == given), None)
        return chosen.text.say(making.lang) if chosen else ""
    if question.type == "day" and given:
        return day_words(given, making.lang)
    return one_line(given).rstrip("。.") if given else ""
