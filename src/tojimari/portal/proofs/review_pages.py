"""Somebody who helps a company says that they looked at what it says, item by item."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tojimari.attest.claims import observations_of
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.rights import PROOFS_REVIEW
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note_as
from tojimari.portal.errors import refused
from tojimari.portal.proofs.forms import ReviewForm
from tojimari.portal.proofs.models import NAME_LETTERS, ItemReview
from tojimari.portal.proofs.pages import framework_or_404
from tojimari.portal.proofs.showing import figures, item_rows
from tojimari.portal.proofs.signing import claims_of
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog

REVIEWABLE = ("said", "paper", "reviewed")


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def review(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, framework_id: str
) -> HttpResponse:
    """Show what the company would claim, and keep what was reviewed of it."""
    company, _ = company_or_404(request.actor, company_id, PROOFS_REVIEW)
    framework = framework_or_404(framework_id)
    result = result_of(company)
    found = claims_of(company, framework.id, result)
    can = {item.id for item in found.items if item.evidence in REVIEWABLE}
    if request.method == "POST":
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return refused(request, form.sentence())
        picked = can & set(form.cleaned_data["picked"])
        rows = ItemReview.objects.of(company).filter(
            organisation=organisation, framework=framework.id
        )
        rows.exclude(item__in=picked).delete()
        for item in result.standing_in(framework.id).items:
            if item.id in picked:
                rows.update_or_create(
                    company=company,
                    organisation=organisation,
                    framework=framework.id,
                    item=item.id,
                    defaults={
                        "user": request.user,
                        "by": f"{organisation.name} {request.user.name}"[: 2 * NAME_LETTERS],
                        "on": timezone.localdate(),
                        "rests_on": sorted(observations_of(item.controls, result.assessment)),
                    },
                )
        note_as(request, organisation, "proof.reviewed", company)
        return redirect("proofs:review", organisation.pk, company.pk, framework.id)
    note_as(request, organisation, "proof.review.seen", company)
    context = {
        "organisation": organisation,
        "company": company,
        "framework": framework,
        "frameworks": list(catalog().frameworks.values()),
        "items": item_rows(found.items, framework),
        "reviewable": can,
        **figures(found),
    }
    return render(request, "proof_review.html", context)
