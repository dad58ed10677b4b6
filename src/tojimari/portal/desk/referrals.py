"""An expert about a ticket: the desk suggests one, the company asks, the visit stands beside it."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tojimari.model import Lang
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_as, note_by
from tojimari.portal.desk.access import desk_view, ticket_or_404
from tojimari.portal.desk.company_pages import own_or_404, own_page
from tojimari.portal.desk.files import handed_out
from tojimari.portal.desk.forms import ReferralForm, ReferralWordForm
from tojimari.portal.desk.models import Message, Referral, Ticket
from tojimari.portal.desk.shown_files import among, mark, visit_files
from tojimari.portal.desk.ticket_page import send_answer, ticket_page
from tojimari.portal.desk.tickets import conversation, reader_of
from tojimari.portal.experts import visits
from tojimari.portal.experts.access import expert_view, note_expert
from tojimari.portal.experts.beside import stands_beside
from tojimari.portal.experts.company_pages import OPEN_AT_MOST, asks_too_often
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.offered import senders
from tojimari.portal.experts.rights import VISITS_MANAGE
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say


@desk_view
@require_POST
def suggest_expert(
    request: HttpRequest, organisation: Organisation, ticket_id: uuid.UUID
) -> HttpResponse:
    """Suggest to a company that an expert comes about its question; the company decides.

    The newest suggestion takes the place of one that the company has not answered.
    """
    found = ticket_or_404(request, ticket_id)
    form = ReferralForm(request.POST)
    if not form.is_valid():
        problem = say("desk.bad_referral")
        return ticket_page(
            request, organisation, found, problem=problem, typed=form.data, at="expert"
        )
    sent, reader = form.cleaned_data, reader_of(found)
    lang: Lang = reader.lang if reader is not None else current_lang()
    field = catalog().expertise.fields[sent["field"]].title.say(lang)
    text = say("desk.expert_suggested", lang, field=field)
    with transaction.atomic():
        rows = Referral.objects.of(found.company_id)
        rows.filter(ticket=found, visit=None, ended_at=None).delete()
        rows.create(
            company_id=found.company_id,
            ticket=found,
            field=sent["field"],
            words=sent["words"],
            made_by=request.user,
        )
    send_answer(request, organisation, found, f"{text}\n\n{sent['words']}")
    note_as(request, organisation, "ticket.expert_suggested", found.company)
    return redirect("desk:ticket", organisation.pk, found.pk)


@company_view(VISITS_MANAGE)
@require_POST
def own_referral(
    request: HttpRequest, company: Any, ticket_id: uuid.UUID, referral_id: uuid.UUID
) -> HttpResponse:
    """Ask for the expert that the desk suggests, in words of one's own; or do without.

    Once one was asked for: choose what they read and open of the conversation.
    """
    ticket = own_or_404(request, company, ticket_id)
    form = ReferralWordForm(request.POST)
    valid = form.is_valid()
    back = reverse("desk:own_ticket", args=[company.pk, ticket.pk])
    rows = Referral.objects.of(company).filter(ticket=ticket, pk=referral_id)
    if form.cleaned_data.get("word") == "show":
        shown = get_object_or_404(rows, visit__state__in=ExpertVisit.OPEN)
        rows.update(**_shown(ticket, form))
        note_by(request, "ticket.files_chosen", company, organisation=ticket.organisation)
        where = f"expert-{shown.pk}"
        return redirect(reverse("desk:own_ticket", args=[company.pk, ticket.pk], fragment=where))
    found = get_object_or_404(rows, visit=None, ended_at=None)
    if not valid:
        return own_page(request, company, ticket, problem=form.sentence(), typed=form.data)
    if form.cleaned_data["word"] == "no":
        found.end()
        return redirect(back)
    organisation = next((o for o in senders(company) if o.pk == ticket.organisation_id), None)
    if organisation is None:
        problem = say("desk.not_asked")
        return own_page(request, company, ticket, problem=problem, typed=form.data)
    if asks_too_often(company):
        problem = say("visit.too_many", n=OPEN_AT_MOST)
        return own_page(request, company, ticket, problem=problem, typed=form.data)
    if not _asked(found, organisation, form, request.user):  # pressed twice
        return redirect(back)
    note_by(request, "visit.asked", company, organisation=organisation)
    messages.success(request, say("visit.asked", organisation=organisation))
    return redirect(back)


def _asked(found: Referral, organisation: Any, form: ReferralWordForm, by: Any) -> bool:
    """Ask for the visit of a referral; returns whether nobody had answered it meanwhile."""
    with transaction.atomic():
        rows = Referral.objects.of(found.company_id).select_for_update()
        row = rows.filter(pk=found.pk, visit=None, ended_at=None).first()
        if row is None:
            return False
        for name, value in _shown(found.ticket, form).items():
            setattr(row, name, value)
        row.visit = visits.ask(
            found.company,
            organisation,
            field=row.field,
            wish=form.cleaned_data["wish"],
            scopes=form.scopes(),
            wished=None,
            by=by,
        )
        row.save(update_fields=["visit", "reads", "files"])
    return True


def _shown(ticket: Ticket, form: ReferralWordForm) -> dict[str, Any]:
    """Return what an expert reads of a conversation, as the company ticked it."""
    sent = form.cleaned_data
    return {"reads": sent["conversation"], "files": among(ticket, sent["picked"])}


def _read_by(visit: ExpertVisit) -> Ticket | None:
    """Return the ticket whose conversation a visit's expert may read now; None for none."""
    if not visit.is_shown:
        return None
    rows = Referral.objects.of(visit.company_id).filter(visit=visit, reads=True)
    row = rows.select_related("ticket__organisation").first()
    return row.ticket if row is not None else None


@stands_beside
def conversation_beside(visit: ExpertVisit) -> tuple[str, str] | None:
    """Return what the page of a visit leads its expert to, and its address."""
    if _read_by(visit) is None:
        return None
    return say("visit.conversation"), reverse("desk:visit_conversation", args=[visit.pk])


@expert_view
@require_safe
def visit_conversation(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Let the expert of a visit read the conversation it came from, as long as the visit shows."""
    ticket = _read_by(visit)
    if ticket is None:
        raise Http404
    note_expert(request, visit, "ticket.seen", number=str(ticket.number))
    shown = [one for one in conversation(ticket, notes=False) if one.kind != Message.AUTOMATIC]
    mark(shown, visit_files(visit, ticket))
    context = {"visit": visit, "ticket": ticket, "whose": visit.company, "messages_": shown}
    return render(request, "visit_conversation.html", context)


@expert_view
@require_safe
def visit_file(request: HttpRequest, visit: ExpertVisit, attachment_id: uuid.UUID) -> HttpResponse:
    """Hand out a file of the conversation that the company ticked for the expert, as a download."""
    ticket = _read_by(visit)
    if ticket is None:
        raise Http404
    file = get_object_or_404(visit_files(visit, ticket), pk=attachment_id)
    note_expert(request, visit, "ticket.file_opened", name=f"#{ticket.number} {file.name}")
    return handed_out(file)
