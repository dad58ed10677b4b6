"""Appointments about tickets: set, moved, called off, each with a calendar file."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from tojimari.portal.core import calendar
from tojimari.portal.desk.models import Appointment, Ticket
from tojimari.portal.links import host_of_portal
from tojimari.portal.mailin.addresses import organisation_address

CALLED_OFF, ASKED = "CANCEL", "REQUEST"


def method_of(appointment: Appointment) -> str:
    """Return what the newest calendar file of an appointment says: asked for, or called off."""
    return CALLED_OFF if appointment.called_off_at is not None else ASKED


def file_of(appointment: Appointment, method: str) -> bytes:
    """Return the calendar file of an appointment."""
    ticket = appointment.ticket
    desk = organisation_address(ticket.organisation, "desk") or settings.DEFAULT_FROM_EMAIL
    asker = ticket.asker
    guests = (calendar.Party(asker.email, asker.name),) if asker is not None else ()
    return calendar.calendar_file(
        calendar.Appointment(
            uid=f"{appointment.pk.hex}.desk@{host_of_portal()}",
            sequence=appointment.sequence,
            starts=appointment.starts,
            ends=appointment.ends,
            made_at=appointment.changed_at,
            title=f"{ticket.organisation.name} #{ticket.number} {ticket.subject}",
            organiser=calendar.Party(desk.rpartition("<")[2].strip("> "), ticket.organisation.name),
            guests=guests,
            place=appointment.place,
            words=appointment.words,
        ),
        "CANCEL" if method == CALLED_OFF else "REQUEST",
    )


def set_appointment(ticket: Ticket, starts: datetime, ends: datetime, **more: Any) -> Appointment:
    """Keep a new appointment."""
    made: Appointment = Appointment.objects.of(ticket.company_id).create(
        company_id=ticket.company_id, ticket=ticket, starts=starts, ends=ends, **more
    )
    return made


def change(appointment: Appointment, **values: Any) -> bool:
    """Move or call off an appointment and count the change; returns whether it was still on."""
    rows = Appointment.objects.of(appointment.company_id).filter(
        pk=appointment.pk, called_off_at=None
    )
    changed = rows.update(sequence=F("sequence") + 1, changed_at=timezone.now(), **values)
    appointment.refresh_from_db(from_queryset=Appointment.objects.of(appointment.company_id))
    return bool(changed)
