"""A company's own suppliers: naming them, disclosing them to buyers, being counted elsewhere."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.chains.forms import (
    REPLACE,
    DiscloseForm,
    MemberForm,
    SupplierForm,
)
from tojimari.portal.chains.models import ChainMember, Disclosure, SupplyLink, new_code
from tojimari.portal.chains.rights import CHAIN_MANAGE
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import CHAIN_READ
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.supporters.standings import Standing
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.chain import model_of

SUPPLIERS_AT_MOST = 200
CODES_AN_HOUR = 30
_CODE_PART = 4


@company_view(CHAIN_MANAGE)
@require_safe
def own_chain(request: HttpRequest, company: Company) -> HttpResponse:
    """Show the company's suppliers, who is told which of them, and its own code."""
    return _page(request, company)


def standing(company: Company) -> Standing | None:
    """Say how many suppliers ``company`` named."""
    n = SupplyLink.objects.of(company).count()
    return Standing(say("show.chain_n", n=n)) if n else None


def buyers_of(company: Company) -> list[Organisation]:
    """Return the buyers that may see the company's chain now."""
    rows = Grant.objects.of(company).filter(
        withdrawn_at=None,
        organisation__kind=Organisation.BUYER,
        organisation__approved_at__isnull=False,
        scopes__has=CHAIN_READ,
    )
    return [row.organisation for row in rows.select_related("organisation").order_by("given_at")]


def _telling(company: Company) -> list[Disclosure]:
    """Return what is told to buyers now; what was told under a grant that ended is not any more."""
    grants = Grant.objects.of(company).filter(withdrawn_at=None)
    since = dict(grants.values_list("organisation", "given_at"))
    return [
        row
        for row in Disclosure.objects.of(company)
        if row.organisation_id in since and row.made_at >= since[row.organisation_id]
    ]


def _page(request: HttpRequest, company: Company, problem: str = "") -> HttpResponse:
    told: dict[int, set[Any]] = {}
    for row in _telling(company):
        told.setdefault(row.link_id, set()).add(row.organisation_id)
    buyers, member = buyers_of(company), ChainMember.objects.of(company).first()
    rows = [
        {
            "link": link,
            "replace": say(f"chainpage.replace_{link.replace}"),
            "buyers": [(one, one.pk in told.get(link.pk, ())) for one in buyers],
            "counted": bool(link.partner_id),
        }
        for link in SupplyLink.objects.of(company).order_by("name", "pk")
    ]
    context = {
        "company": company,
        "rows": rows,
        "buyers": buyers,
        "code": _spaced(member.code) if member else "",
        "named_by": SupplyLink.objects.across("how many name a company")
        .filter(partner=company)
        .count()
        if member
        else 0,
        "replace": [(one, say(f"chainpage.replace_{one}")) for one in REPLACE],
        "at_least": model_of(catalog()).hidden_at_least,
        "typed": SupplierForm(request.POST).data if problem else {},
        "problem": problem,
        "lang": current_lang(),
    }
    return render(request, "own_chain.html", context, status=400 if problem else 200)


def _spaced(code: str) -> str:
    return " ".join(code[at : at + _CODE_PART] for at in range(0, len(code), _CODE_PART))


@company_view(CHAIN_MANAGE)
@require_POST
def add_supplier(request: HttpRequest, company: Company) -> HttpResponse:
    """Name a supplier; with its code it is joined to that company, unnamed for everybody else."""
    form = SupplierForm(request.POST)
    if not form.is_valid():
        bad_code = say("chainpage.bad_code") if "code" in form.errors else form.sentence()
        return _page(request, company, bad_code)
    partner, problem = _partner(company, form.cleaned_data["code"])
    if problem:
        return _page(request, company, problem)
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        rows = SupplyLink.objects.of(company)
        if rows.count() >= SUPPLIERS_AT_MOST:
            return _page(request, company, say("chainpage.too_many", n=SUPPLIERS_AT_MOST))
        if partner and rows.filter(partner=partner).exists():
            return _page(request, company, say("chainpage.twice"))
        rows.create(
            company=company,
            name=form.cleaned_data["name"],
            partner=partner,
            percent=form.cleaned_data["percent"],
            replace=form.cleaned_data["replace"],
            made_by=request.user,
        )
    note_by(request, "chain.named", company)
    return redirect("chains:own_chain", company.pk)


def _partner(company: Company, code: str) -> tuple[Company | None, str]:
    """Return the company a code belongs to, and what is wrong with it."""
    if not code:
        return None, ""
    if too_often("chain-code", str(company.pk), times=CODES_AN_HOUR, seconds=3600):
        return None, say("chainpage.too_often")
    members = ChainMember.objects.across("whose code was typed").select_related("company")
    member = members.filter(code=code).first()
    if member is None or member.company_id == company.pk:
        return None, say("chainpage.bad_code")
    return member.company, ""


def _link_or_404(company: Company, supply_id: int) -> SupplyLink:
    link = SupplyLink.objects.of(company).filter(pk=supply_id).first()
    if link is None:
        raise Http404
    return link


@company_view(CHAIN_MANAGE)
@require_POST
def remove_supplier(request: HttpRequest, company: Company, supply_id: int) -> HttpResponse:
    """Take a supplier off the list; no buyer sees it from then on."""
    _link_or_404(company, supply_id).delete()
    note_by(request, "chain.removed", company)
    return redirect("chains:own_chain", company.pk)


@company_view(CHAIN_MANAGE)
@require_POST
def disclose(request: HttpRequest, company: Company, supply_id: int) -> HttpResponse:
    """Tell a supplier's name to the ticked buyers, and to no other any more."""
    link, form = _link_or_404(company, supply_id), DiscloseForm(request.POST)
    if not form.is_valid():
        raise Http404
    ticked = set(form.cleaned_data["organisation"])
    chosen = [one for one in buyers_of(company) if str(one.pk) in ticked]
    with transaction.atomic():
        rows = Disclosure.objects.of(company).filter(link=link)
        kept = [one.pk for one in _telling(company) if one.link_id == link.pk]
        rows.exclude(organisation__in=chosen, pk__in=kept).delete()
        for one in chosen:
            rows.get_or_create(company=company, link=link, organisation=one)
    note_by(request, "chain.disclosed", company)
    return redirect("chains:own_chain", company.pk)


@company_view(CHAIN_MANAGE)
@require_POST
def chain_member(request: HttpRequest, company: Company) -> HttpResponse:
    """Begin or end being counted in the chains of others, or take a new code for new customers.

    Ending also cuts the company off from those who named it by its code.
    """
    form = MemberForm(request.POST)
    if not form.is_valid():
        raise Http404
    rows = ChainMember.objects.of(company)
    if not form.cleaned_data["on"]:
        with transaction.atomic():
            rows.delete()
            named = SupplyLink.objects.across("a company is not counted any more")
            named.filter(partner=company).update(partner=None)
    elif not rows.exists():
        rows.get_or_create(company=company)
    elif form.cleaned_data["fresh"]:
        rows.update(code=new_code())
    note_by(request, "chain.member", company)
    return redirect("chains:own_chain", company.pk)
