"""One company's incidents: the list, the page of one, what is known, done and told."""

import uuid
from collections.abc import Iterable
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
from tojimari.catalog.playbook import Playbook
from tojimari.model import DONT_KNOW, Answers, Given
from tojimari.portal.companies.lookers import lookers_of
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.models import Employee
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.errors import refused
from tojimari.portal.forms import PortalForm
from tojimari.portal.incidents.chain import append, catch_up, check_rows
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
    ten_minutes,
    values_of,
    whom_to_call,
)
from tojimari.portal.incidents.heads import broken_line, newest_head, sign_and_tell
from tojimari.portal.incidents.models import (
    CORRECTED,
    NEVER_ERASED,
    EmergencyContact,
    Incident,
    IncidentEntry,
    IncidentTask,
)
from tojimari.portal.incidents.notices import end_all, tell_opened
from tojimari.portal.incidents.rights import INCIDENTS_READ, INCIDENTS_WRITE
from tojimari.portal.incidents.standing import corrections, still_standing
from tojimari.portal.limits import too_often
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.incident.paper import grouped
from tojimari.respond import Clock, clocks, tasks
from tojimari.respond.record import LEAVES

_A_DAY = 40
"""Incidents one company may open in a day."""
NEXT_SHOWN = 3
"""Tasks that are next; the rest is folded away."""
DUTY = "duty-"
"""Before the id of a duty, where it stands in place of a task."""
_CHOSEN_FROM = 200


def playbook_of(incident: Incident) -> Playbook:
    """Return the playbook of an incident."""
    return catalog().incidents.playbooks[incident.kind]


def answers_of(incident: Incident) -> dict[str, Given]:
    """Return the answers as the rules take them."""
    return {
        id_: tuple(given) if isinstance(given, list) else given
        for id_, given in incident.answers.items()
    }


def with_contacts(incident: Incident, answers: Answers) -> dict[str, Given]:
    """Return answers with what the company's contacts say where nobody knew: that it has an insurer,
    and a contract that names hours.
    """
    found: dict[str, Given] = dict(answers)
    rows = EmergencyContact.objects.of(incident.company_id)
    for question, own in (
        ("contract_says", rows.filter(kind="partners", within_hours__isnull=False)),
        ("insured", rows.filter(kind="insurer")),
    ):
        if found.get(question, DONT_KNOW) == DONT_KNOW and own.exists():
            found[question] = "yes"
    return found


def clocks_of(incident: Incident) -> tuple[Clock, ...]:
    """Return the clock of every duty for an incident."""
    answers = with_contacts(incident, answers_of(incident))
    return clocks(playbook_of(incident), answers, incident.known_at, catalog().incidents)


def told_duties(incident: Incident) -> set[str]:
    """Return the ids of the duties somebody was told by."""
    rows = IncidentTask.objects.of(incident.company_id).filter(
        incident=incident, task__startswith=DUTY, done_at__isnull=False
    )
    return {row.task.removeprefix(DUTY) for row in rows}


def hidden_kinds(actor: Actor, company: Company) -> set[str]:
    """Return the kinds of incidents that an actor does not see in a company."""
    if may(actor, COMPANY_MANAGE, company):
        return set()
    return owners_kinds()


def owners_kinds() -> set[str]:
    """Return the kinds of incidents that nobody but a company's owners sees."""
    return {one.id for one in catalog().incidents.playbooks.values() if one.owners_only}


def seen_by(actor: Actor, company: Company) -> Any:
    """Return the incidents of a company that an actor may see, the open ones first."""
    return (
        Incident.objects.of(company)
        .exclude(kind__in=hidden_kinds(actor, company))
        .order_by("-state", "-known_at")
    )


def incident_or_404(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> Incident:
    """Return an incident that whoever asks may see. Raises Http404."""
    found: Incident | None = (
        seen_by(request.actor, company)
        .filter(pk=incident_id)
        .select_related("company", "opened_by")
        .first()
    )
    if found is None:
        raise Http404
    return found


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


def rows_of(found: Iterable[Incident]) -> list[dict[str, Any]]:
    """Return incidents as lists show them, in the reader's language."""
    lang = current_lang()
    return [{"row": one, "title": playbook_of(one).title.say(lang)} for one in found]


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
    # Above this module: it keeps what is chosen here.
    from tojimari.portal.incidents.learning import CHOSEN_AT_MOST, choices_of

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


def incident_context(found: Incident) -> dict[str, Any]:
    """Return what the page of an incident shows, in the reader's language."""
    playbook, answers, known = playbook_of(found), answers_of(found), catalog().incidents
    rows = {
        row.task: row
        for row in IncidentTask.objects.of(found.company_id)
        .filter(incident=found)
        .select_related("done_by")
    }
    catch_up(found)
    entries = list(
        IncidentEntry.objects.of(found.company_id).filter(incident=found).order_by("at", "pk")
    )
    duties = duty_questions(playbook, known)
    shown = _shown_clocks(found, rows)
    return {
        "incident": found,
        "tasks": _in_turn(_shown_tasks(found, rows)),
        "clocks": {state: [one for one in shown if one["state"] == state] for state in _STATES},
        "duties_left": next_question(duties, with_contacts(found, answers)) is not None
        or any(one["law"] and one["state"] == "open" for one in shown),
        "entries": _shown_entries(entries),
        "touched": [one for one in still_standing(entries) if one.kind in ("device", "person")],
        "head": _shown_head(found),
        "broken": broken_line(found, check_rows(found, entries)),
        "drafts": _drafts(),
        "letters": True,
        **ten_minutes(playbook, answers),
    }


_STATES = ("runs", "open", "not")


def _shown_entries(entries: list[IncidentEntry]) -> list[dict[str, Any]]:
    """Return lines as the page shows them: what is corrected or erased stays, and says so."""
    corrected = corrections(entries)
    return [
        {
            "row": one,
            "text": entry_text(one),
            "corrected_by": corrected.get(one.number or 0, 0),
            "erased": [say(f"leaf.{name}") for name in one.digests if name not in one.salts],
            "sayer_erased": "said_by" in one.digests and "said_by" not in one.salts,
            "file": "file" in one.salts,
            "correctable": one.kind in CORRECTED and "text" in one.salts,
            "erasable": bool(one.salts) and one.kind not in NEVER_ERASED,
        }
        for one in entries
    ]


def _shown_head(found: Incident) -> dict[str, Any] | None:
    head = newest_head(found)
    return None if head is None else {"row": head, "digest": grouped(head.digest)}


def entry_text(entry: IncidentEntry) -> str:
    """Return what a line of the record says: words as written, ids as their titles."""
    known, lang = catalog().incidents, current_lang()
    if entry.kind in (IncidentEntry.DONE, IncidentEntry.UNDONE) and entry.text in known.tasks:
        return known.tasks[entry.text].do.say(lang)
    if entry.kind in (IncidentEntry.TOLD, IncidentEntry.UNTOLD) and entry.text in known.duties:
        return known.duties[entry.text].title.say(lang)
    if entry.kind == IncidentEntry.ERASED:
        leaves = [say(f"leaf.{name}") for name in entry.text.split() if name in LEAVES]
        return ("、" if lang == "ja" else ", ").join(leaves)
    if entry.kind == IncidentEntry.DECIDED:
        controls = catalog().controls
        titles = [controls[id_].title.say(lang) for id_ in entry.text.split() if id_ in controls]
        return ("、" if lang == "ja" else ", ").join(titles) or say("learn.none")
    if entry.kind == IncidentEntry.CHAINED:
        return say("record.chained", n=entry.text)
    return entry.text


def _shown_tasks(found: Incident, rows: dict[str, IncidentTask]) -> list[dict[str, Any]]:
    lang, now = current_lang(), timezone.now()
    known = catalog().incidents
    shown = []
    for one in tasks(playbook_of(found), answers_of(found), found.known_at, known):
        row = rows.get(one.task.id)
        done = row is not None and row.done_at is not None
        shown.append(
            {
                "id": one.task.id,
                "do": one.task.do.say(lang),
                "why": one.task.why.say(lang),
                "how_known": one.task.done.say(lang),
                "who": (row.who if row else "") or say(f"who.{one.task.who}"),
                "own_who": row.who if row else "",
                "due": one.due,
                "at_once": one.task.within_hours == 0,
                "late": not done and one.task.within_hours > 0 and one.due < now,
                "done": done,
                "row": row,
            }
        )
    return shown


def _in_turn(shown: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the tasks that are next, those for later, and those that are done.

    Who is in trouble reads three at a time; what is late is never folded away.
    """
    left = [task for task in shown if not task["done"]]
    following = [task for n, task in enumerate(left) if n < NEXT_SHOWN or task["late"]]
    return {
        "next": following,
        "later": [task for task in left if task not in following],
        "done": [task for task in shown if task["done"]],
    }


def _shown_clocks(found: Incident, rows: dict[str, IncidentTask]) -> list[dict[str, Any]]:
    lang, today, now = current_lang(), timezone.localdate(), timezone.now()
    known = catalog().incidents
    shown = []
    for one in clocks_of(found):
        row = rows.get(DUTY + one.duty.id)
        told = row is not None and row.done_at is not None
        contract = contract_end(found, one)
        over = bool(one.due and one.due < today) or bool(contract and contract < now)
        shown.append(
            {
                "id": one.duty.id,
                "state": one.state,
                "title": one.duty.title.say(lang),
                "weight": say(f"weight.{one.duty.weight}"),
                "law": one.duty.weight == "law",
                "basis": one.duty.basis.say(lang),
                "starts": one.duty.starts.say(lang),
                "note": one.duty.note.say(lang) if one.duty.note else "",
                "because": _because(one),
                "aim": one.aim,
                "due": one.due,
                "weekend": one.ends_on_weekend,
                "late": one.state == "runs" and not told and over,
                "contract": contract,
                "to": known.contacts[one.duty.to].name.say(lang) if one.duty.to else "",
                "told": told,
                "row": row,
                "drafts": [
                    (each.id, each.title.say(lang))
                    for each in known.drafts.values()
                    if one.duty.id in each.duties
                ],
            }
        )
    return shown


def _because(clock: Clock) -> str:
    if not clock.in_force:
        return say("clock.not_in_force", since=str(clock.duty.since or ""))
    return clock.because.say(current_lang()) if clock.because else ""


def contract_end(found: Incident, clock: Clock) -> datetime | None:
    """Return by when the soonest of the company's contracts wants to be told; None for no term."""
    if clock.duty.weight != "contract":
        return None
    hours = (
        EmergencyContact.objects.of(found.company_id)
        .filter(kind=clock.duty.to, within_hours__isnull=False)
        .order_by("within_hours")
        .values_list("within_hours", flat=True)
        .first()
    )
    return None if hours is None else found.known_at + timedelta(hours=hours)


def _drafts() -> list[tuple[str, str]]:
    lang = current_lang()
    return [(one.id, one.title.say(lang)) for one in catalog().incidents.drafts.values()]


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
