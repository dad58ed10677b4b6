"""The report of a company: the page that offers it, and the file in each form."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.jobs import start_job
from tojimari.portal.core.models import Job
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.words import current_lang


@company_view(COMPANY_READ)
@require_safe
def report(request: HttpRequest, company: Company) -> HttpResponse:
    """Offer the report: PDF, page, JSON and OSCAL."""
    pdf = (
        Job.objects.of(company)
        .filter(kind="pdf", state=Job.DONE, lang=current_lang())
        .defer("result")
        .order_by("-made_at")
        .first()
    )
    return render(request, "report_page.html", {"company": company, "pdf": pdf})


@company_view(COMPANY_READ)
@require_POST
def make_pdf(request: HttpRequest, company: Company) -> HttpResponse:
    """Make the report as PDF."""
    return redirect("companies:job", company.pk, start_job(company, "pdf").pk)


@company_view(COMPANY_READ)
@require_safe
def report_file(request: HttpRequest, company: Company, form: str) -> HttpResponse:
    """Send the report as a file."""
    from tojimari.portal.companies.assessments import result_of
    from tojimari.portal.companies.population import whole_catalog

    lang = current_lang()
    if form == "pdf":
        made = (
            Job.objects.of(company)
            .filter(kind="pdf", state=Job.DONE, lang=lang)
            .order_by("-made_at")
            .first()
        )
        if made is None or made.result is None:
            raise Http404
        body, kind = bytes(made.result), "application/pdf"
    else:
        result = result_of(company)
        if form == "html":
            from tojimari.report.page import to_html

            body, kind = (
                to_html(result, whole_catalog(), lang, in_portal=True).encode(),
                "text/html; charset=utf-8",
            )
        elif form == "json":
            from tojimari.report.machine import to_json

            body, kind = to_json(result, whole_catalog()), "application/json"
        elif form == "oscal":
            from tojimari.report.oscal import to_oscal

            body, kind = to_oscal(result, whole_catalog()), "application/json"
        else:
            raise Http404
    note_by(request, "report.taken", company, form=form)
    day = timezone.localdate().isoformat()
    ending = {"oscal": "oscal.json"}.get(form, form)
    response = HttpResponse(body, content_type=kind)
    return as_file(response, f"tojimari-{day}.{ending}")
