"""A buyer's page: which suppliers put its purchases at risk, and whom to help first."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.chain.installed import EnginesMissing
from tojimari.portal.chains.buyers import BUYER, company_key, granted, network_behind
from tojimari.portal.chains.forms import K_AT_MOST, REPLACE, PurchaseForm, TryForm
from tojimari.portal.chains.models import Purchase
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import CHAIN_READ
from tojimari.portal.core.audit import note_as, note_each
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.core.permissions import may
from tojimari.portal.errors import refused
from tojimari.portal.supporters.access import buying_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.chain import HELPED, assumption_lines, buyer_view

COMPANIES_AT_MOST = 5_000
"""Suppliers of one buyer that a page reckons with; more is for the command."""
SEEN_AGAIN = timedelta(hours=1)


@buying_view
@require_safe
def chain(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the chain behind a buyer: picture, table, what-if, and what is assumed."""
    form = TryForm(request.GET)
    if not form.is_valid():
        return refused(request, form.sentence())
    companies = granted(organisation)
    if len(companies) > COMPANIES_AT_MOST:
        return refused(request, say("chainpage.too_large", n=COMPANIES_AT_MOST))
    tried = form.cleaned_data
    note_seen(request, organisation, [one.pk for one in companies])
    view, problem = None, ""
    if companies:
        network = network_behind(organisation, companies)
        try:
            view = buyer_view(
                network,
                BUYER,
                catalog(),
                current_lang(),
                k=tried["k"] or HELPED,
                minutes=tried["minutes"],
                closing=tried["close"] or None,
            )
            view["ask_first_words"] = say("chain.and").join(view["ask_first"])
        except EnginesMissing as error:
            problem = error.say(current_lang())
    purchases = _purchases(organisation, companies)
    context = {
        "organisation": organisation,
        "view": view,
        "n": len(companies),
        "problem": problem,
        "purchases": purchases,
        "any_said": any(row["percent"] for row in purchases),
        "replace": [(one, say(f"chainpage.replace_{one}")) for one in REPLACE],
        "k": tried["k"] or HELPED,
        "k_at_most": K_AT_MOST,
        "minutes": tried["minutes"] or "",
        "close": tried["close"],
        "assumptions": assumption_lines(catalog(), current_lang()),
    }
    return render(request, "buyer_chain.html", context)


def _purchases(organisation: Organisation, companies: list[Company]) -> list[dict[str, Any]]:
    said = {
        row.company_id: row
        for row in Purchase.objects.across("what a buyer says of its suppliers").filter(
            organisation=organisation, company__in=companies
        )
    }
    return [
        {
            "company": one,
            "key": company_key(one.pk),
            "percent": said[one.pk].percent if one.pk in said else None,
            "replace": said[one.pk].replace if one.pk in said else "unknown",
        }
        for one in companies
    ]


def note_seen(request: HttpRequest, organisation: Organisation, companies: list[UUID]) -> None:
    """Add to the log of each company that it was looked at, once an hour for a person."""
    lately = AuditEvent.objects.across("who was looked at within the hour").filter(
        action="chain.seen",
        actor=request.user,
        organisation=organisation,
        at__gt=timezone.now() - SEEN_AGAIN,
    )
    done = set(lately.values_list("company", flat=True))
    note_each(request, organisation, "chain.seen", [id_ for id_ in companies if id_ not in done])


@buying_view
@require_POST
def say_purchase(
    request: HttpRequest, organisation: Organisation, supplier_id: UUID
) -> HttpResponse:
    """Keep how much a buyer buys from a company that lets it see its chain."""
    company = Company.objects.filter(pk=supplier_id).first()
    if company is None or not may(request.actor, CHAIN_READ, company):
        raise Http404
    form = PurchaseForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence())
    said = {name: form.cleaned_data[name] for name in ("percent", "replace")}
    Purchase.objects.of(company).update_or_create(
        organisation=organisation, company=company, defaults=said
    )
    note_as(request, organisation, "chain.purchase", company)
    return redirect("chains:chain", organisation.pk)
