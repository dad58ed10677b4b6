"""The helper's queue: incidents on top, then who waits longest; calls written down; the hours."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.paging import KeyedPaginator
from tojimari.portal.core.permissions import Actor, companies_where, holders
from tojimari.portal.desk import letters
from tojimari.portal.desk.access import desk_view
from tojimari.portal.desk.forms import DeskForm, PhoneForm, QueueForm
from tojimari.portal.desk.models import AsideMail, Desk, Message, Ticket
from tojimari.portal.desk.rights import DESK_ANSWER, DESK_ASK
from tojimari.portal.desk.tickets import (
    add_message,
    at_desk,
    handed_to,
    hours_of,
    open_ticket,
    subject_of,
)
from tojimari.portal.mailin.addresses import organisation_address
from tojimari.portal.supporters.incidents import open_incidents
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import current_lang, say
from tojimari.respond.service_hours import ServiceHours, minutes_waited

ROWS_A_PAGE = 50
PAGED_AT_MOST = 10_000
"""A desk of years has 200,000 tickets; nobody pages through them."""
COMPANIES_SHOWN = 1_000
SHOWN_HANDED = 50
WHOSE = ("all", "mine", "nobody")
STATES = (Ticket.OPEN, Ticket.ANSWERED, Ticket.CLOSED)


def desk_of(organisation: Organisation) -> Desk | None:
    """Return an organisation's desk, None where it was never opened."""
    return Desk.objects.filter(pk=organisation.pk).first()


def waited(minutes: int) -> str:
    """Return minutes of service in the reader's words."""
    hours, rest = divmod(minutes, 60)
    return say("desk.hours", h=hours, m=rest) if hours else say("desk.minutes", m=rest)


def _rows(
    organisation: Organisation, request: HttpRequest
) -> tuple[QuerySet[Ticket], dict[str, str]]:
    form = QueueForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    whose = given.get("whose") if given.get("whose") in WHOSE else "all"
    state = given.get("state") if given.get("state") in STATES else Ticket.OPEN
    found = at_desk(request.actor).filter(state=state)
    if whose == "mine":
        found = found.filter(assigned=request.user)
    elif whose == "nobody":
        found = found.filter(assigned=None)
    wanted = str(given.get("q", ""))
    if wanted:
        number = wanted.lstrip("#")
        by_number = Q(number=int(number)) if number.isdecimal() and len(number) < 9 else Q(pk=None)
        found = found.filter(
            by_number | Q(subject__icontains=wanted) | Q(company__name__icontains=wanted)
        )
    order = ("-urgent", "waits_since") if state == Ticket.OPEN else ("-made_at",)
    shown = {"whose": str(whose), "state": str(state), "q": wanted}
    return found.order_by(*order, "pk"), shown


@desk_view
@require_safe
def queue(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show who waits for the desk."""
    row = desk_of(organisation)
    if row is None:
        return redirect("desk:desk_settings", organisation.pk)
    found, shown = _rows(organisation, request)
    rows = found.select_related("company", "assigned")
    page = KeyedPaginator(rows, ROWS_A_PAGE, at_most=PAGED_AT_MOST).get_page(
        request.GET.get("page")
    )
    hours, now = hours_of(row), timezone.now()
    actor = request.actor
    aside = AsideMail.objects.filter(organisation=organisation, state=AsideMail.WAITING)
    context = {
        "organisation": organisation,
        "row": row,
        "page": page,
        "tickets": [_line(one, hours, now) for one in page],
        "filters": shown,
        "incidents": open_incidents(organisation),
        "handed": handed_to(actor).select_related("company", "organisation")[:SHOWN_HANDED],
        "aside": aside.count(),
        "address": organisation_address(organisation, letters.PURPOSE),
    }
    note_as(request, organisation, "desk.seen")
    return render(request, "queue.html", context)


def _line(ticket: Ticket, hours: ServiceHours, now: Any) -> dict[str, Any]:
    since = ticket.waits_since
    return {
        "ticket": ticket,
        "waited": waited(minutes_waited(since, now, hours)) if since is not None else "",
        "first": ticket.first_answered_at is None,
    }


@desk_view
@require_http_methods(["GET", "HEAD", "POST"])
def desk_settings(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Open the desk: its hours and days; or close it."""
    row, problem = desk_of(organisation), ""
    if request.method == "POST":
        form = DeskForm(request.POST)
        if form.is_valid():
            given = {**form.cleaned_data, "lang": current_lang()}
            Desk.objects.update_or_create(organisation=organisation, defaults=given)
            note_as(request, organisation, "desk.changed")
            messages.success(request, say("desk.saved"))
            return redirect("desk:queue", organisation.pk)
        problem = form.first()
    context = {
        "organisation": organisation,
        "row": row,
        "days": [(str(day), say(f"weekday.{day}")) for day in range(7)],
        "shut": "\n".join(row.shut) if row else "",
        "problem": problem,
        "given": request.method == "POST" and form.data,
        "address": organisation_address(organisation, letters.PURPOSE),
    }
    return render(request, "desk_settings.html", context, status=400 if problem else 200)


@desk_view
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Write down a call."""
    row = desk_of(organisation)
    if row is None:
        return redirect("desk:desk_settings", organisation.pk)
    problem, given = "", {}
    if request.method == "POST":
        form = PhoneForm(request.POST)
        company = _company(request.actor, form) if form.is_valid() else None
        if company is not None:
            made = _written_down(request, organisation, company, form.cleaned_data)
            note_as(request, organisation, "ticket.phoned", company)
            return redirect("desk:ticket", organisation.pk, made.pk)
        given, problem = form.data, say("desk.bad_call")
    chosen = _chosen(request.actor, request.GET.get("company") or given.get("company"))
    companies = Company.objects.filter(pk__in=companies_where(request.actor, DESK_ANSWER))
    context = {
        "organisation": organisation,
        "companies": companies.order_by("name")[:COMPANIES_SHOWN],
        "chosen": chosen,
        "people": [one.user for one in holders(chosen, DESK_ASK)] if chosen else [],
        "given": given,
        "problem": problem,
    }
    return render(request, "desk_phone.html", context, status=400 if problem else 200)


def _chosen(actor: Actor, text: Any) -> Company | None:
    try:
        key = uuid.UUID(str(text))
    except ValueError:
        return None
    return Company.objects.filter(pk=key, pk__in=companies_where(actor, DESK_ANSWER)).first()


def _company(actor: Actor, form: PhoneForm) -> Company | None:
    return _chosen(actor, form.cleaned_data["company"])


def _written_down(
    request: HttpRequest, organisation: Organisation, company: Company, given: dict[str, Any]
) -> Ticket:
    people = {one.user.pk: one.user for one in holders(company, DESK_ASK)}
    asker = people.get(given["asker"])
    with transaction.atomic():
        made = open_ticket(
            company,
            organisation,
            subject=given["subject"] or subject_of(given["text"]),
            way="phone",
            asker=asker,
            caller=given["caller"],
            assigned=request.user,
            told_at=timezone.now(),
        )
        name = given["caller"] or (str(asker) if asker else "")
        add_message(made, Message.COMPANY, given["text"], way="phone", name=name)
        Ticket.objects.of(company).filter(pk=made.pk).update(told_at=timezone.now())
        if given["answered"]:
            add_message(made, Message.HELPER, given["answered"], way="phone", author=request.user)
    return made
