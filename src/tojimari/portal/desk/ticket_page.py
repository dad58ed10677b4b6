"""One ticket as a helper sees it, with what its company lets the desk see beside it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.model import Lang
from tojimari.portal.companies.models import ControlState, Standing
from tojimari.portal.companies.rights import FINDINGS_READ
from tojimari.portal.companies.steps import title_of
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.desk import letters
from tojimari.portal.desk.access import any_ticket_or_404, desk_view, ticket_or_404
from tojimari.portal.desk.appointments import file_of, method_of
from tojimari.portal.desk.files import handed_out, ics
from tojimari.portal.desk.forms import AnswerForm, AssignForm, MergeForm, PartForm
from tojimari.portal.desk.heard import heard_at, proposal_of
from tojimari.portal.desk.models import Appointment, Attachment, Desk, Handover, Message, Ticket
from tojimari.portal.desk.notices import DESK_ANSWERED, DESK_ANSWERED_NOBODY
from tojimari.portal.desk.prepared import choices_for, text_of
from tojimari.portal.desk.queue import waited
from tojimari.portal.desk.rights import DESK_ALL
from tojimari.portal.desk.shown_files import handed_files, mark
from tojimari.portal.desk.shown_visits import shown_referrals
from tojimari.portal.desk.tickets import (
    KeptApart,
    add_message,
    at_desk,
    close,
    conversation,
    hours_of,
    merge,
    reader_of,
    split,
)
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.errors import refused
from tojimari.portal.experts.offered import field_choices, senders
from tojimari.portal.supporters.company import concerns_of
from tojimari.portal.supporters.models import Helper, Organisation
from tojimari.portal.words import catalog, current_lang, say
from tojimari.respond.service_hours import minutes_waited

EARLIER_SHOWN = 10
OPEN_SHOWN = 12
DEVICES_SHOWN = 30


@desk_view
@require_safe
def ticket(request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID) -> HttpResponse:
    """Show a ticket of the own desk, or one that was handed over."""
    found, handed = any_ticket_or_404(request, ticket_id)
    note_as(request, organisation, "ticket.seen", found.company, number=str(found.number))
    return ticket_page(request, organisation, found, handed=handed)


def ticket_page(
    request: HttpRequest,
    organisation: Organisation,
    found: Ticket,
    *,
    handed: bool = False,
    given: str = "",
    problem: str = "",
    typed: Any = None,
    at: str = "",
) -> HttpResponse:
    """Return the page of a ticket, with what was typed before where it was refused.

    given: the words of the answer. typed: what was sent with another form, and ``at`` which:
    ``appointment``, ``handover``, ``expert``.
    """
    desk = Desk.objects.filter(pk=found.organisation_id).first()
    waits = found.waits_since
    reader = reader_of(found)
    shown = conversation(found, notes=not handed)
    if handed:
        mark(shown, handed_files(found, organisation))
    context = {
        "organisation": organisation,
        "company": found.company,
        "ticket": found,
        "handed": handed,
        "messages_": shown,
        "waited": waited(minutes_waited(waits, timezone.now(), hours_of(desk)))
        if waits and desk
        else "",
        "first": waited(found.first_minutes) if found.first_minutes is not None else "",
        "reader": reader,
        "prepared": choices_for(found),
        "given": given,
        "problem": problem,
        "typed": {at: typed} if at else {},
        "moved": (typed or {}).get("appointment", "") if at == "appointment" else "",
        "appointments": Appointment.objects.of(found.company_id)
        .filter(ticket=found)
        .order_by("starts"),
    }
    if not handed:
        context |= _beside(request.actor, organisation, found)
        context |= heard_at(request.actor, found)
    return render(request, "ticket.html", context, status=400 if problem else 200)


def _earlier(organisation: Organisation, found: Ticket) -> list[Ticket]:
    """Return what the company asked this desk before and after; it was just seen to let it look."""
    rows = Ticket.objects.of(found.company_id).filter(organisation=organisation, merged_into=None)
    return list(rows.exclude(pk=found.pk).order_by("-made_at")[:EARLIER_SHOWN])


def _beside(actor: Actor, organisation: Organisation, found: Ticket) -> dict[str, Any]:
    """Return what stands beside the conversation: nothing that the company does not grant."""
    company, lang = found.company, current_lang()
    standing = Standing.objects.of(company).first()
    shown: dict[str, Any] = {
        "standing": standing,
        "step": title_of(standing.step, standing.step_kind) if standing and standing.step else "",
        "concerns": concerns_of(organisation, company),
        "earlier": _earlier(organisation, found),
        "helpers": Helper.objects.filter(organisation=organisation).select_related("user"),
        "handovers": Handover.objects.of(company).filter(ticket=found).select_related("to"),
        "outside": Desk.objects.filter(organisation__approved_at__isnull=False, open=True)
        .exclude(pk=organisation.pk)
        .select_related("organisation")
        .order_by("organisation__name")[:200],
        "now": timezone.now(),
        "referrals": shown_referrals(found),
        "fields": field_choices(),
        "sends": organisation in senders(company),
    }
    if may(actor, FINDINGS_READ, company):
        states = ControlState.objects.of(company).filter(state__in=("not_met", "partly"))
        known = catalog().controls
        ids = states.order_by("control").values_list("control", flat=True)
        shown["open"] = [known[each].title.say(lang) for each in ids if each in known][:OPEN_SHOWN]
    if may(actor, DEVICES_READ, company):
        devices = Device.objects.of(company).filter(removed_at=None).order_by("enrolled_at")
        shown["devices"] = devices[:DEVICES_SHOWN]
    return shown


@desk_view
@require_POST
def answer(request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID) -> HttpResponse:
    """Answer, note, or put a prepared answer into what is being written."""
    found, handed = any_ticket_or_404(request, ticket_id)
    form = AnswerForm.sent(request)
    valid = form.is_valid()
    given = form.cleaned_data
    text, what = given.get("text", ""), given.get("what", "")
    if not valid:
        return ticket_page(
            request, organisation, found, handed=handed, given=text, problem=form.first()
        )
    if what == "insert":
        reader = reader_of(found)
        lang: Lang = reader.lang if reader is not None else current_lang()
        added = text_of(given["prepared"], found, lang)
        if not added and not handed:
            added = proposal_of(given["prepared"], request.actor, found)
        whole = f"{text}\n\n{added}".strip() if added else text
        return ticket_page(request, organisation, found, handed=handed, given=whole)
    if what == "note":
        add_message(
            found, Message.NOTE, text, way="web", author=request.user, files=form.attached()
        )
        note_as(request, organisation, "ticket.noted", found.company)
    else:
        send_answer(request, organisation, found, text, files=form.attached())
        if what == "answer_close":
            close(found)
    return redirect("desk:ticket", organisation.pk, found.pk)


def send_answer(
    request: HttpRequest, organisation: Organisation, found: Ticket, text: str, **more: Any
) -> Message:
    """Answer a ticket and tell the company."""
    made = letters.answer(found, request.user, text, **more)
    values = {
        "ticket": str(found.pk),
        "organisation": found.organisation.name,
        "number": found.number,
    }
    asker, about = reader_of(found), str(found.pk)
    if asker is None:
        tell(found.company, DESK_ANSWERED_NOBODY, about, points=[str(made.pk)], values=values)
    elif may(Actor(user=asker.user), DESK_ALL, found.company):
        # What a member of staff asked is theirs: they have the mail and their list.
        tell(found.company, DESK_ANSWERED, about, points=[str(made.pk)], values=values)
    note_as(request, organisation, "ticket.answered", found.company)
    return made


@desk_view
@require_POST
def assign(request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID) -> HttpResponse:
    """Say who looks after a ticket; that is also how it is handed to a colleague."""
    found = ticket_or_404(request, ticket_id)
    form = AssignForm(request.POST)
    back = reverse("desk:ticket", args=[organisation.pk, found.pk])
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    key = form.cleaned_data["helper"]
    own = Helper.objects.filter(organisation=organisation, user=key).first() if key else None
    if key and own is None:
        return refused(request, form.sentence(), back=back)
    rows = Ticket.objects.of(found.company_id).filter(pk=found.pk)
    if own is None:  # whoever was not told of it yet still is
        rows.update(assigned=None, assigned_told=True)
    elif own.user == request.user:
        rows.update(assigned=own.user, assigned_told=True, told_at=timezone.now())
    elif own.user_id != found.assigned_id:
        rows.update(assigned=own.user, told_at=None, told_to=[], telling_since=None)
        # Of what waits they are told with the rest that waits.
        rows.filter(waits_since=None).update(assigned_told=False)
    return redirect(back)


@desk_view
@require_POST
def close_ticket(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Close a ticket."""
    found = ticket_or_404(request, ticket_id)
    close(found)
    note_as(request, organisation, "ticket.closed", found.company)
    return redirect("desk:ticket", organisation.pk, found.pk)


@desk_view
@require_POST
def merge_ticket(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Let a ticket go on in another one of the same company."""
    found = ticket_or_404(request, ticket_id)
    form = MergeForm(request.POST)
    rows = at_desk(request.actor).filter(company=found.company_id)
    into = rows.filter(number=form.cleaned_data["number"]).first() if form.is_valid() else None
    if into is None or into.pk == found.pk:
        return ticket_page(request, organisation, found, problem=say("desk.bad_merge"))
    try:
        merge(found, into)
    except KeptApart:
        return ticket_page(request, organisation, found, problem=say("desk.merge_not"))
    except ValueError:  # somebody else joined one of them in this moment
        return ticket_page(request, organisation, found, problem=say("desk.bad_merge"))
    note_as(request, organisation, "ticket.merged", found.company)
    return redirect("desk:ticket", organisation.pk, into.pk)


@desk_view
@require_POST
def split_ticket(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Give one message a ticket of its own."""
    found = ticket_or_404(request, ticket_id)
    message = _message(request, found)
    try:
        made = split(message)
    except ValueError:
        return ticket_page(request, organisation, found, problem=say("desk.bad_split"))
    note_as(request, organisation, "ticket.split", found.company)
    return redirect("desk:ticket", organisation.pk, made.pk)


@desk_view
@require_POST
def send_again(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Try a mail once more that was refused or came back."""
    found = ticket_or_404(request, ticket_id)
    letters.again(_message(request, found))
    messages.success(request, say("desk.sent_again"))
    return redirect("desk:ticket", organisation.pk, found.pk)


def _message(request: HttpRequest, found: Ticket) -> Message:
    form = PartForm(request.POST)
    key = form.cleaned_data["message"] if form.is_valid() else None
    rows = Message.objects.of(found.company_id).filter(ticket=found)
    return get_object_or_404(
        rows.select_related("ticket__company", "ticket__organisation", "ticket__asker", "author"),
        pk=key,
    )


@desk_view
@require_safe
def ticket_file(
    request: HttpRequest,
    organisation: Organisation,
    ticket_id: uuid.UUID,
    attachment_id: uuid.UUID,
) -> HttpResponse:
    """Hand out a file of a ticket, as a download."""
    found, handed = any_ticket_or_404(request, ticket_id)
    if handed:
        rows = handed_files(found, organisation)
    else:
        rows = Attachment.objects.of(found.company_id).filter(message__ticket=found)
    file = get_object_or_404(rows, pk=attachment_id)
    name = f"#{found.number} {file.name}"
    note_as(request, organisation, "ticket.file_opened", found.company, name=name)
    return handed_out(file)


@desk_view
@require_safe
def ticket_appointment(
    request: HttpRequest,
    organisation: Organisation,
    ticket_id: uuid.UUID,
    appointment_id: uuid.UUID,
) -> HttpResponse:
    """Hand out an appointment as a calendar file."""
    found, _ = any_ticket_or_404(request, ticket_id)
    rows = Appointment.objects.of(found.company_id).filter(ticket=found)
    rows = rows.select_related("ticket__organisation", "ticket__asker")
    one = get_object_or_404(rows, pk=appointment_id)
    return ics(file_of(one, method_of(one)))
