"""A company's own pages of proofs: make one, see what it says, hand it out, withdraw it."""

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.catalog import Framework
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.devices.pages import qr
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.proofs.forms import ProofForm, RenewForm
from tojimari.portal.proofs.frameworks import framework_of, framework_of_proof
from tojimari.portal.proofs.models import Proof
from tojimari.portal.proofs.rights import PROOFS_MANAGE
from tojimari.portal.proofs.showing import (
    ends_soon,
    figures,
    item_rows,
    opened,
    verdict_of,
)
from tojimari.portal.proofs.signing import (
    ask_for,
    ask_to_renew,
    claims_of,
    seen_digest,
    withdraw,
)
from tojimari.portal.words import catalog, say

A_DAY = 100
SHOWN_AT_MOST = 100


def framework_or_404(id_: str) -> Framework:
    """Return a framework of the catalog. Raises Http404; also where only this computer is served."""
    found = framework_of(id_)
    if found is None or settings.LOCAL:  # nobody else can reach this computer
        raise Http404
    return found


@company_view(PROOFS_MANAGE)
@require_safe
def proofs(request: HttpRequest, company: Company) -> HttpResponse:
    """List the company's proofs, and the frameworks one can be made in."""
    if settings.LOCAL:
        raise Http404
    rows = Proof.objects.of(company).order_by("-made_at")[:SHOWN_AT_MOST]
    context = {
        "company": company,
        "proofs": [(row, framework_of_proof(row)) for row in rows],
        "frameworks": list(catalog().frameworks.values()),
    }
    return render(request, "proofs.html", context)


@company_view(PROOFS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_proof(request: HttpRequest, company: Company, framework_id: str) -> HttpResponse:
    """Show exactly what a proof would say, and make it."""
    framework = framework_or_404(framework_id)
    if request.method != "POST":
        return _form(request, company, framework)
    form = ProofForm(request.POST)
    if not form.is_valid():
        return _form(request, company, framework, problem=form.sentence(), status=400)
    sent = form.cleaned_data
    if sent["seen"] != seen_digest(claims_of(company, framework.id)):
        return _form(request, company, framework, problem=say("proofs.changed"), status=409)
    if too_often("proof", str(company.pk), times=A_DAY, seconds=86_400):
        return refused(request, say("error.too_often"), code=429)
    items = {item.id for item in framework.items}
    made = Proof.objects.of(company).create(
        company=company,
        framework=framework.id,
        audience=sent["audience"],
        nonce=sent["number"] or secrets.token_urlsafe(9),
        shown=[item for item in sent["shown"] if item in items],
        seen=sent["seen"],
        with_oscal=sent["oscal"],
        made_by=request.user,
    )
    note_by(request, "proof.made", company, name=sent["audience"])
    return redirect("companies:job", company.pk, ask_for(made).pk)


def _form(
    request: HttpRequest,
    company: Company,
    framework: Framework,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    found = claims_of(company, framework.id)
    typed: dict[str, Any] = {"shown": [item.id for item in found.items]}
    if problem:
        sent = ProofForm(request.POST)
        picked = sent.data.getlist("shown")
        typed = {"shown": picked, "oscal": sent.data.get("oscal")}
        typed |= {name: sent.data.get(name, "")[:100] for name in ("audience", "number")}
    context = {
        "company": company,
        "framework": framework,
        "items": item_rows(found.items, framework),
        "seen": seen_digest(found),
        "typed": typed,
        "problem": problem,
        **figures(found),
    }
    return render(request, "proof_new.html", context, status=status)


def _proof_or_404(company: Company, proof_id: uuid.UUID) -> Proof:
    found: Proof = get_object_or_404(Proof.objects.of(company), pk=proof_id)
    return found


@company_view(PROOFS_MANAGE)
@require_safe
def proof(request: HttpRequest, company: Company, proof_id: uuid.UUID) -> HttpResponse:
    """Show one proof: its link, what it says, who opened it."""
    found = _proof_or_404(company, proof_id)
    times, count = opened(found)
    framework = framework_of_proof(found)
    address = whole_address("proofs:shown_proof", found.secret)
    context: dict[str, Any] = {
        "company": company,
        "proof": found,
        "framework": framework,
        "address": address,
        "qr": qr(address) if found.state == "good" else "",
        "opened": times,
        "times": count,
    }
    said = verdict_of(found).statement if found.text else None
    if said is not None:
        context |= {**figures(said), "items": item_rows(said.items, framework)}
        context["hidden"] = said.hidden
    if found.can_be_renewed and framework is not None:
        context |= {"renewal": _renewal(found, framework), "ends_soon": ends_soon(found)}
    context["gone"] = found.can_be_renewed and framework is None
    return render(request, "proof.html", context)


def _renewal(found: Proof, framework: Framework) -> dict[str, Any]:
    """Return what the proof would say if it were renewed now, item by item and in numbers."""
    now = claims_of(found.company, framework)
    shown = tuple(one for one in now.items if one.id in found.shown)
    return {
        "seen": seen_digest(now),
        "items": item_rows(shown, framework),
        "hidden": len(now.items) - len(shown),
        **figures(now),
    }


@company_view(PROOFS_MANAGE)
@require_POST
def renew_proof(request: HttpRequest, company: Company, proof_id: uuid.UUID) -> HttpResponse:
    """Have a proof signed anew, as things are now: same reader, same items, same link."""
    found = _proof_or_404(company, proof_id)
    back = reverse("proofs:proof", args=[company.pk, found.pk])
    form, framework = RenewForm(request.POST), framework_of_proof(found)
    if not form.is_valid() or not found.can_be_renewed:
        return refused(request, say("proofs.not_renewed"), back=back)
    if framework is None:
        return refused(request, say("proofs.not_in_catalog"), back=back)
    if form.cleaned_data["seen"] != seen_digest(claims_of(company, framework)):
        return refused(request, say("proofs.changed"), back=back, code=409)
    if too_often("proof", str(company.pk), times=A_DAY, seconds=86_400):
        return refused(request, say("error.too_often"), code=429)
    note_by(request, "proof.renewed", company, name=found.audience)
    asked = ask_to_renew(found, form.cleaned_data["seen"])
    return redirect("companies:job", company.pk, asked.pk)


@company_view(PROOFS_MANAGE)
@require_POST
def withdraw_proof(request: HttpRequest, company: Company, proof_id: uuid.UUID) -> HttpResponse:
    """Let a proof count no more, at once."""
    found = _proof_or_404(company, proof_id)
    withdraw(found)
    note_by(request, "proof.withdrawn", company, name=found.audience)
    return redirect("proofs:proof", company.pk, found.pk)
