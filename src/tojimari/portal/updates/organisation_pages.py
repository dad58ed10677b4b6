"""A supporter's pages of one company: proposing, and what came of it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_or_404
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.updates.agreement import By
from tojimari.portal.updates.company_pages import kinds_of, moments, typed
from tojimari.portal.updates.consents import second_person
from tojimari.portal.updates.endings import stop
from tojimari.portal.updates.forms import ProposalForm
from tojimari.portal.updates.kinds import kind_of, title_of
from tojimari.portal.updates.models import Consent, Proposal
from tojimari.portal.updates.proposals import BadProposal, propose
from tojimari.portal.updates.shown import (
    choices_of,
    consents_shown,
    proposal_row,
    task_rows,
)
from tojimari.portal.words import current_lang, say

PROPOSALS_A_DAY = 40
SHOWN = 50


def may_propose_to(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> Company:
    """Return a company that lets the organisation propose updates. Raises Http404."""
    if organisation.kind != Organisation.SUPPORTER:
        raise Http404
    found: Company = company_or_404(request.actor, company_id, UPDATES_PROPOSE)[0]
    return found


def by_of(request: HttpRequest, organisation: Organisation) -> By:
    """Return who acts, for the log."""
    return By(request.user, organisation.kind, organisation)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def propose_update(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> HttpResponse:
    """Show what was proposed to a company, and propose more. Its owner decides."""
    company = may_propose_to(request, organisation, company_id)
    if request.method != "POST":
        return _page(request, organisation, company)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return _page(request, organisation, company, form.sentence())
    if too_often(
        "update", f"{organisation.pk} {company.pk}", times=PROPOSALS_A_DAY, seconds=86_400
    ):
        return _page(request, organisation, company, say("error.too_often"), code=429)
    try:
        made = propose(
            company, form.wanted(), form.cleaned_data["devices"], by_of(request, organisation)
        )
    except BadProposal as error:
        return _page(request, organisation, company, error.say(current_lang()))
    messages.success(request, say("update.proposed"))
    return redirect("updates:proposed_update", organisation.pk, company.pk, made.pk)


def _page(
    request: HttpRequest,
    organisation: Organisation,
    company: Company,
    problem: str = "",
    *,
    code: int = 400,
) -> HttpResponse:
    rows = _own(organisation, company).order_by("-made_at")[:SHOWN]
    context: dict[str, Any] = {
        "organisation": organisation,
        "company": company,
        "rows": [proposal_row(one) for one in rows],
        "kinds": kinds_of(company),
        "choices": choices_of(company),
        "second": second_person(company) is not None,
        "problem": problem,
        **moments(),
        **typed(ProposalForm(request.POST), problem),
    }
    return render(request, "organisation_update.html", context, status=code if problem else 200)


def _own(organisation: Organisation, company: Company) -> Any:
    rows = Proposal.objects.of(company).filter(organisation=organisation)
    return rows.select_related("company", "organisation")


@organisation_view
@require_safe
def proposed_update(
    request: HttpRequest,
    organisation: Organisation,
    company_id: uuid.UUID,
    proposal_id: uuid.UUID,
) -> HttpResponse:
    """Show one proposal of this organisation, and what came of it."""
    company = may_propose_to(request, organisation, company_id)
    found = get_object_or_404(_own(organisation, company), pk=proposal_id)
    context = {
        "organisation": organisation,
        "company": company,
        "proposal": found,
        "title": title_of(found.kind, found.parameters, current_lang()),
        "declared": kind_of(found.kind),
        "state": say(f"updatestate.{found.state}"),
        "stopped": say(f"updatestop.{found.stopped_by}") if found.stopped_by else "",
        "tasks": task_rows(found),
        "too_late": found.until <= timezone.now(),
        **consents_shown(company, Consent.PROPOSAL, found.pk),
    }
    return render(request, "organisation_proposed.html", context)


@organisation_view
@require_POST
def withdraw_update(
    request: HttpRequest,
    organisation: Organisation,
    company_id: uuid.UUID,
    proposal_id: uuid.UUID,
) -> HttpResponse:
    """Take a proposal back; what is not begun is not done."""
    company = may_propose_to(request, organisation, company_id)
    found = get_object_or_404(_own(organisation, company), pk=proposal_id)
    stop(found, by_of(request, organisation), "supporter")
    return redirect("updates:proposed_update", organisation.pk, company.pk, found.pk)
