"""The answers of a survey to take along: in the standard columns, or in words to read."""

import csv
import io
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tojimari.ask.questionnaire import options_of
from tojimari.lib.formulas import cell_value
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.downloads import as_file
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.surveys.management import survey_of
from tojimari.portal.surveys.models import Survey, SurveyResponse
from tojimari.portal.words import current_lang, say
from tojimari.survey.columns import FIELDWORK_COLUMNS, answer_columns, label_of
from tojimari.survey.rows import row_of


@organisation_view
@require_safe
def data(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Send the completed answers as CSV in the standard columns, with day, seconds and flags."""
    found = survey_of(organisation, survey_id)
    note_as(request, organisation, "survey.data_taken")
    return _csv(_coded(found), "tojimari-survey.csv")


@organisation_view
@require_safe
def words(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Send the completed answers as CSV to read: questions and options as they were worded."""
    found = survey_of(organisation, survey_id)
    note_as(request, organisation, "survey.data_taken")
    return _csv(_worded(found), "tojimari-survey-words.csv")


def _csv(lines: Iterable[list[Any]], name: str) -> HttpResponse:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([cell_value(value) for value in line] for line in lines)
    answer = HttpResponse(
        out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8"
    )
    return as_file(answer, name)


def _coded(survey: Survey) -> Iterator[list[Any]]:
    content = survey.content()
    names = ["respondent", *(column.name for column in answer_columns(content))]
    yield [*names, *FIELDWORK_COLUMNS]
    for response in survey.completed():
        row = row_of(content, str(response.pk), response.given())
        given = [_plain(row[name]) for name in names]
        yield [*given, response.finished_on, response.seconds, " ".join(response.flags)]


def _plain(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _worded(survey: Survey) -> Iterator[list[Any]]:
    content, lang = survey.content(), current_lang()
    questions = {question.id: question for question in content.questions}
    columns = list(answer_columns(content))
    spelt = {
        question.id: {option.id: option.text.say(lang) for option in options_of(question)}
        for question in content.questions
    }
    heads = [label_of(column, questions[column.question], lang) for column in columns]
    # Two questions may be worded alike: their marks tell them apart.
    named = [
        head if heads.count(head) == 1 else f"{head} ({column.name})"
        for head, column in zip(heads, columns, strict=True)
    ]
    beside = [say(f"survey.words_{name}") for name in FIELDWORK_COLUMNS]
    yield [say("survey.words_respondent"), *named, *beside]
    yes, no = say("survey.words_yes"), say("survey.words_no")
    for response in survey.completed():
        row = row_of(content, str(response.pk), response.given())
        given: list[Any] = []
        for column in columns:
            value = row[column.name]
            if isinstance(value, bool):
                value = yes if value else no
            elif column.kind == "choice" and value is not None:
                value = spelt[column.question].get(str(value), value)
            given.append(value)
        yield [str(response.pk), *given, response.finished_on, response.seconds, _marks(response)]


def _marks(response: SurveyResponse) -> str:
    return ", ".join(say(f"survey.words_{flag}") for flag in response.flags)
