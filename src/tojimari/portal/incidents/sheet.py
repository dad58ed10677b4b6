"""The sheet that hangs beside the computer, and the emergency code on it."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.assess.evidence import evidence_observation
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import may
from tojimari.portal.core.rights import COMPANY_READ, COMPANY_WRITE
from tojimari.portal.errors import refused
from tojimari.portal.incidents.contacts import contacts_of, kind_titles, missing_kinds
from tojimari.portal.incidents.forms import SheetForm
from tojimari.portal.incidents.models import EmergencyCode
from tojimari.portal.incidents.rights import CONTACTS_MANAGE
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.pdf import print_page
from tojimari.report.sheet import SHOWS, Sheet, SheetContact, sheet_page

_AN_HOUR = 30


@company_view(COMPANY_READ)
@require_safe
def sheet(request: HttpRequest, company: Company) -> HttpResponse:
    """Offer the sheet, say who is missing on it, and when the code was made."""
    return _shown(request, company, "")


@company_view(CONTACTS_MANAGE)
@require_POST
def new_code(request: HttpRequest, company: Company) -> HttpResponse:
    """Make the emergency code, and show it this once; the one before stops working."""
    code = EmergencyCode.make(company, request.user)
    note_by(request, "emergency_code.made", company)
    return _shown(request, company, code)


def _shown(request: HttpRequest, company: Company, code: str) -> HttpResponse:
    found, titles = contacts_of(company), dict(kind_titles())
    context = {
        "company": company,
        "found": [(one, titles.get(one.kind, "")) for one in found],
        "missing": [titles[kind] for kind in missing_kinds(found)],
        "row": EmergencyCode.objects.of(company).first(),
        "code": code,
        "address": whole_address("incidents:emergency_code"),
        "manages": may(request.actor, CONTACTS_MANAGE, company),
    }
    return render(request, "sheet.html", context)


@company_view(COMPANY_WRITE)
@require_POST
def sheet_file(request: HttpRequest, company: Company, form: str) -> HttpResponse:
    """Send the sheet, with the code that was just shown where it is the company's.

    With the contacts on it that everybody needs, the step that asks for the list is done.
    """
    if form not in ("pdf", "html"):
        raise Http404
    if too_often("sheet", str(company.pk), times=_AN_HOUR, seconds=3600):
        return refused(request, say("sheet.too_often"), code=429)
    sent = SheetForm(request.POST)
    typed = sent.cleaned_data["code"] if sent.is_valid() else ""
    known = EmergencyCode.find(typed)
    code = typed if known is not None and known.company_id == company.pk else ""
    found = contacts_of(company)
    page = sheet_page(
        Sheet(
            company.name,
            [SheetContact(c.kind, c.name, c.phone or c.mail, c.reference) for c in found],
            timezone.localdate(),
            code,
            "" if settings.LOCAL else whole_address("incidents:emergency_code"),
        ),
        catalog(),
        current_lang(),
    )
    data = print_page(page) if form == "pdf" else page.encode()
    if not missing_kinds(found):
        _keep_evidence(company)
    note_by(request, "sheet.taken", company)
    kind = "application/pdf" if form == "pdf" else "text/html; charset=utf-8"
    response = HttpResponse(data, content_type=kind)
    return as_file(response, f"tojimari-sheet.{form}")


def _keep_evidence(company: Company) -> None:
    """Note that the list of contacts is there: the step that asks for it is done."""
    control = catalog().controls[SHOWS]
    made = evidence_observation(
        control,
        done_on=timezone.localdate(),
        note=say("sheet.evidence"),
        at=timezone.now(),
        file_name="tojimari-sheet.pdf",
    )
    keep(company, [made])
    mark_stale(company)
