"""What a supporter or buyer sees of one company: only what it allows."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.assessments import (
    result_of,
    without_device_names,
    without_incidents,
    without_money,
)
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.result import page_context
from tojimari.portal.companies.rights import BASICS_READ, FINDINGS_READ, MONEY_READ
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.permissions import may
from tojimari.portal.devices.pages import cards
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.errors import refused
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.sensors.showing import urgent_shown
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.concerns import concerns, rows_of
from tojimari.portal.supporters.fleet import with_rights
from tojimari.portal.supporters.forms import NoteForm
from tojimari.portal.supporters.models import MonthlyReport, Note, Organisation
from tojimari.portal.supporters.rights import NOTES_WRITE, REPORTS_MONTHLY


@organisation_view
@require_safe
def company(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> HttpResponse:
    """Show the basics and the next step, and the rest as far as granted."""
    found, _ = company_or_404(request.actor, company_id, BASICS_READ)
    sees_findings = may(request.actor, FINDINGS_READ, found)
    sees_devices = may(request.actor, DEVICES_READ, found)
    result = result_of(found)
    if not sees_devices:
        result = without_device_names(result)
    if not may(request.actor, INCIDENTS_READ, found):
        result = without_incidents(result)
    if not may(request.actor, MONEY_READ, found):
        result = without_money(result)
    shown = page_context(result, found)
    note_as(request, organisation, "result.seen", found)
    context = {
        "organisation": organisation,
        "company": found,
        "sees_findings": sees_findings,
        "basics": shown["basics"],
        "devices": shown["devices"],
        "step": shown["steps"][0] if shown["steps"] else None,
        "concerns": concerns_of(organisation, found),
        "as_of": shown["as_of"],
        "notes": Note.objects.of(found).filter(organisation=organisation).order_by("-at")[:50],
        "nudges": found.nudges.filter(organisation=organisation).order_by("-at")[:5],
    }
    if may(request.actor, REPORTS_MONTHLY, found):
        reports = MonthlyReport.objects.of(found).filter(organisation=organisation)
        context["monthly"] = reports.order_by("-month")[:3]
    if sees_findings:
        context |= {"themes": shown["themes"], "frameworks": shown["frameworks"]}
        context["watch"] = urgent_shown(found, names=sees_devices)
    if sees_devices:
        context["cards"] = cards(found, result)
    return render(request, "granted.html", context)


def concerns_of(organisation: Organisation, company: Company) -> list[str]:
    """Return what is wrong in a company, as far as it allows the organisation to see."""
    row = with_rights(organisation, Standing.objects.of(company)).first()
    return concerns(rows_of([row], timezone.now())[company.pk]) if row else []


@organisation_view
@require_POST
def add_note(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> HttpResponse:
    """Write a note about a company. The company can read it."""
    found, _ = company_or_404(request.actor, company_id, NOTES_WRITE)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence())
    text = form.cleaned_data["text"]
    if text:
        Note.objects.of(found).create(
            organisation=organisation, company=found, author=request.user, text=text
        )
        note_as(request, organisation, "note.written", found)
    return redirect("supporters:granted", organisation.pk, found.pk)
