"""The desk as a company sees it: ask, follow, answer, say whether it helped."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.notices import end
from tojimari.portal.core.permissions import may
from tojimari.portal.desk import letters
from tojimari.portal.desk.about import About, about_of
from tojimari.portal.desk.appointments import file_of, method_of
from tojimari.portal.desk.files import handed_out, ics
from tojimari.portal.desk.forms import AboutForm, AskForm, HandoverWordForm, RatingForm, WordsForm
from tojimari.portal.desk.models import Appointment, Attachment, Desk, Handover, Message, Ticket
from tojimari.portal.desk.notices import DESK_ANSWERED, DESK_ANSWERED_NOBODY, HANDOVER_ASKED
from tojimari.portal.desk.rights import DESK_ALL, DESK_ASK
from tojimari.portal.desk.shown_files import among, files_to_tick
from tojimari.portal.desk.shown_visits import shown_referrals
from tojimari.portal.desk.tickets import (
    add_message,
    close,
    conversation,
    desks_of,
    hours_of,
    lasting,
    open_ticket,
    seen_by_company,
    subject_of,
)
from tojimari.portal.errors import refused
from tojimari.portal.experts.forms import shown_ticks
from tojimari.portal.experts.rights import VISITS_MANAGE
from tojimari.portal.limits import too_often
from tojimari.portal.mailin.addresses import organisation_address
from tojimari.portal.words import current_lang, say
from tojimari.respond.service_hours import is_open, next_opening

SHOWN = 100
A_DAY = 60
"""Questions and messages of one company within a day."""
_DAY = 86_400


def _only_on_a_server() -> None:
    if settings.LOCAL:  # nobody else can reach this computer
        raise Http404


def shown_desk(desk: Desk) -> dict[str, Any]:
    """Return what a company is shown of a desk: whose, its hours, and when it is answered next."""
    hours, now = hours_of(desk), timezone.now()
    return {
        "row": desk,
        "organisation": desk.organisation,
        # Japanese names of days are one letter each, and stand together.
        "days": ("" if current_lang() == "ja" else " ").join(
            say(f"weekday.{day}") for day in hours.days
        ),
        "open_now": is_open(now, hours),
        "next": next_opening(now, hours),
        "address": organisation_address(desk.organisation, letters.PURPOSE),
    }


@company_view(DESK_ASK)
@require_safe
def desk(request: HttpRequest, company: Any) -> HttpResponse:
    """List a company's questions, and the desks it can ask."""
    _only_on_a_server()
    rows = seen_by_company(request.actor, company).select_related("organisation", "asker")
    context = {
        "company": company,
        "desks": [shown_desk(each) for each in desks_of(company)],
        "tickets": rows.order_by("-made_at")[:SHOWN],
    }
    return render(request, "desk.html", context)


@company_view(DESK_ASK)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, company: Any) -> HttpResponse:
    """Write a question; what goes along is shown before it is sent."""
    _only_on_a_server()
    desks = desks_of(company)
    if not desks:
        return redirect("desk:desk", company.pk)
    if request.method != "POST":
        form = AboutForm(request.GET)
        sent = form.cleaned_data if form.is_valid() else {}
        found = about_of(request.actor, company, sent.get("about", ""), sent.get("about_id", ""))
        return _ask_page(request, company, desks, found)
    asking = AskForm.sent(request)
    valid = asking.is_valid()
    given = asking.cleaned_data
    found = about_of(request.actor, company, given.get("about", ""), given.get("about_id", ""))
    chosen = next((one for one in desks if one.pk == given.get("organisation")), None)
    if not valid or chosen is None:
        problem = asking.first() if not valid else say("error.bad_request")
        return _ask_page(request, company, desks, found, given=given, problem=problem)
    if given["along"] and (found is None or found.digest != given["seen"]):
        return _ask_page(
            request, company, desks, found, given=given, problem=say("desk.changed_meanwhile")
        )
    if too_often("desk", str(company.pk), times=A_DAY, seconds=_DAY):
        return _ask_page(
            request, company, desks, found, given=given, problem=say("error.too_often"), code=429
        )
    urgent = bool(found and found.urgent)  # with and without what is known of it
    along = found if given["along"] else None
    made = _opened(request, company, chosen, asking, along, urgent=urgent)
    note_by(request, "ticket.opened", company)
    messages.success(request, say("desk.sent", number=made.number))
    return redirect("desk:own_ticket", company.pk, made.pk)


def _opened(
    request: HttpRequest,
    company: Any,
    chosen: Desk,
    form: AskForm,
    found: About | None,
    *,
    urgent: bool,
) -> Ticket:
    text = form.cleaned_data["text"]
    more = {"about": found.kind, "about_id": found.id, "shared": found.text} if found else {}
    with transaction.atomic():
        made = open_ticket(
            company,
            chosen.organisation,
            subject=subject_of(text) or say("desk.no_subject"),
            way="web",
            asker=request.user,
            urgent=urgent,
            **more,
        )
        add_message(
            made,
            Message.COMPANY,
            text,
            way="web",
            author=request.user,
            files=form.attached(),
        )
    return made


def _ask_page(
    request: HttpRequest,
    company: Any,
    desks: list[Desk],
    found: About | None,
    *,
    given: dict[str, Any] | None = None,
    problem: str = "",
    code: int = 400,
) -> HttpResponse:
    context = {
        "company": company,
        "desks": [shown_desk(each) for each in desks],
        "about": found,
        "given": given or {},
        "along": given.get("along") if given else True,
        "problem": problem,
    }
    return render(request, "desk_ask.html", context, status=code if problem else 200)


def own_or_404(request: HttpRequest, company: Any, ticket_id: uuid.UUID) -> Ticket:
    """Return a ticket of the company that whoever asks may read. Raises Http404.

    Of one that was joined with another it is the other: a link in an old mail leads there.
    """
    _only_on_a_server()
    named = get_object_or_404(Ticket.objects.of(company), pk=ticket_id)
    rows = seen_by_company(request.actor, company)
    return get_object_or_404(
        rows.select_related("organisation", "company", "asker"), pk=lasting(named).pk
    )


@company_view(DESK_ASK)
@require_safe
def own_ticket(request: HttpRequest, company: Any, ticket_id: uuid.UUID) -> HttpResponse:
    """Show one question with all that was written, but for the desk's own notes."""
    ticket = own_or_404(request, company, ticket_id)
    if ticket.pk != ticket_id:
        return redirect("desk:own_ticket", company.pk, ticket.pk)
    for kind in (DESK_ANSWERED, DESK_ANSWERED_NOBODY):
        end(company, kind, str(ticket.pk), put_away=True)
    return own_page(request, company, ticket)


def own_page(
    request: HttpRequest,
    company: Any,
    ticket: Ticket,
    *,
    given: str = "",
    problem: str = "",
    typed: Any = None,
) -> HttpResponse:
    """Return the page of a question, with what was typed before where it was refused.

    given: the words of a message. typed: what was sent about an expert (a QueryDict).
    """
    shown = conversation(ticket, notes=False)
    desk_row = Desk.objects.filter(pk=ticket.organisation_id).first()
    context = {
        "company": company,
        "ticket": ticket,
        "messages_": [one for one in shown if one.kind != Message.AUTOMATIC],
        "asked": desk_row in desks_of(company),
        "appointments": Appointment.objects.of(company).filter(ticket=ticket).order_by("starts"),
        "handovers": Handover.objects.of(company)
        .filter(ticket=ticket)
        .select_related("to")
        .order_by("made_at"),
        "decides": may(request.actor, DESK_ALL, company),
        "referrals": shown_referrals(ticket),
        "asks_experts": may(request.actor, VISITS_MANAGE, company),
        "ticks": list(shown_ticks()),
        "typed": typed or {},
        "picked": typed.getlist("picked") if typed else [],
        "tickable": files_to_tick(ticket),
        "now": timezone.now(),
        "given": given,
        "problem": problem,
    }
    return render(request, "desk_own_ticket.html", context, status=400 if problem else 200)


@company_view(DESK_ASK)
@require_POST
def own_write(request: HttpRequest, company: Any, ticket_id: uuid.UUID) -> HttpResponse:
    """Write more to a question; a closed one is open again."""
    ticket = own_or_404(request, company, ticket_id)
    form = WordsForm.sent(request)
    if not form.is_valid():
        typed = form.cleaned_data.get("text", "")
        return own_page(request, company, ticket, given=typed, problem=form.first())
    text = form.cleaned_data["text"]
    if not any(one.pk == ticket.organisation_id for one in desks_of(company)):
        return own_page(request, company, ticket, given=text, problem=say("desk.not_asked"))
    if too_often("desk", str(company.pk), times=A_DAY, seconds=_DAY):
        return own_page(request, company, ticket, given=text, problem=say("error.too_often"))
    add_message(
        ticket, Message.COMPANY, text, way="web", author=request.user, files=form.attached()
    )
    return redirect("desk:own_ticket", company.pk, ticket.pk)


@company_view(DESK_ASK)
@require_POST
def own_close(request: HttpRequest, company: Any, ticket_id: uuid.UUID) -> HttpResponse:
    """Say that a question is settled."""
    ticket = own_or_404(request, company, ticket_id)
    close(ticket)
    return redirect("desk:own_ticket", company.pk, ticket.pk)


@company_view(DESK_ASK)
@require_POST
def own_rate(request: HttpRequest, company: Any, ticket_id: uuid.UUID) -> HttpResponse:
    """Say whether the answer helped: one press."""
    ticket = own_or_404(request, company, ticket_id)
    form = RatingForm(request.POST)
    back = reverse("desk:own_ticket", args=[company.pk, ticket.pk])
    if not form.is_valid() or ticket.first_answered_at is None:
        return refused(request, form.sentence(), back=back)
    rows = Ticket.objects.of(company).filter(pk=ticket.pk)
    rows.update(rated=form.cleaned_data["rated"])
    return redirect(back)


@company_view(DESK_ASK)
@require_safe
def own_file(
    request: HttpRequest, company: Any, ticket_id: uuid.UUID, attachment_id: uuid.UUID
) -> HttpResponse:
    """Hand out a file of a question, as a download."""
    ticket = own_or_404(request, company, ticket_id)
    rows = Attachment.objects.of(company).filter(message__ticket=ticket)
    return handed_out(get_object_or_404(rows.exclude(message__kind=Message.NOTE), pk=attachment_id))


@company_view(DESK_ASK)
@require_safe
def own_appointment(
    request: HttpRequest, company: Any, ticket_id: uuid.UUID, appointment_id: uuid.UUID
) -> HttpResponse:
    """Hand out an appointment as a calendar file."""
    ticket = own_or_404(request, company, ticket_id)
    rows = Appointment.objects.of(company).filter(ticket=ticket)
    found = get_object_or_404(
        rows.select_related("ticket__organisation", "ticket__asker"), pk=appointment_id
    )
    return ics(file_of(found, method_of(found)))


@company_view(DESK_ALL)
@require_POST
def own_handover(
    request: HttpRequest, company: Any, ticket_id: uuid.UUID, handover_id: uuid.UUID
) -> HttpResponse:
    """Agree that somebody outside reads this question until a day, and opens which files; refuse
    it, end it, or choose other files.
    """
    ticket = own_or_404(request, company, ticket_id)
    form = HandoverWordForm(request.POST)
    rows = Handover.objects.of(company).filter(pk=handover_id, ticket=ticket, ended_at=None)
    found = get_object_or_404(rows.select_related("to"))
    back = reverse("desk:own_ticket", args=[company.pk, ticket.pk])
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    now, word = timezone.now(), form.cleaned_data["word"]
    ticked = among(ticket, form.cleaned_data["files"])
    if word == "agree":
        until = now + timedelta(days=found.days)
        agreed = {"until": until, "agreed_by": request.user, "news": word, "files": ticked}
        rows.filter(until=None).update(**agreed)
    elif word == "files":
        if not rows.filter(Handover.lives()).update(files=ticked):
            raise Http404
    else:
        rows.update(ended_at=now, news=word)
    end(company, HANDOVER_ASKED, str(found.pk), put_away=True)
    actions = {
        "agree": "ticket.handed_over",
        "refuse": "ticket.kept",
        "end": "ticket.taken_back",
        "files": "ticket.files_chosen",
    }
    note_by(request, actions[word], company, organisation=found.to)
    return redirect(back)
