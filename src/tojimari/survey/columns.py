"""The columns of a response file, in order."""

from collections.abc import Iterator
from itertools import count
from typing import Literal

import msgspec

from tojimari.ask.questionnaire import options_of
from tojimari.model import DONT_KNOW, Lang
from tojimari.survey.schema import CLUSTER as CLUSTER_COLUMN
from tojimari.survey.schema import RESPONDENT, STRATUM, WEIGHT, Question, Questionnaire

OWN_COLUMNS = (RESPONDENT, WEIGHT, STRATUM, CLUSTER_COLUMN)
FIELDWORK_COLUMNS = ("finished_on", "seconds", "flags")
"""What the portal writes beside the answers: about the fieldwork, not about the companies."""
ORIGIN_COLUMN = "origin"
"""Says in tables without metadata (CSV, SAV) what the rows are when they are no survey's answers."""


class Column(msgspec.Struct, frozen=True):
    """One column of answers.

    Attributes:
        name: in the file.
        kind: choice (an option's id), flag (true or false), number, text.
        question: id of its question.
        row: id of the matrix row, else "".
        option: id of the option a flag stands for, else "".
    """

    name: str
    kind: Literal["choice", "flag", "number", "text"]
    question: str
    row: str = ""
    option: str = ""


def codes_of(question: Question) -> dict[str, int]:
    """Return option id -> number in files that hold numbers; free numbers where none is given."""
    options = options_of(question)
    found = {option.id: option.code for option in question.options if option.code is not None}
    taken = {option.id for option in options}
    taken |= {way for option in question.options for way in option.codes}
    taken |= {str(code) for code in found.values()}
    free = (number for number in count(1) if str(number) not in taken)
    return {option.id: found[option.id] if option.id in found else next(free) for option in options}


def columns_of(question: Question) -> tuple[Column, ...]:
    """Return the columns that ``question`` has in a response file."""
    match question.type:
        case "single":
            return (Column(question.id, "choice", question.id),)
        case "several" | "upto":
            return tuple(
                Column(f"{question.id}__{option.id}", "flag", question.id, option=option.id)
                for option in options_of(question)
            )
        case "number":
            number = Column(question.id, "number", question.id)
            if not question.dont_know:
                return (number,)
            flag = Column(f"{question.id}__{DONT_KNOW}", "flag", question.id, option=DONT_KNOW)
            return (number, flag)
        case "text":
            return (Column(question.id, "text", question.id),)
        case "matrix":
            return tuple(
                Column(f"{question.id}__{row.id}", "choice", question.id, row=row.id)
                for row in question.rows
            )


def answer_columns(questionnaire: Questionnaire) -> Iterator[Column]:
    """Yield every column of answers in the order in which the questions are asked."""
    for question in questionnaire.in_order():
        yield from columns_of(question)


def label_of(column: Column, question: Question, lang: Lang) -> str:
    """Return what a column holds, in words: the question, and the row or option it stands for."""
    parts = [question.text]
    parts += [row.text for row in question.rows if row.id == column.row]
    parts += [option.text for option in options_of(question) if option.id == column.option]
    return " / ".join(part.ja if lang == "ja" else part.en for part in parts)
