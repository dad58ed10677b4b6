"""The pages on which a questionnaire is written: its questions, their choices, whom they are asked.

Nothing is changed any more once somebody has begun to answer.
"""

import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.ask.questionnaire import Row, options_of
from tojimari.model import Text, When
from tojimari.model.conditions import each_test, named
from tojimari.portal.core.audit import note_as
from tojimari.portal.errors import refused
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.surveys.forms import (
    BlankForm,
    ConditionForm,
    FrontForm,
    MoveForm,
    WrittenQuestionForm,
)
from tojimari.portal.surveys.management import survey_of
from tojimari.portal.surveys.models import Survey
from tojimari.portal.words import catalog, current_lang, say, texts
from tojimari.survey import revision
from tojimari.survey.bases import in_words
from tojimari.survey.consistency import flaws
from tojimari.survey.problems import Flaw
from tojimari.survey.schema import Question, Questionnaire

KINDS = ("single", "number", "text", "matrix")
"""What a new question can be; a choice becomes one of several on its own page."""
CHOICES = ("single", "several", "upto")
QUESTIONS_AT_MOST = 300
JOINS = ("instead", "and", "or")
TESTS_AT_MOST = 10
"""Tests in one condition that is put together on its page; a file may have more."""


def mistakes_of(content: Questionnaire) -> list[Flaw]:
    """Return everything that keeps a questionnaire from being asked."""
    return flaws(content, catalog())


def _in_reading(text: Text | None) -> str:
    return "" if text is None else text.ja if current_lang() == "ja" else text.en


def _in_other(text: Text | None) -> str:
    """Return a text in the language that is not read; "" where one stands for both."""
    if text is None or text.ja == text.en:
        return ""
    return text.en if current_lang() == "ja" else text.ja


def _in_the_other(text: Text) -> str:
    return text.en if current_lang() == "ja" else text.ja


def _written(words: str, other: str) -> Text:
    """Return a text of what was written; one language stands for both."""
    first, second = words or other, other or words
    return Text(ja=first, en=second) if current_lang() == "ja" else Text(ja=second, en=first)


@organisation_view
@require_POST
def begin_blank(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Begin a questionnaire without questions."""
    if organisation.kind == Organisation.BUYER:
        raise Http404
    form = BlankForm(request.POST)
    if not form.is_valid():
        back = reverse("surveys:surveys", args=[organisation.pk])
        return refused(request, form.sentence(), back=back)
    title = form.cleaned_data["title"]
    known = texts()
    content = revision.blank(
        Text(ja=title, en=title),
        known["questions.own_consent"],
        known["questions.own_universe"],
        known["questions.own_mode"],
    )
    survey = Survey.objects.create(
        organisation=organisation,
        title=title,
        questionnaire=msgspec.to_builtins(content),
        draft=True,
    )
    note_as(request, organisation, "survey.made")
    return redirect("surveys:questions", organisation.pk, survey.pk)


@organisation_view
@require_safe
def questions(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID
) -> HttpResponse:
    """List the questions and, at once, everything that has still to be mended."""
    found = survey_of(organisation, survey_id)
    content = found.content()
    order = content.in_order()
    context = {
        "organisation": organisation,
        "survey": found,
        "content": content,
        "questions": [(q, _asked_of(q, content)) for q in order],
        "mistakes": [_placed(flaw, content) for flaw in mistakes_of(content)] if order else [],
        "kinds": [(kind, f"questions.kind_{kind}") for kind in KINDS],
        "closed": found.responses.exists(),
    }
    return render(request, "survey_questions.html", context)


def _asked_of(question: Question, content: Questionnaire) -> str:
    if question.when is None:
        return ""
    ids = {q.id for q in content.questions}
    if not named(question.when) <= ids:
        return say("questions.lost_condition")
    return _in_reading(in_words(question.when, content))


def _placed(flaw: Flaw, content: Questionnaire) -> dict[str, Any]:
    """Return a mistake with the question it stands in, if it stands in one."""
    where, id_ = flaw.key(), ""
    if len(flaw.path) > 1 and flaw.path[0] == "questions" and isinstance(flaw.path[1], int):
        question = content.questions[flaw.path[1]]
        where, id_ = _in_reading(question.text), question.id
    return {"where": where, "id": id_, "reason": _in_reading(flaw.reason)}


def _change(
    request: HttpRequest, survey: Survey, how: Callable[[Questionnaire], Questionnaire], done: str
) -> HttpResponse:
    """Change the questionnaire unless there are answers, and go back to the list."""
    names = [survey.organisation_id, survey.pk]
    back = reverse("surveys:questions", args=names)
    with transaction.atomic():
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        if locked.responses.exists():
            return refused(request, say("questions.closed"), back=back, code=409)
        content = how(locked.content())
        if len(content.questions) > QUESTIONS_AT_MOST:
            sentence = say("questions.too_many", n=QUESTIONS_AT_MOST)
            return refused(request, sentence, back=back)
        locked.questionnaire = msgspec.to_builtins(content)
        # Nobody begins with half a change.
        locked.draft = True
        locked.save(update_fields=["questionnaire", "draft"])
    messages.success(request, say(done))
    return redirect(back)


def _question_of(survey: Survey, question_id: str) -> Question:
    for question in survey.content().questions:
        if question.id == question_id:
            return question
    raise Http404


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def front(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Change what is said before the first question."""
    found = survey_of(organisation, survey_id)
    content, problem = found.content(), ""
    shown = {name: _in_reading(getattr(content, name)) for name in ("about", "consent", "universe")}
    if request.method == "POST":
        form = FrontForm(request.POST)
        if form.is_valid():
            sent = form.cleaned_data
            words = {
                name: _written(sent[name], _in_other(getattr(content, name))) for name in shown
            }
            return _change(
                request, found, lambda old: msgspec.structs.replace(old, **words), "questions.kept"
            )
        problem, shown = form.sentence(), {name: form.data.get(name, "") for name in shown}
    context = {"organisation": organisation, "survey": found, "given": shown, "problem": problem}
    return render(request, "survey_front.html", context, status=400 if problem else 200)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def add(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, kind: str
) -> HttpResponse:
    """Write one more question, at the end."""
    if kind not in KINDS:
        raise Http404
    found = survey_of(organisation, survey_id)
    new = Question("", kind, Text(ja="", en=""), required=kind != "text")  # type: ignore[arg-type]
    return _write(request, found, new)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def edit(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, question_id: str
) -> HttpResponse:
    """Change one question."""
    found = survey_of(organisation, survey_id)
    return _write(request, found, _question_of(found, question_id))


def _write(request: HttpRequest, survey: Survey, before: Question) -> HttpResponse:
    given, problem = _as_typed(before), ""
    if request.method == "POST":
        form = WrittenQuestionForm(request.POST)
        kinds = CHOICES if before.type in CHOICES else (before.type,)
        if form.is_valid() and form.cleaned_data["type"] in kinds:
            written = _from_typed(form.cleaned_data, before)

            def put(content: Questionnaire) -> Questionnaire:
                id_ = written.id or revision.question_id(content)
                return revision.put(content, msgspec.structs.replace(written, id=id_))

            return _change(request, survey, put, "questions.kept")
        problem, given = form.sentence(), {**form.data.dict()}
    context = {
        "organisation": survey.organisation,
        "survey": survey,
        "question": before,
        "given": given,
        "problem": problem,
        "choices": CHOICES if before.type in CHOICES else (),
        "has_options": before.type in (*CHOICES, "matrix"),
    }
    return render(request, "question_edit.html", context, status=400 if problem else 200)


def _lines(parts: Any, say_one: Callable[[Text], str]) -> str:
    return "\n".join(filter(None, (say_one(part.text) for part in parts)))


def _as_typed(question: Question) -> dict[str, str]:
    """Return a question as the fields of its page hold it."""
    typed: dict[str, str] = {"type": question.type}
    for end, say_one in (("", _in_reading), ("_other", _in_other)):
        typed[f"text{end}"] = say_one(question.text)
        typed[f"help{end}"] = say_one(question.help) if question.help else ""
        for name in ("options", "rows"):
            typed[f"{name}{end}"] = _lines(getattr(question, name), say_one)
    for name in ("options", "rows"):  # a word alike in both languages has its line in both
        if typed[f"{name}_other"]:
            typed[f"{name}_other"] = _lines(getattr(question, name), _in_the_other)
    typed["unit"] = _in_reading(question.unit)
    for name in ("at_most", "minimum", "maximum"):
        number = getattr(question, name)
        typed[name] = "" if number is None else f"{number:.15g}"
    typed["required"] = "yes" if question.required else ""
    typed["dont_know"] = "yes" if question.dont_know else ""
    typed["last_alone"] = "yes" if question.options and question.options[-1].alone else ""
    return typed


def _pairs(lines: list[str], others: list[str]) -> list[Text]:
    return [_written(line, other) for line, other in zip(lines, others or lines, strict=True)]


def _from_typed(sent: dict[str, Any], before: Question) -> Question:
    """Return the question that was written; what its page does not show stays as it was."""
    kind = sent["type"]
    choice, number = kind in (*CHOICES, "matrix"), kind == "number"
    lines = _pairs(sent["options"], sent["options_other"]) if choice else []
    options = revision.options_of_lines(lines, before.options)
    if kind in ("several", "upto"):
        # The page shows it of the last one only; others stay as they were.
        last = msgspec.structs.replace(options[-1], alone=sent["last_alone"])
        options = (*options[:-1], last)
    else:
        options = tuple(msgspec.structs.replace(each, alone=False) for each in options)
    rows = _pairs(sent["rows"], sent["rows_other"]) if kind == "matrix" else []
    known = {row.text: row for row in before.rows}
    taken = {row.id for row in before.rows}
    made: list[Row] = []
    for line in rows:
        row = known.get(line) or Row(revision.free_id("r", taken), line)
        taken.add(row.id)
        made.append(row)
    same = kind == before.type and {o.id for o in options} == {o.id for o in before.options}
    return msgspec.structs.replace(
        before,
        type=kind,
        text=_written(sent["text"], sent["text_other"]),
        help=_written(sent["help"], sent["help_other"])
        if sent["help"] or sent["help_other"]
        else None,
        options=options,
        rows=tuple(made),
        at_most=sent["at_most"] if kind == "upto" else None,
        minimum=sent["minimum"] if number else None,
        maximum=sent["maximum"] if number else None,
        unit=_written(sent["unit"], _in_other(before.unit)) if number and sent["unit"] else None,
        required=sent["required"],
        dont_know=sent["dont_know"] and kind != "text",
        # With other answers the catalog's question is not the one that is asked any more.
        catalog=before.catalog if same else "",
    )


@organisation_view
@require_POST
def move(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, question_id: str
) -> HttpResponse:
    """Move a question one place up, or down."""
    found = survey_of(organisation, survey_id)
    _question_of(found, question_id)
    form = MoveForm(request.POST)
    by = -1 if form.is_valid() and form.cleaned_data["up"] else 1
    return _change(
        request, found, lambda content: revision.moved(content, question_id, by), "questions.moved"
    )


@organisation_view
@require_POST
def copy(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, question_id: str
) -> HttpResponse:
    """Put a copy of a question behind it."""
    found = survey_of(organisation, survey_id)
    question = _question_of(found, question_id)

    def doubled(content: Questionnaire) -> Questionnaire:
        twin = msgspec.structs.replace(
            question, id=revision.question_id(content), names=(), row_names={}
        )
        return revision.put(content, twin, after=question_id)

    return _change(request, found, doubled, "questions.copied")


@organisation_view
@require_POST
def take_out(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, question_id: str
) -> HttpResponse:
    """Delete a question."""
    found = survey_of(organisation, survey_id)
    _question_of(found, question_id)
    if revision.is_built_on(found.content(), question_id):
        back = reverse("surveys:questions", args=[organisation.pk, found.pk])
        return refused(request, say("questions.built_on"), back=back, code=409)
    return _change(
        request, found, lambda content: revision.without(content, question_id), "questions.gone"
    )


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def when(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, question_id: str
) -> HttpResponse:
    """Say whom a question is asked, by the answer to an earlier one."""
    found = survey_of(organisation, survey_id)
    question, content, problem = _question_of(found, question_id), found.content(), ""
    before = revision.earlier(content, question_id)
    form = ConditionForm(request.POST)
    sent = form.data if request.method == "POST" else request.GET
    about = next((q for q in before if q.id == sent.get("question")), None)
    if request.method == "POST":
        if form.is_valid():
            test = None
            if form.cleaned_data["do"] == "put":
                test = _joined(
                    question, content, form.cleaned_data, _test(form.cleaned_data, about)
                )
            if test is not None or form.cleaned_data["do"] == "clear":
                asked = revision.with_condition(question, test)
                return _change(
                    request, found, lambda old: revision.put(old, asked), "questions.kept"
                )
        problem = form.sentence()
    context = {
        "organisation": organisation,
        "survey": found,
        "question": question,
        "can_join": _can_join(question, content),
        "now": _asked_of(question, content),
        "earlier": before,
        "about": about,
        "options": options_of(about) if about else (),
        "problem": problem,
    }
    return render(request, "question_when.html", context, status=400 if problem else 200)


def _can_join(question: Question, content: Questionnaire) -> bool:
    """Return whether a test can be added to the condition that a question has."""
    return (
        question.when is not None
        and named(question.when) <= {q.id for q in content.questions}
        and sum(1 for _ in each_test(question.when)) < TESTS_AT_MOST
    )


def _joined(
    question: Question, content: Questionnaire, sent: dict[str, Any], test: When | None
) -> When | None:
    """Return ``test`` joined to the condition there was, as it was asked; None where it cannot be."""
    if test is None or not sent["join"]:
        return test
    if sent["join"] not in JOINS or (
        sent["join"] != "instead" and not _can_join(question, content)
    ):
        return None
    return revision.joined(question.when, test, sent["join"])


def _test(sent: dict[str, Any], about: Question | None) -> When | None:
    """Return the condition that was put together, None where it does not fit the question."""
    if about is None:
        return None
    known = {option.id for option in options_of(about)}
    picked = tuple(dict.fromkeys(sent["options"]))
    row = sent["row"] if about.type == "matrix" else ""
    if about.type == "matrix" and row not in {each.id for each in about.rows}:
        return None
    match about.type, sent["how"]:
        case "number", "at_least" | "at_most" if sent["number"] is not None:
            low = sent["number"] if sent["how"] == "at_least" else None
            high = sent["number"] if sent["how"] == "at_most" else None
            return When(question=about.id, at_least=low, at_most=high)
        case "text", "answered" | "left_out":
            return When(question=about.id, answered=sent["how"] == "answered")
        case "single" | "several" | "upto" | "matrix", "one_of" | "none_of":
            if not picked or not set(picked) <= known:
                return None
            among = picked if sent["how"] == "one_of" else None
            outside = picked if sent["how"] == "none_of" else None
            return When(question=about.id, row=row, one_of=among, none_of=outside)
        case _:
            return None


@organisation_view
@require_POST
def again(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Begin a survey with a copy of the questionnaire, which can be changed."""
    found = survey_of(organisation, survey_id)
    made = Survey.objects.create(
        organisation=organisation,
        title=found.title,
        questionnaire=found.questionnaire,
        draft=True,
    )
    note_as(request, organisation, "survey.made")
    return redirect("surveys:questions", organisation.pk, made.pk)


@organisation_view
@require_POST
def begin_asking(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID
) -> HttpResponse:
    """Let people answer: only a questionnaire without mistakes can be asked."""
    found = survey_of(organisation, survey_id)
    with transaction.atomic():
        # With the lock nothing is changed between the look and the beginning.
        locked = Survey.objects.select_for_update().get(pk=found.pk)
        if mistakes_of(locked.content()):
            back = reverse("surveys:questions", args=[organisation.pk, found.pk])
            return refused(request, say("questions.not_ready"), back=back, code=409)
        locked.draft = False
        locked.save(update_fields=["draft"])
    messages.success(request, say("questions.begun"))
    return redirect("surveys:survey", organisation.pk, found.pk)
