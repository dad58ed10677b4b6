"""Incidents of the companies that let an organisation see them: on top of its list, and one by one."""

import uuid
from typing import Any

from django.db.models import QuerySet, UUIDField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.core.prepared import Given, Prepared
from tojimari.portal.incidents.models import Incident
from tojimari.portal.incidents.record import owners_kinds, seen_by
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.incidents.shown import incident_context, rows_of
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation

SHOWN = 30


def _open(organisation: Organisation | Given) -> QuerySet[Incident]:
    handled: QuerySet[Incident] = Incident.objects.across(_WHY).filter(
        state=Incident.OPEN,
        company__in=companies_where(Actor(organisation=organisation), INCIDENTS_READ),
    )
    return handled.exclude(kind__in=owners_kinds())


_WHY = "the fleet page, within its grants"
_ANY_OPEN = Prepared(
    _WHY, lambda: _open(Given("organisation", UUIDField())).values_list("company")[:1]
)


def open_incidents(organisation: Organisation) -> list[dict[str, Any]]:
    """Return what is being handled now in companies that let the organisation see it, oldest first.

    What is about a company's own people is never among it.
    """
    if not _ANY_OPEN.rows(organisation=organisation.pk):
        return []
    return rows_of(_open(organisation).select_related("company").order_by("known_at")[:SHOWN])


@organisation_view
@require_safe
def granted_incident(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, incident_id: uuid.UUID
) -> HttpResponse:
    """Show one incident to an organisation, to read."""
    actor = request.actor
    company, _ = company_or_404(actor, company_id, INCIDENTS_READ)
    found = seen_by(actor, company).filter(pk=incident_id).select_related("company").first()
    if found is None:
        raise Http404
    note_as(request, organisation, "incident.seen", company)
    context = {
        "organisation": organisation,
        "company": company,
        **incident_context(found),
        "letters": False,
        "writes": False,
    }
    return render(request, "granted_incident.html", context)
