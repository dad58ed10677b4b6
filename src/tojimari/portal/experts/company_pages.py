"""A company's pages: who could come, its visits, its yes and no, and the report."""

import uuid
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.account import prefecture_choices
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.permissions import may
from tojimari.portal.experts import visits
from tojimari.portal.experts.access import of_company
from tojimari.portal.experts.appointment import calendar_of, has_calendar
from tojimari.portal.experts.forms import (
    AskForm,
    CancelForm,
    CompanyAnswerForm,
    ShownForm,
    shown_ticks,
)
from tojimari.portal.experts.models import SEES_AFTER, ExpertVisit
from tojimari.portal.experts.offered import (
    cards,
    experts_for,
    field_choices,
    field_title,
    programmes_for,
    senders,
    suggested_field,
)
from tojimari.portal.experts.rights import VISITS_MANAGE, VISITS_READ
from tojimari.portal.incidents.evidence import evidence_to_show
from tojimari.portal.limits import too_often
from tojimari.portal.words import catalog, current_lang, say

OPEN_AT_MOST = 5
"""Requests of one company that are open at a time."""
_A_DAY = 20
_SHOWN = 50


@company_view(VISITS_READ)
@require_safe
def experts(request: HttpRequest, company: Company) -> HttpResponse:
    """Show who could come, let the owner ask, and list the visits."""
    return _experts_page(request, company)


def _experts_page(
    request: HttpRequest, company: Company, problem: str = "", *, code: int = 400
) -> HttpResponse:
    """Show the page; with why something was not asked, and what was typed, where there is that."""
    if settings.LOCAL:  # nobody else can reach this computer
        raise Http404
    actor = request.actor
    near = suggested_field(actor, company)
    given = AskForm(request.POST).data if problem else {}
    field = given.get("field") or request.GET.get("field", near)
    if field not in catalog().expertise.fields:
        field = ""
    asked = ExpertVisit.objects.of(company).select_related("organisation", "expert")
    context = {
        "company": company,
        "field": field,
        "near": field_title(near) if near else "",
        "fields": field_choices(),
        "cards": cards(experts_for(company, field)),
        "senders": senders(company),
        "ticks": list(shown_ticks()),
        "visits": rows_of(asked.order_by("-asked_at")[:_SHOWN]),
        "programmes": programmes_for(company),
        "manages": may(actor, VISITS_MANAGE, company),
        "given": given,
        "problem": problem,
    }
    return render(request, "experts.html", context, status=code if problem else 200)


def rows_of(found: Any) -> list[dict[str, Any]]:
    """Return visits as lists show them, in the reader's language."""
    return [
        {"visit": one, "field": field_title(one.field), "state": say(f"visitstate.{one.state}")}
        for one in found
    ]


@company_view(VISITS_MANAGE)
@require_POST
def ask_expert(request: HttpRequest, company: Company) -> HttpResponse:
    """Ask one of the company's supporters for an expert."""
    form = AskForm(request.POST)
    if not form.is_valid():
        return _experts_page(request, company, form.sentence())
    sent = form.cleaned_data
    organisation = next((o for o in senders(company) if o.pk == sent["organisation"]), None)
    if organisation is None:
        raise Http404
    if asks_too_often(company):
        problem = say("visit.too_many", n=OPEN_AT_MOST)
        return _experts_page(request, company, problem, code=429)
    made = visits.ask(
        company,
        organisation,
        field=sent["field"],
        wish=sent["wish"],
        scopes=form.scopes(),
        wished=form.wished(),
        by=request.user,
    )
    note_by(request, "visit.asked", company, organisation=organisation)
    messages.success(request, say("visit.asked", organisation=organisation))
    return redirect("experts:company_visit", company.pk, made.pk)


def asks_too_often(company: Company) -> bool:
    """Count one more request of a company; returns whether it has too many, open or of a day."""
    open_ones = ExpertVisit.objects.of(company).filter(state__in=ExpertVisit.OPEN).count()
    often = too_often("expert", str(company.pk), times=_A_DAY, seconds=86_400)
    return often or open_ones >= OPEN_AT_MOST


@company_view(VISITS_READ)
@require_safe
def company_visit(request: HttpRequest, company: Company, visit_id: uuid.UUID) -> HttpResponse:
    """Show one visit: who comes when, what they see, and what they found."""
    return _visit_page(request, company, of_company(company, visit_id))


def _visit_page(
    request: HttpRequest,
    company: Company,
    found: ExpertVisit,
    problem: str = "",
    *,
    code: int = 400,
) -> HttpResponse:
    """Show the page; with why something was not done, and what was typed, where there is that."""
    context = {
        "company": company,
        **visit_context(found),
        **not_done(request, problem, code),
        "ticks": list(shown_ticks()),
        "evidence": evidence_to_show(request.actor, company) if found.is_open else [],
        "days_after": SEES_AFTER.days,
        "manages": may(request.actor, VISITS_MANAGE, company),
    }
    return render(request, "expert_visit.html", context, status=code if problem else 200)


def not_done(request: HttpRequest, problem: str, code: int) -> dict[str, Any]:
    """Return what a visit's page shows when something was not done: why, and what was typed.

    Where the visit has changed meanwhile (409), the form may be gone: the words are shown as such.
    """
    if not problem:
        return {"given": {}, "problem": ""}
    sent = CompanyAnswerForm(request.POST).data
    typed = sent.get("words") or sent.get("reason") if code == HTTPStatus.CONFLICT else ""
    return {"given": sent, "problem": problem, "typed": typed}


def visit_context(found: ExpertVisit) -> dict[str, Any]:
    """Return what every side's page of a visit shows, in the reader's language."""
    report, known = getattr(found, "report", None), catalog().controls
    now = timezone.now()
    shown = found.expert is not None and found.state in ExpertVisit.WITH_EXPERT
    return {
        "visit": found,
        "field": field_title(found.field),
        "state": say(f"visitstate.{found.state}"),
        "prefecture": dict(prefecture_choices()).get(found.company.prefecture, ""),
        "card": cards([found.expert])[0] if shown and found.expert else None,
        "report": report,
        "reviewed": [
            known[id_].title.say(current_lang())
            for id_ in (report.controls if report else ())
            if id_ in known
        ],
        "seeing": found.is_shown,
        "begun": found.at is not None and found.at <= now,
        "words_by": say(f"visit.words_{found.words_of}") if _has_words(found) else "",
        "calendar": has_calendar(found),
    }


def _has_words(found: ExpertVisit) -> bool:
    return bool(found.words) or found.words_of in visits.OF_ITSELF


def _done(
    request: HttpRequest, company: Company, visit_id: uuid.UUID, done: bool, action: str
) -> HttpResponse:
    """Note what was done and lead back, or say that it is too late for it."""
    if not done:
        found = of_company(company, visit_id)
        sentence = say("visit.passed" if found.has_passed else "visit.too_late")
        return _visit_page(request, company, found, sentence, code=HTTPStatus.CONFLICT)
    note_by(request, action, company)
    return redirect("experts:company_visit", company.pk, visit_id)


@company_view(VISITS_MANAGE)
@require_POST
def answer_visit(request: HttpRequest, company: Company, visit_id: uuid.UUID) -> HttpResponse:
    """Say yes to the appointment, or which times would suit."""
    found, form = of_company(company, visit_id), CompanyAnswerForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, company, found, form.sentence())
    if form.cleaned_data["yes"]:
        done = visits.agree(found, request.user, form.cleaned_data["seen"])
        return _done(request, company, visit_id, done, "visit.agreed")
    done = visits.other_time(found, form.cleaned_data["words"], request.user)
    return _done(request, company, visit_id, done, "visit.other_time")


@company_view(VISITS_MANAGE)
@require_POST
def show_expert(request: HttpRequest, company: Company, visit_id: uuid.UUID) -> HttpResponse:
    """Change what the expert sees, or end it."""
    found, form = of_company(company, visit_id), ShownForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, company, found, form.sentence())
    there = {one["id"] for one in evidence_to_show(request.actor, company)}
    files = sorted(there.intersection(form.cleaned_data["evidence"]))
    done = visits.show(found, form.scopes(), files, end=form.cleaned_data["end"])
    return _done(request, company, visit_id, done, "visit.shown")


@company_view(VISITS_MANAGE)
@require_POST
def company_cancels(request: HttpRequest, company: Company, visit_id: uuid.UUID) -> HttpResponse:
    """Call a visit off."""
    found, form = of_company(company, visit_id), CancelForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, company, found, form.sentence())
    done = visits.cancel(found, form.cleaned_data["reason"], request.user, visits.COMPANY)
    return _done(request, company, visit_id, done, "visit.cancelled")


@company_view(VISITS_MANAGE)
@require_POST
def confirm_report(request: HttpRequest, company: Company, visit_id: uuid.UUID) -> HttpResponse:
    """Say that the report is right: then it is evidence. Or what is not right in it."""
    found, form = of_company(company, visit_id), CompanyAnswerForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, company, found, form.sentence())
    if form.cleaned_data["yes"]:
        done = visits.confirm(found, request.user, form.cleaned_data["seen"])
        return _done(request, company, visit_id, done, "visit.confirmed")
    done = visits.not_right(found, form.cleaned_data["words"], request.user)
    return _done(request, company, visit_id, done, "visit.not_right")


@company_view(VISITS_READ)
@require_safe
def company_calendar(request: HttpRequest, company: Company, visit_id: uuid.UUID) -> HttpResponse:
    """Send the appointment as a calendar file."""
    return calendar_of(of_company(company, visit_id))
