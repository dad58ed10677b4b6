"""The owner's page of money and help: what fits, what is asked, reminders, answers for insurers."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tojimari.plan.money import still_asked
from tojimari.portal.companies.assessments import up_to_date
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.money.forms import RemindForm, TellForm
from tojimari.portal.money.models import DeadlineReminder
from tojimari.portal.money.rights import MONEY_MANAGE
from tojimari.portal.money.telling import fields, others, tell
from tojimari.portal.words import catalog, current_lang
from tojimari.report.money import insurance_csv, insurance_rows, programme_card

ASKED_AT_ONCE = 4
"""Questions that stand open on the page; the rest is folded."""


@company_view(MONEY_MANAGE)
@require_safe
def money(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what can be used now, what it asks of the company, and the rest folded."""
    note_by(request, "money.seen", company)
    return _page(request, company)


def _page(request: HttpRequest, company: Company, problem: str = "") -> HttpResponse:
    result, lang = up_to_date(company), current_lang()
    asked = still_asked(result.offers)
    wanted = set(DeadlineReminder.objects.of(company).values_list("programme", flat=True))
    near: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for offer in result.offers:
        card = programme_card(offer, result, catalog(), lang)
        card["reminds"] = offer.programme.id in wanted
        card["has_deadline"] = offer.apply_by is not None
        (near if offer.is_near else rest).append(card)
    typed = TellForm(request.POST).data if problem else None
    context = {
        "company": company,
        "near": near,
        "rest": rest,
        "asked": fields(result, asked[:ASKED_AT_ONCE], typed),
        "others": fields(result, (*asked[ASKED_AT_ONCE:], *others(asked)), typed),
        "problem": problem,
    }
    return render(request, "money.html", context, status=400 if problem else 200)


@company_view(MONEY_MANAGE)
@require_POST
def tell_money(request: HttpRequest, company: Company) -> HttpResponse:
    """Keep what the company says of itself; the page then judges anew."""
    form = TellForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form.sentence())
    if tell(company, form.said):
        note_by(request, "money.told", company)
    return redirect("money:money", company.pk)


@company_view(MONEY_MANAGE)
@require_POST
def remind_money(request: HttpRequest, company: Company, programme_id: str) -> HttpResponse:
    """Begin or end the reminders of a programme's deadlines."""
    offer = next(
        (one for one in up_to_date(company).offers if one.programme.id == programme_id), None
    )
    form, rows = RemindForm(request.POST), DeadlineReminder.objects.of(company)
    if not form.is_valid():
        raise Http404
    if not form.cleaned_data["on"]:
        if not rows.filter(programme=programme_id).delete()[0]:
            raise Http404
    elif offer is None or offer.apply_by is None:
        raise Http404
    else:
        rows.get_or_create(
            company=company, programme=programme_id, defaults={"wanted_by": request.user}
        )
    note_by(request, "money.reminder", company)
    return redirect("money:money", company.pk)


@company_view(MONEY_MANAGE)
@require_safe
def insurance(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what an insurer is likely to ask, answered from the assessment."""
    rows = insurance_rows(up_to_date(company), catalog(), current_lang())
    note_by(request, "money.insurance", company)
    context = {
        "company": company,
        "rows": rows,
        "nothing_known": all(row["state"] == "unknown" for row in rows),
    }
    return render(request, "money_insurance.html", context)


@company_view(MONEY_MANAGE)
@require_safe
def insurance_file(request: HttpRequest, company: Company) -> HttpResponse:
    """Send the answers for an insurer as CSV."""
    note_by(request, "money.insurance", company)
    response = HttpResponse(
        insurance_csv(up_to_date(company), catalog(), current_lang()),
        content_type="text/csv; charset=utf-8",
    )
    return as_file(response, "tojimari-insurance.csv")
