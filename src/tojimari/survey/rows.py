"""Between the answers of one respondent and one row of a response file."""

from collections.abc import Mapping

from tojimari.model import DONT_KNOW, Answers, Given
from tojimari.survey.columns import columns_of
from tojimari.survey.schema import RESPONDENT, Question, Questionnaire

Value = str | float | bool | None


def row_of(questionnaire: Questionnaire, respondent: str, answers: Answers) -> dict[str, Value]:
    """Return the row of one respondent: column -> value, every column there (see schema)."""
    row: dict[str, Value] = {RESPONDENT: respondent}
    for question in questionnaire.in_order():
        given = answers.get(question.id)
        for column in columns_of(question):
            if given is None:
                row[column.name] = None
            elif isinstance(given, Mapping):
                row[column.name] = given.get(column.row)
            elif question.type == "number":
                unknown = given == DONT_KNOW
                row[column.name] = (
                    unknown if column.option else None if unknown else given  # type: ignore[assignment]
                )
            elif isinstance(given, tuple):
                row[column.name] = column.option in given
            else:
                row[column.name] = given
    return row


def answers_of(questionnaire: Questionnaire, row: Mapping[str, Value]) -> dict[str, Given]:
    """Return the answers in one row; what is null or not in the row was not answered."""
    answers: dict[str, Given] = {}
    for question in questionnaire.in_order():
        given = _answer(question, row)
        if given is not None:
            answers[question.id] = given
    return answers


def _answer(question: Question, row: Mapping[str, Value]) -> Given | None:
    columns = columns_of(question)
    values = {column: row.get(column.name) for column in columns}
    match question.type:
        case "several" | "upto":
            if all(value is None for value in values.values()):
                return None
            return tuple(column.option for column, value in values.items() if value)
        case "matrix":
            given = {c.row: str(value) for c, value in values.items() if value is not None}
            return given or None
        case "number":
            if len(columns) > 1 and values[columns[1]]:
                return DONT_KNOW
            number = values[columns[0]]
            return None if number is None else float(number) if not question.whole else int(number)
        case _:
            value = values[columns[0]]
            return None if value is None else str(value)
