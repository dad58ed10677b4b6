"""The door inside a company: its own contacts, and an incident made of what was answered."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.permissions import may
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.incidents.contacts import contacts_of, kind_titles, missing_kinds
from tojimari.portal.incidents.forms import SinceForm
from tojimari.portal.incidents.guide import (
    Place,
    playbook_or_404,
    show_door,
    show_question,
    show_ten_minutes,
)
from tojimari.portal.incidents.models import Incident
from tojimari.portal.incidents.record import seen_by
from tojimari.portal.incidents.rights import CONTACTS_MANAGE
from tojimari.portal.incidents.shown import rows_of


@company_view(COMPANY_READ)
@require_safe
def company_door(request: HttpRequest, company: Company) -> HttpResponse:
    """Ask a member of a company what happened; what is being handled stands on top."""
    actor = request.actor
    found = seen_by(actor, company).filter(state=Incident.OPEN)
    titles = dict(kind_titles())
    more = {
        "incidents": rows_of(found),
        "manages": may(actor, CONTACTS_MANAGE, company),
        "missing": [titles[kind] for kind in missing_kinds(contacts_of(company))],
    }
    return show_door(request, Place(company), more)


@company_view(COMPANY_READ)
@require_safe
def company_kind(request: HttpRequest, company: Company, kind: str) -> HttpResponse:
    """Ask a member of a company the next question."""
    return show_question(request, Place(company), playbook_or_404(kind))


@company_view(COMPANY_READ)
@require_safe
def company_now(request: HttpRequest, company: Company, kind: str) -> HttpResponse:
    """Show a member of a company the first ten minutes, and offer to keep it as an incident."""
    playbook = playbook_or_404(kind)
    now = timezone.localtime()
    asked = SinceForm(request.GET)
    since = asked.cleaned_data["since"] if asked.is_valid() else now
    more = {"opens": kind if playbook.opens else "", "moment": now, "known_at": since}
    return show_ten_minutes(request, Place(company), playbook, more)
