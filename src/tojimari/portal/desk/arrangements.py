"""What a desk arranges about a ticket: appointments, and handing it to somebody outside."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from tojimari.model import Lang
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.notices import end, tell
from tojimari.portal.desk.access import desk_view, ticket_or_404
from tojimari.portal.desk.appointments import ASKED, CALLED_OFF, change, set_appointment
from tojimari.portal.desk.forms import AppointmentForm, CallOffForm, HandoverForm, PartForm
from tojimari.portal.desk.models import Appointment, Desk, Handover, Ticket
from tojimari.portal.desk.notices import HANDOVER_ASKED
from tojimari.portal.desk.ticket_page import send_answer, ticket_page
from tojimari.portal.desk.tickets import reader_of
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import current_lang, say


@desk_view
@require_POST
def appoint(request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID) -> HttpResponse:
    """Set an appointment, or move one: its calendar file goes to who asked."""
    found = ticket_or_404(request, ticket_id)
    form = AppointmentForm(request.POST)
    if not form.is_valid():
        return _refused(
            request, organisation, found, form, say("desk.bad_appointment"), "appointment"
        )
    sent = form.cleaned_data
    ends = sent["starts"] + timedelta(minutes=sent["minutes"])
    values = {
        "starts": sent["starts"],
        "ends": ends,
        "place": sent["place"],
        "words": sent["words"],
    }
    if sent["appointment"]:
        one = _one(found, sent["appointment"])
        if not change(one, **values):
            return _refused(
                request, organisation, found, form, say("desk.bad_appointment"), "appointment"
            )
        key = "desk.appointment_moved"
    else:
        one = set_appointment(found, made_by=request.user, **values)
        key = "desk.appointment_set"
    _tell(request, organisation, found, one, key, ASKED)
    return redirect("desk:ticket", organisation.pk, found.pk)


@desk_view
@require_POST
def call_off(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Call an appointment off."""
    found = ticket_or_404(request, ticket_id)
    form = CallOffForm(request.POST)
    one = _one(found, form.cleaned_data["appointment"] if form.is_valid() else None)
    if change(one, called_off_at=timezone.now()):
        _tell(request, organisation, found, one, "desk.appointment_off", CALLED_OFF)
    return redirect("desk:ticket", organisation.pk, found.pk)


def _refused(
    request: HttpRequest,
    organisation: Organisation,
    found: Ticket,
    form: AppointmentForm | HandoverForm,
    why: str,
    at: str,
) -> HttpResponse:
    """Show the ticket's page with why, and with what was typed."""
    return ticket_page(request, organisation, found, problem=why, typed=form.data, at=at)


def _one(found: Ticket, key: Any) -> Appointment:
    rows = Appointment.objects.of(found.company_id).filter(ticket=found)
    return get_object_or_404(rows.select_related("ticket__organisation", "ticket__asker"), pk=key)


def _tell(
    request: HttpRequest,
    organisation: Organisation,
    found: Ticket,
    one: Appointment,
    key: str,
    method: str,
) -> None:
    reader = reader_of(found)
    lang: Lang = reader.lang if reader is not None else current_lang()
    lines = [say(key, lang, when=span(one.starts, one.ends)), one.place, one.words]
    text = "\n".join(line for line in lines if line)
    send_answer(request, organisation, found, text, appointment=one, method=method)


def span(starts: datetime, ends: datetime) -> str:
    """Return from when to when, in the portal's time zone."""
    first, last = timezone.localtime(starts), timezone.localtime(ends)
    return f"{first:%Y-%m-%d %H:%M}-{last:%H:%M}"


@desk_view
@require_POST
def hand_over(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Ask the company whether somebody outside may read and answer a ticket until a day."""
    found = ticket_or_404(request, ticket_id)
    form = HandoverForm(request.POST)
    to = None
    if form.is_valid():
        desks = Desk.objects.filter(open=True, organisation__approved_at__isnull=False)
        to = desks.filter(pk=form.cleaned_data["organisation"]).exclude(pk=organisation.pk).first()
    if to is None:
        return _refused(request, organisation, found, form, say("desk.bad_handover"), "handover")
    rows = Handover.objects.of(found.company_id).filter(
        ticket=found, to=to.organisation, ended_at=None
    )
    if rows.filter(until=None).exists() or rows.filter(until__gt=timezone.now()).exists():
        return _refused(request, organisation, found, form, say("desk.handed_already"), "handover")
    made = Handover.objects.of(found.company_id).create(
        company_id=found.company_id,
        ticket=found,
        to=to.organisation,
        days=form.cleaned_data["days"],
        words=form.cleaned_data["words"],
        asked_by=request.user,
    )
    values = {
        "ticket": str(found.pk),
        "number": found.number,
        "organisation": organisation.name,
        "to": to.organisation.name,
        "days": made.days,
    }
    tell(found.company, HANDOVER_ASKED, str(made.pk), values=values)
    note_as(request, organisation, "ticket.handover_asked", found.company)
    return redirect("desk:ticket", organisation.pk, found.pk)


@desk_view
@require_POST
def take_back(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """End what was handed over, or asked for, before its day."""
    found = ticket_or_404(request, ticket_id)
    form = PartForm(request.POST)
    key = form.cleaned_data["message"] if form.is_valid() else None
    rows = Handover.objects.of(found.company_id).filter(ticket=found, ended_at=None)
    one = get_object_or_404(rows, pk=key)
    news = "" if one.asked_by_id == request.user.pk else "end"
    rows.filter(pk=one.pk).update(ended_at=timezone.now(), news=news)
    end(found.company, HANDOVER_ASKED, str(one.pk), put_away=True)
    return redirect("desk:ticket", organisation.pk, found.pk)
