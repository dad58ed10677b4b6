"""Looking at this computer from the page, with its progress; the work itself is a job."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.collect import elevation
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.jobs import kind_of, start_job
from tojimari.portal.core.models import Job
from tojimari.portal.core.rights import COMPANY_READ, COMPANY_WRITE
from tojimari.portal.words import current_lang

SEEN_WHOLE_WITHIN = timedelta(days=30)


@company_view(COMPANY_READ)
@require_safe
def check(request: HttpRequest, company: Company) -> HttpResponse:
    """Offer to look at this computer (when the portal runs on it), another one, or a phone."""
    return render(
        request,
        "check.html",
        {"company": company, "here": settings.LOCAL},
    )


@company_view(COMPANY_WRITE)
@require_POST
def look_here(request: HttpRequest, company: Company) -> HttpResponse:
    """Look at the computer the portal runs on. Only where that is the owner's own."""
    if not settings.LOCAL:
        raise Http404
    job = start_job(company, "look")
    note_by(request, "look.started", company)
    return redirect("companies:job", company.pk, job.pk)


@company_view(COMPANY_WRITE)
@require_POST
def look_elevated(request: HttpRequest, company: Company) -> HttpResponse:
    """Look once with an administrator's rights, which Windows asks for, at what was hidden."""
    if not settings.LOCAL or not elevation.available():
        raise Http404
    job = start_job(company, "elevated_look")
    note_by(request, "look.started", company)
    return redirect("companies:job", company.pk, job.pk)


def hidden_kinds(company: Company) -> set[str]:
    """Return the kinds of which this computer hid something for want of rights.

    Not what was seen whole within the last month: then nobody has to be asked again yet.
    """
    lately = timezone.now() - SEEN_WHOLE_WITHIN
    hidden, whole = set(), set()
    for one in current(company):
        if one.subject.kind != "device" or one.source != "measured":
            continue
        reasons = {why.reason for why in one.partly_not_seen.values()}
        if one.not_seen is not None:
            reasons.add(one.not_seen.reason)
        if "no_permission" in reasons:
            hidden.add(one.kind)
        elif not reasons and one.last_confirmed_at > lately:
            whole.add(one.kind)
    return hidden - whole


def elevation_offered(company: Company) -> int:
    """Return how many kinds a look with more rights would show; 0 where there is no such look."""
    return len(hidden_kinds(company)) if settings.LOCAL and elevation.available() else 0


@company_view(COMPANY_READ)
@require_safe
def job(request: HttpRequest, company: Company, job_id: uuid.UUID) -> HttpResponse:
    """Show how far a job is; moves on by itself when it is done."""
    found = get_object_or_404(Job.objects.of(company), pk=job_id)
    declared = kind_of(found)
    after = declared.then(found)
    if found.state == Job.DONE and not request.htmx:
        return redirect(after)
    context = {
        "company": company,
        "job": found,
        "after": after,
        "back": declared.back(found),
        "problem": found.say_problem(current_lang()),
        "slow": found.made_at < timezone.now() - timedelta(seconds=30),
    }
    if request.htmx:
        response = render(request, "parts/job.html", context)
        if found.state == Job.DONE:
            response["HX-Redirect"] = after
        return response
    return render(request, "job.html", context)
