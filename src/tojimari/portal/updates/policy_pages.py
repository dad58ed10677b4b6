"""Pages of a yes beforehand: what it would cover, who said yes to it, taking it back."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.notices import end as notice_ends
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.errors import refused
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.updates import fresh
from tojimari.portal.updates.agreement import By
from tojimari.portal.updates.company_pages import not_alone
from tojimari.portal.updates.consents import give, part_of, standing
from tojimari.portal.updates.endings import stop_under_policy
from tojimari.portal.updates.forms import POLICY_DAYS_USUAL, AnswerForm, PolicyForm
from tojimari.portal.updates.kinds import kind_rows
from tojimari.portal.updates.models import Consent, Policy
from tojimari.portal.updates.notices import UPDATE_SECOND
from tojimari.portal.updates.policies import end
from tojimari.portal.updates.rights import UPDATES_APPROVE, UPDATES_READ
from tojimari.portal.updates.shown import choices_of, consents_shown
from tojimari.portal.updates.sign_in_pages import way_to_sign_in
from tojimari.portal.words import current_lang, say

DAYS = range(7)


def proposers(company: Company) -> list[Organisation]:
    """Return the supporters that may propose updates to a company."""
    grants = Grant.objects.of(company).filter(withdrawn_at=None).select_related("organisation")
    return [
        one.organisation
        for one in grants.order_by("given_at")
        if may(Actor(organisation=one.organisation), UPDATES_PROPOSE, company)
    ]


@company_view(UPDATES_APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_policy(request: HttpRequest, company: Company) -> HttpResponse:
    """Let an owner write down a yes beforehand; it counts only once it was said, on its page."""
    not_alone()
    if request.method != "POST":
        return _new_page(request, company)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _new_page(request, company, form.sentence())
    wanted = form.cleaned_data["organisation"]
    organisation = next((one for one in proposers(company) if one.pk == wanted), None)
    if organisation is None:
        raise Http404
    made = form.fill(Policy(company=company, organisation=organisation, made_by=request.user))
    known = {kind for kind, _ in kind_rows(current_lang())}
    own = Device.objects.of(company).filter(pk__in=made.excluded)
    if not set(made.kinds) <= known or own.count() != len(made.excluded):
        return _new_page(request, company, say(PolicyForm.refusal))
    made.save()
    note_by(request, "updates.policy_made", company, name=str(organisation))
    return redirect("updates:update_policy", company.pk, made.pk)


def _new_page(request: HttpRequest, company: Company, problem: str = "") -> HttpResponse:
    given = PolicyForm(request.POST).data if problem else None
    context = {
        "company": company,
        "organisations": proposers(company),
        "kinds": kind_rows(current_lang()),
        "weekdays": [(day, say(f"weekday.{day}")) for day in DAYS],
        "choices": choices_of(company),
        "good_days": POLICY_DAYS_USUAL,
        "given": given or {},
        "picked": {name: given.getlist(name) for name in ("kinds", "days", "excluded")}
        if given is not None
        else {"days": ["0", "1", "2", "3", "4"]},
        "problem": problem,
    }
    return render(request, "update_policy_new.html", context, status=400 if problem else 200)


def policy_or_404(company: Company, policy_id: uuid.UUID) -> Policy:
    """Return a policy of a company. Raises Http404."""
    rows = Policy.objects.of(company).select_related("company", "organisation")
    found: Policy = get_object_or_404(rows, pk=policy_id)
    return found


@company_view(UPDATES_READ)
@require_safe
def update_policy(request: HttpRequest, company: Company, policy_id: uuid.UUID) -> HttpResponse:
    """Show one policy: what it covers, and who said yes to it."""
    not_alone()
    return _page(request, company, policy_or_404(company, policy_id))


def policy_words(policy: Policy) -> dict[str, Any]:
    """Return what a policy covers, in the reader's language."""
    titles, names = dict(kind_rows(current_lang())), {}
    for one in choices_of(policy.company):
        names[one["id"]] = one["name"]
    clock = [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (policy.begins, policy.ends)]
    return {
        "kinds": [titles.get(one, one) for one in policy.kinds],
        "days": [say(f"weekday.{day}") for day in policy.days],
        "begins": clock[0],
        "ends": clock[1],
        "next_day": policy.ends <= policy.begins,
        "excluded": [names.get(one, say("devices.nameless")) for one in policy.excluded],
    }


def _page(
    request: HttpRequest, company: Company, found: Policy, problem: str = "", *, code: int = 400
) -> HttpResponse:
    consents = consents_shown(company, Consent.POLICY, found.pk)
    context = {
        "company": company,
        "policy": found,
        **policy_words(found),
        **consents,
        "mine": any(one.user_id == request.user.pk for one, _ in consents["given"]),
        "part": part_of(company, request.user),
        "fresh": fresh.is_fresh(request),
        "sign_in": way_to_sign_in(reverse("updates:update_policy", args=[company.pk, found.pk])),
        "over": found.ended_at is not None or found.good_until <= timezone.now(),
        "problem": problem,
    }
    return render(request, "update_policy.html", context, status=code if problem else 200)


@company_view(UPDATES_READ)
@require_POST
def answer_policy(request: HttpRequest, company: Company, policy_id: uuid.UUID) -> HttpResponse:
    """Take somebody's yes, after signing in anew; or take the policy back, which is always open."""
    not_alone()
    found, part = policy_or_404(company, policy_id), part_of(company, request.user)
    form = AnswerForm(request.POST)
    if not part:
        raise Http404
    if not form.is_valid():
        return refused(request, form.sentence())
    if form.cleaned_data["stop"]:
        if end(found, request.user, request.acting_as):
            stop_under_policy(found, By(request.user, request.acting_as))
        notice_ends(company, UPDATE_SECOND, str(found.pk), put_away=True)
        return redirect("updates:updates", company.pk)
    if not form.cleaned_data["yes"]:
        return _page(request, company, found)
    return _yes(request, company, found)


def _yes(request: HttpRequest, company: Company, found: Policy) -> HttpResponse:
    here = reverse("updates:update_policy", args=[company.pk, found.pk])
    signed_in = fresh.spend(request)
    if signed_in is None:
        return redirect(way_to_sign_in(here))
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        open_ones = Policy.objects.of(company).filter(
            pk=found.pk, ended_at=None, good_until__gt=timezone.now()
        )
        if not open_ones.exists():
            return _page(request, company, found, say("update.too_late"), code=409)
        give(company, Consent.POLICY, found.pk, request.user, signed_in.how)
        note_by(request, "updates.policy_yes", company, how=signed_in.how)
        now_at = standing(company, Consent.POLICY, found.pk)
        if now_at.is_complete:
            open_ones.filter(agreed_at=None).update(agreed_at=timezone.now())
            notice_ends(company, UPDATE_SECOND, str(found.pk), put_away=True)
        elif now_at.second is not None:
            tell(company, UPDATE_SECOND, str(found.pk), values={"page": here}, by=request.user)
    messages.success(request, say("update.thanks"))
    return redirect(here)
