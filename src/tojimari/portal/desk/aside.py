"""Mails that were set aside: read by people of the desk, given to a company, or dropped."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.downloads import download
from tojimari.portal.core.permissions import companies_where
from tojimari.portal.core.sealing import unseal
from tojimari.portal.desk.access import desk_view
from tojimari.portal.desk.forms import DecideForm
from tojimari.portal.desk.incoming import ASIDE, join_aside
from tojimari.portal.desk.models import AsideMail
from tojimari.portal.desk.queue import COMPANIES_SHOWN, desk_of
from tojimari.portal.desk.rights import DESK_ANSWER
from tojimari.portal.desk.tickets import at_desk
from tojimari.portal.errors import refused
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say

ROWS_A_PAGE = 20


@desk_view
@require_safe
def aside_mails(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the mails that wait for a person's word."""
    rows = AsideMail.objects.filter(organisation=organisation, state=AsideMail.WAITING)
    page = Paginator(rows.defer("sealed").order_by("-at"), ROWS_A_PAGE).get_page(
        request.GET.get("page")
    )
    granted = companies_where(request.actor, DESK_ANSWER)
    context = {
        "organisation": organisation,
        "page": page,
        "companies": Company.objects.filter(pk__in=granted).order_by("name")[:COMPANIES_SHOWN],
    }
    return render(request, "desk_aside.html", context)


@desk_view
@require_POST
def decide_aside(
    request: HttpRequest, organisation: Organisation, aside_id: uuid.UUID
) -> HttpResponse:
    """Give a mail to a company's ticket, old or new; or drop it."""
    found = _waiting_or_404(organisation, aside_id)
    form, back = DecideForm(request.POST), reverse("desk:aside", args=[organisation.pk])
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    sent = form.cleaned_data
    rows = AsideMail.objects.filter(pk=found.pk, state=AsideMail.WAITING)
    if sent["what"] == "drop":
        rows.update(state=AsideMail.DROPPED, sealed=b"", text="", decided_by=request.user)
        return redirect(back)
    actor = request.actor
    granted = Company.objects.filter(pk__in=companies_where(actor, DESK_ANSWER))
    company = granted.filter(pk=sent["company"]).first() if sent["company"] else None
    if company is None or desk_of(organisation) is None:
        return refused(request, say("desk.choose_company"), back=back)
    ticket = None
    if sent["number"]:
        ticket = at_desk(actor).filter(company=company, number=sent["number"]).first()
        if ticket is None:
            return refused(request, say("desk.bad_number"), back=back)
    try:
        made = join_aside(found, _data(found), company, ticket, request.user)
    except BlockingIOError:  # the confined reader is busy with other mails
        return refused(request, say("mailcheck.busy"), back=back, code=503)
    except AsideMail.DoesNotExist:
        raise Http404 from None
    note_as(request, organisation, "ticket.joined", company)
    messages.success(request, say("desk.joined", number=made.number))
    return redirect("desk:ticket", organisation.pk, made.pk)


@desk_view
@require_safe
def aside_file(
    request: HttpRequest, organisation: Organisation, aside_id: uuid.UUID
) -> HttpResponse:
    """Hand out a mail that was set aside, as a file that no browser opens."""
    found = _waiting_or_404(organisation, aside_id)
    return download(_data(found), f"mail-{found.pk.hex[:8]}.eml")


def _data(found: AsideMail) -> bytes:
    return unseal(bytes(found.sealed), purpose=ASIDE, about=str(found.pk))


def _waiting_or_404(organisation: Organisation, aside_id: uuid.UUID) -> AsideMail:
    rows = AsideMail.objects.filter(organisation=organisation, state=AsideMail.WAITING)
    found: AsideMail = get_object_or_404(rows.select_related("organisation"), pk=aside_id)
    if not found.sealed:
        raise Http404
    return found
