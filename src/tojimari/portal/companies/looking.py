"""Looking at this computer from the page, with its progress; the work itself is a job."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tojimari.portal.companies.access import company_view
from tojimari.portal.companies.models import Company, Job
from tojimari.portal.people.audit import note_by
from tojimari.portal.words import current_lang

JOB_KEPT_FOR = timedelta(days=1)


@company_view()
@require_GET
def check(request: HttpRequest, company: Company) -> HttpResponse:
    """Offer to look at this computer (when the portal runs on it), another one, or a phone."""
    return render(
        request,
        "check.html",
        {"company": company, "here": settings.LOCAL},
    )


def start_job(company: Company, kind: str, *, control: str = "", about: str = "") -> Job:
    """Keep a job and hand it to a worker; an unfinished one of the same kind is not doubled."""
    from tojimari.portal.companies.tasks import run_job

    Job.objects.of(company).filter(made_at__lt=timezone.now() - JOB_KEPT_FOR).delete()
    recent = Job.objects.of(company).filter(
        kind=kind,
        control=control,
        about=about,
        lang=current_lang(),
        state__in=(Job.WAITING, Job.RUNNING),
        made_at__gt=timezone.now() - timedelta(minutes=2),
    )
    job = recent.first()
    if job is None:
        job = Job.objects.of(company).create(
            company=company,
            kind=kind,
            control=control,
            about=about,
            lang=current_lang(),
        )
        run_job.enqueue(str(job.pk))
    return job


@company_view()
@require_POST
def look_here(request: HttpRequest, company: Company) -> HttpResponse:
    """Look at the computer the portal runs on. Only where that is the owner's own."""
    if not settings.LOCAL:
        raise Http404
    job = start_job(company, "look")
    note_by(request, "look.started", company)
    return redirect("companies:job", company.pk, job.pk)


@company_view()
@require_POST
def make_pdf(request: HttpRequest, company: Company) -> HttpResponse:
    """Make the report as PDF."""
    return redirect("companies:job", company.pk, start_job(company, "pdf").pk)


@company_view()
@require_GET
def job(request: HttpRequest, company: Company, job_id: uuid.UUID) -> HttpResponse:
    """Show how far a job is; moves on by itself when it is done."""
    found = get_object_or_404(Job.objects.of(company), pk=job_id)
    if found.state == Job.DONE and not request.htmx:
        return redirect(_after(found))
    context = {
        "company": company,
        "job": found,
        "after": _after(found),
        "back": _after(found) if found.about else reverse("companies:check", args=[company.pk]),
        "problem": found.say_problem(current_lang()),
        "slow": found.made_at < timezone.now() - timedelta(seconds=30),
    }
    if request.htmx:
        response = render(request, "parts/job.html", context)
        if found.state == Job.DONE:
            response["HX-Redirect"] = _after(found)
        return response
    return render(request, "job.html", context)


def _after(found: Job) -> str:
    if found.kind == "pdf":
        return reverse("companies:report", args=[found.company_id])
    if found.about:
        return reverse("outside:sites", args=[found.company_id])
    query = {"done": found.control} if found.control else None
    return reverse("companies:result", args=[found.company_id], query=query)


@company_view()
@require_GET
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


@company_view()
@require_GET
def report_file(request: HttpRequest, company: Company, form: str) -> HttpResponse:
    """Send the report as a file."""
    from tojimari.portal.companies.judging import result_of
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
    response["Content-Disposition"] = f'attachment; filename="tojimari-{day}.{ending}"'
    return response
