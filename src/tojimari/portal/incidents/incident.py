"""One company's incidents: the list, the page of one, what is known, done and told."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.ask import BadAnswer
from tojimari.ask.answers import parse
from tojimari.ask.flow import next_question, progress, valid_answers
from tojimari.ask.playbooks import duty_questions, guide_questions
from tojimari.ask.questionnaire import AnyQuestion, Questionnaire, options_of
from tojimari.ask.wording import DIAGNOSIS
from tojimari.model import Answers, Given
from tojimari.portal.companies.lookers import lookers_of
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.models import Employee
from tojimari.portal.errors import refused
from tojimari.portal.forms import PortalForm
from tojimari.portal.incidents.chain import append
from tojimari.portal.incidents.forms import (
    CloseForm,
    EntryForm,
    FactsForm,
    IncidentAnswerForm,
    TaskForm,
)
from tojimari.portal.incidents.guide import (
    Place,
    answers_in,
    playbook_or_404,
    values_of,
    whom_to_call,
)
from tojimari.portal.incidents.heads import sign_and_tell
from tojimari.portal.incidents.learning import CHOSEN_AT_MOST, choices_of
from tojimari.portal.incidents.models import (
    Incident,
    IncidentEntry,
    IncidentTask,
)
from tojimari.portal.incidents.notices import end_all, tell_opened
from tojimari.portal.incidents.record import (
    DUTY,
    answers_of,
    hidden_kinds,
    incident_or_404,
    playbook_of,
    seen_by,
)
from tojimari.portal.incidents.rights import INCIDENTS_READ, INCIDENTS_WRITE
from tojimari.portal.incidents.shown import incident_context, rows_of
from tojimari.portal.limits import too_often
from tojimari.portal.words import catalog, current_lang, say

_A_DAY = 40
"""Incidents one company may open in a day."""
_CHOSEN_FROM = 200


def open_incident(
    company: Company,
    kind: str,
    answers: Answers,
    *,
    known_at: datetime,
    opened_as: str,
    by: Any = None,
    **words: str,
) -> Incident:
    """Open an incident, write its first line, and tell the company's people."""
    with transaction.atomic():
        made: Incident = Incident.objects.of(company).create(
            company=company,
            kind=kind,
            answers=dict(answers),
            known_at=known_at,
            opened_as=opened_as,
            opened_by=by,
            **words,
        )
        append(made, IncidentEntry.OPENED, words.get("summary", ""), at=known_at, by=by)
        tell_opened(made, by)
    return made


@company_view(INCIDENTS_READ)
@require_safe
def incidents(request: HttpRequest, company: Company) -> HttpResponse:
    """List the incidents, the open ones first."""
    found = rows_of(seen_by(request.actor, company))
    return render(request, "incidents.html", {"company": company, "incidents": found})


@company_view(INCIDENTS_WRITE)
@require_POST
def open_here(request: HttpRequest, company: Company, kind: str) -> HttpResponse:
    """Make an incident of what was just answered."""
    playbook, form = playbook_or_404(kind), FactsForm(request.POST)
    if not playbook.opens:
        raise Http404
    back = Place(company).minutes(kind, {})
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    if too_often("incident", str(company.pk), times=_A_DAY, seconds=86_400):
        return refused(request, say("incident.too_many"), back=back, code=429)
    answers, _, _ = answers_in(request.GET, guide_questions(playbook, catalog().incidents))
    sent = form.cleaned_data
    made = open_incident(
        company,
        kind,
        answers,
        known_at=sent["known_at"],
        opened_as=request.acting_as,
        by=request.user,
        summary=sent["summary"],
    )
    note_by(request, "incident.opened", company)
    if kind in hidden_kinds(request.actor, company):
        messages.success(request, say("incident.for_owners"))
        return redirect(Place(company).minutes(kind, answers))
    return redirect("incidents:incident", company.pk, made.pk)


@company_view(INCIDENTS_READ)
@require_safe
def incident(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Show one incident: the ten minutes, what is to do, whom to tell by when, what happened."""
    found = incident_or_404(request, company, incident_id)
    note_by(request, "incident.seen", company)
    return incident_page(request, found)


def incident_page(
    request: HttpRequest,
    found: Incident,
    *,
    refusal: tuple[str, PortalForm, str] | None = None,
    code: int = 400,
) -> HttpResponse:
    """Show an incident; with a ``refusal``, a form again with what was typed into it, and why.

    refusal: which of the page's forms, the form, and the sentence that says no.
    """
    company = found.company
    learn = choices_of(found) if found.state == Incident.CLOSED else []
    context = {
        "company": company,
        **incident_context(found),
        "contacts": whom_to_call(playbook_of(found), answers_of(found), company),
        "devices": [one.name for one in lookers_of(company) if one.name][:_CHOSEN_FROM],
        "people": list(
            Employee.objects.of(company)
            .filter(left_at=None)
            .order_by("name")
            .values_list("name", flat=True)[:_CHOSEN_FROM]
        ),
        "now": timezone.localtime(),
        "learn": learn,
        "learned": any(one["chosen"] for one in learn),
        "learn_most": CHOSEN_AT_MOST,
    }
    if refusal is not None:
        which, form, problem = refusal
        context |= {"typed": {which: form.data}, "problems": {which: problem}}
    return render(request, "incident.html", context, status=code if refusal else 200)


@company_view(INCIDENTS_WRITE)
@require_POST
def facts(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Keep since when it is known, and what happened."""
    found, form = incident_or_404(request, company, incident_id), FactsForm(request.POST)
    if not form.is_valid():
        return incident_page(request, found, refusal=("facts", form, form.sentence()))
    summary = form.cleaned_data["summary"]
    known_at = form.cleaned_data["known_at"] if form.data.get("known_at") else found.known_at
    if abs(known_at - found.known_at) < timedelta(minutes=1):  # the field shows no seconds
        known_at = found.known_at
    if summary != found.summary:
        append(found, IncidentEntry.NOTE, summary, by=request.user)
    if known_at != found.known_at:
        append(found, IncidentEntry.NOTICED, at=known_at, by=request.user)
    Incident.objects.of(company).filter(pk=found.pk).update(known_at=known_at, summary=summary)
    note_by(request, "incident.changed", company)
    return redirect(_address(found))


@company_view(INCIDENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def question(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, which: str
) -> HttpResponse:
    """Ask what the deadlines (``duties``) or the steps (``guide``) hang on, one by one."""
    found = incident_or_404(request, company, incident_id)
    makers = {"duties": duty_questions, "guide": guide_questions}
    if which not in makers:
        raise Http404
    asks = makers[which](playbook_of(found), catalog().incidents)
    answers, problem, asked = answers_of(found), "", _asked(request, asks)
    if request.method == "POST" and asked is not None:
        form = IncidentAnswerForm(request.POST)
        try:
            sent = form.cleaned_data["choice"] if form.is_valid() else []
            given = parse(asked, sent, answers, DIAGNOSIS)
        except BadAnswer as error:
            problem = error.plain.say(current_lang())
        else:
            answers = _keep_answer(found, asks, asked.id, given)
            note_by(request, "incident.changed", company)
            return _next_question(found, which, asks, answers, asked.id)
    if asked is None:
        return _next_question(found, which, asks, answers, "")
    return _show_question(request, found, asks, asked, problem)


def _asked(request: HttpRequest, asks: Questionnaire) -> AnyQuestion | None:
    id_ = request.GET.get("q", "")
    return next((one for one in asks.questions if one.id == id_), None)


def _keep_answer(
    found: Incident, asks: Questionnaire, id_: str, given: Given | None
) -> dict[str, Given]:
    """Keep one answer, and drop those of the same questions that it makes pointless."""
    with transaction.atomic():
        row = Incident.objects.of(found.company_id).select_for_update().get(pk=found.pk)
        answers = answers_of(row)
        if given is not None:
            answers[id_] = given
        ours = {question.id for question in asks.questions}
        counted = valid_answers(asks, answers)
        answers = {
            key: value for key, value in answers.items() if key not in ours or key in counted
        }
        row.answers = answers
        row.save(update_fields=["answers"])
    return answers


def _next_question(
    found: Incident, which: str, asks: Questionnaire, answers: Answers, after: str
) -> HttpResponse:
    following = next_question(asks, answers, after=after)
    if following is None and not after and asks.questions:
        following = asks.questions[0]  # all was answered: somebody wants to go through it again
    if following is None:
        return redirect(_address(found))
    address = redirect("incidents:incident_question", found.company_id, found.pk, which)
    address["Location"] += f"?q={following.id}"
    return address


def _show_question(
    request: HttpRequest,
    found: Incident,
    asks: Questionnaire,
    asked: AnyQuestion,
    problem: str,
) -> HttpResponse:
    answers = answers_of(found)
    context = {
        "base": "company_base.html",
        "company": found.company,
        "post": True,
        "field": "choice",
        "question": asked,
        "options": options_of(asked),
        "chosen": values_of(answers.get(asked.id, ())),
        "problem": problem,
        "progress": round(100 * progress(asks, answers)),
        "back": _address(found),
    }
    return render(request, "odd_question.html", context, status=400 if problem else 200)


def _address(found: Incident, part: str = "") -> str:
    path = reverse("incidents:incident", args=[found.company_id, found.pk])
    return f"{path}#{part}" if part else path


@company_view(INCIDENTS_WRITE)
@require_POST
def task(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Tick a task or a duty, open it again, or say who does it."""
    found, form = incident_or_404(request, company, incident_id), TaskForm(request.POST)
    known = catalog().incidents
    id_ = form.cleaned_data["task"] if form.is_valid() else ""
    duty = id_.removeprefix(DUTY) if id_.startswith(DUTY) else ""
    if not (duty in known.duties if duty else id_ in known.tasks):
        return refused(request, say("error.bad_request"), back=_address(found))
    done = form.cleaned_data["done"]
    with transaction.atomic():
        row, _ = (
            IncidentTask.objects.of(company)
            .select_for_update()
            .get_or_create(company=company, incident=found, task=id_)
        )
        changed = done != (row.done_at is not None)
        before = (row.who, row.note)
        row.who, row.note = form.cleaned_data["who"], form.cleaned_data["note"]
        if changed:
            row.done_at = timezone.now() if done else None
            row.done_by = request.user if done else None
            kinds = (
                (IncidentEntry.UNTOLD, IncidentEntry.TOLD)
                if duty
                else (IncidentEntry.UNDONE, IncidentEntry.DONE)
            )
            append(found, kinds[done], duty or id_, by=request.user)
        said = _said_of_task(row, before)
        if said:
            append(found, IncidentEntry.NOTE, said, by=request.user)
        row.save()
    return redirect(_address(found, id_))


def _said_of_task(row: IncidentTask, before: tuple[str, str]) -> str:
    """Return what is new in the words about a task or duty, for the record; "" for nothing.

    before: who does it and what was noted until now. Words that were taken away are no news: the
    lines of the record that hold them stay.
    """
    known, lang = catalog().incidents, current_lang()
    lines = []
    if row.who and row.who != before[0]:
        lines.append(f"{say('task.who')}: {row.who}")
    if row.note and row.note != before[1]:
        lines.append(row.note)
    if not lines:
        return ""
    duty = row.task.startswith(DUTY)
    text = known.duties[row.task.removeprefix(DUTY)].title if duty else known.tasks[row.task].do
    return "\n".join((text.say(lang), *lines))


@company_view(INCIDENTS_WRITE)
@require_POST
def entry(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Write a line down: a note, or a device or person touched."""
    found, form = incident_or_404(request, company, incident_id), EntryForm(request.POST)
    if not form.is_valid():
        return incident_page(request, found, refusal=("entry", form, form.sentence()))
    sent = form.cleaned_data
    # A moment left empty is nobody's claim: it happened now, by the portal's own clock.
    at = sent["at"] if form.data.get("at") else None
    append(found, sent["kind"], sent["text"], at=at, said_by=sent["said_by"], by=request.user)
    return redirect(_address(found, "record"))


@company_view(INCIDENTS_WRITE)
@require_POST
def close(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Close an incident, or open it again."""
    found, form = incident_or_404(request, company, incident_id), CloseForm(request.POST)
    if not form.is_valid():
        return incident_page(request, found, refusal=("close", form, form.sentence()))
    again, learned = form.cleaned_data["again"], form.cleaned_data["learned"]
    if not (_reopen(found, request.user) if again else _close(found, learned, request.user)):
        return redirect(_address(found))
    note_by(request, "incident.opened_again" if again else "incident.closed", company)
    if not again:
        sign_and_tell(found)
    return redirect(_address(found))


def _reopen(found: Incident, by: Any) -> bool:
    """Open an incident again; returns whether it was closed."""
    with transaction.atomic():
        rows = Incident.objects.of(found.company_id).filter(pk=found.pk)
        rows.select_for_update().get()
        if not rows.exclude(state=Incident.OPEN).update(state=Incident.OPEN, closed_at=None):
            return False
        append(found, IncidentEntry.AGAIN, "", by=by)
    return True


def _close(found: Incident, learned: str, by: Any) -> bool:
    """Close an incident; returns whether it was open.

    Where a colleague closed it meanwhile there is no second end, and other words are a note.
    """
    with transaction.atomic():
        rows = Incident.objects.of(found.company_id).filter(pk=found.pk)
        there = rows.select_for_update().get()
        closing = {"state": Incident.CLOSED, "closed_at": timezone.now(), "learned": learned}
        if not rows.exclude(state=Incident.CLOSED).update(**closing):
            if learned and learned != there.learned:
                append(found, IncidentEntry.NOTE, learned, by=by)
            return False
        append(found, IncidentEntry.CLOSED, learned, by=by)
        end_all(found)
    return True
