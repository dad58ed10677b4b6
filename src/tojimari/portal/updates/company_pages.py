"""A company's pages: what is proposed, its yes and no, what came of it, and starting something."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.permissions import may
from tojimari.portal.errors import refused
from tojimari.portal.forms import PortalForm
from tojimari.portal.updates import fresh
from tojimari.portal.updates.agreement import By, able, still_wanted
from tojimari.portal.updates.consents import part_of, second_person
from tojimari.portal.updates.endings import refuse, stop
from tojimari.portal.updates.forms import POLICY_DAYS_USUAL, AnswerForm, ProposalForm
from tojimari.portal.updates.kinds import kind_of, kind_rows, title_of
from tojimari.portal.updates.models import Consent, Policy, Proposal
from tojimari.portal.updates.proposals import BadProposal, approve, propose
from tojimari.portal.updates.rights import UPDATES_APPROVE, UPDATES_READ
from tojimari.portal.updates.shown import (
    choices_of,
    consents_shown,
    devices_shown,
    key_shown,
    proposal_row,
    task_rows,
)
from tojimari.portal.updates.sign_in_pages import way_to_sign_in
from tojimari.portal.words import current_lang, say

SHOWN = 50


def not_alone() -> None:
    """Raise Http404 on a computer that serves its owner alone: no device can reach it."""
    if settings.LOCAL:
        raise Http404


@company_view(UPDATES_READ)
@require_safe
def updates(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what waits, what is under way, what came of the rest, and who allows what."""
    not_alone()
    rows = Proposal.objects.of(company).select_related("organisation").order_by("-made_at")
    policies = Policy.objects.of(company).filter(ended_at=None, good_until__gt=timezone.now())
    people = company.memberships.select_related("user").exclude(user=request.user)
    context = {
        "company": company,
        "waiting": [proposal_row(one) for one in rows.filter(state=Proposal.PROPOSED)[:SHOWN]],
        "running": [proposal_row(one) for one in rows.filter(state=Proposal.APPROVED)[:SHOWN]],
        "over": [proposal_row(one) for one in rows.exclude(state__in=Proposal.OPEN)[:SHOWN]],
        "devices": devices_shown(company),
        "key": key_shown(),
        "policies": policies.select_related("organisation").order_by("-made_at"),
        "second": second_person(company),
        "people": [one.user for one in people],
        "approves": may(request.actor, UPDATES_APPROVE, company),
        "days": POLICY_DAYS_USUAL,
    }
    return render(request, "updates.html", context)


def proposal_or_404(company: Company, proposal_id: uuid.UUID) -> Proposal:
    """Return a proposal of a company. Raises Http404."""
    rows = Proposal.objects.of(company).select_related("company", "organisation", "policy")
    found: Proposal = get_object_or_404(rows, pk=proposal_id)
    return found


@company_view(UPDATES_READ)
@require_safe
def update(request: HttpRequest, company: Company, proposal_id: uuid.UUID) -> HttpResponse:
    """Show one proposal: what, where, when, what it would change, who said yes, what came of it."""
    not_alone()
    return _page(request, company, proposal_or_404(company, proposal_id))


def _page(
    request: HttpRequest,
    company: Company,
    found: Proposal,
    problem: str = "",
    *,
    code: int = 400,
) -> HttpResponse:
    part = part_of(company, request.user)
    consents = consents_shown(company, Consent.PROPOSAL, found.pk)
    mine = any(one.user_id == request.user.pk for one, _ in consents["given"])
    context = {
        "company": company,
        "proposal": found,
        "title": title_of(found.kind, found.parameters, current_lang()),
        "declared": kind_of(found.kind),
        "state": say(f"updatestate.{found.state}"),
        "stopped": say(f"updatestop.{found.stopped_by}") if found.stopped_by else "",
        "tasks": task_rows(found),
        "part": part,
        "mine": mine,
        "fresh": fresh.is_fresh(request),
        "sign_in": way_to_sign_in(reverse("updates:update", args=[company.pk, found.pk])),
        "too_late": found.until <= timezone.now(),
        "withdrawn": not still_wanted(found),
        "problem": problem,
        **consents,
    }
    return render(request, "update.html", context, status=code if problem else 200)


@company_view(UPDATES_READ)
@require_POST
def answer_update(request: HttpRequest, company: Company, proposal_id: uuid.UUID) -> HttpResponse:
    """Take somebody's yes, no or stop. A yes uses a fresh signing in up."""
    not_alone()
    found = proposal_or_404(company, proposal_id)
    form, part = AnswerForm(request.POST), part_of(company, request.user)
    if not part:
        raise Http404
    if not form.is_valid():
        return refused(request, form.sentence())
    by = By(request.user, request.acting_as)
    if form.cleaned_data["yes"]:
        return _yes(request, company, found, part)
    if form.cleaned_data["no"]:
        done = refuse(found, by)
    else:
        done = form.cleaned_data["stop"] and stop(found, by, "owner")
    if not done:
        return _page(request, company, found, say("update.too_late"), code=409)
    return redirect("updates:update", company.pk, found.pk)


def _yes(request: HttpRequest, company: Company, found: Proposal, part: str) -> HttpResponse:
    signed_in = fresh.spend(request)
    if signed_in is None:
        return redirect(way_to_sign_in(reverse("updates:update", args=[company.pk, found.pk])))
    if not approve(found, request.user, request.acting_as, signed_in):
        found = proposal_or_404(company, found.pk)
        return _page(request, company, found, say("update.too_late"), code=409)
    messages.success(request, say("update.thanks"))
    return redirect("updates:update", company.pk, found.pk)


@company_view(UPDATES_APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
def start_update(request: HttpRequest, company: Company) -> HttpResponse:
    """Let an owner choose what is to be done, and where; the yes to it is asked on its page."""
    not_alone()
    if request.method != "POST":
        return _start_page(request, company)
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return _start_page(request, company, form.sentence())
    by = By(request.user, request.acting_as)
    try:
        made = propose(company, form.wanted(), form.cleaned_data["devices"], by)
    except BadProposal as error:
        return _start_page(request, company, error.say(current_lang()))
    return redirect("updates:update", company.pk, made.pk)


def _start_page(request: HttpRequest, company: Company, problem: str = "") -> HttpResponse:
    context = {
        "company": company,
        "kinds": kinds_of(company),
        "choices": choices_of(company),
        "problem": problem,
        **moments(),
        **typed(ProposalForm(request.POST), problem),
    }
    return render(request, "update_new.html", context, status=400 if problem else 200)


def typed(form: PortalForm, problem: str) -> dict[str, Any]:
    """Return what was typed and ticked, for a page that says no; nothing for a new one."""
    if not problem:
        return {"given": {}, "chosen": []}
    return {"given": form.data, "chosen": form.data.getlist("devices")}


def moments() -> dict[str, Any]:
    """Return what stands in the fields of a window at first: from now, for a day."""
    now = timezone.localtime(timezone.now()).replace(second=0, microsecond=0)
    return {"from_now": now, "a_day_on": now + timedelta(days=1)}


def kinds_of(company: Company) -> list[tuple[str, str]]:
    """Return the kinds that at least one device of a company does, with their titles."""
    done = {kind for one in able(company) for kind in one.kinds}
    return [row for row in kind_rows(current_lang()) if row[0] in done]
