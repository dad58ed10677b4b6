"""An organisation's pages: what companies ask for, whom it sends, and each visit."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.core.audit import note_as
from tojimari.portal.core.permissions import companies_where
from tojimari.portal.experts import visits
from tojimari.portal.experts.access import (
    arranged_view,
    changed_too_often,
    of_company,
    sending_view,
)
from tojimari.portal.experts.appointment import calendar_of
from tojimari.portal.experts.company_pages import not_done, rows_of, visit_context
from tojimari.portal.experts.forms import MINUTES, CancelForm, MoveForm, OfCompanyForm, ProposeForm
from tojimari.portal.experts.mails import ORGANISATION
from tojimari.portal.experts.models import Expert, ExpertVisit
from tojimari.portal.experts.offered import cards, programmes_for
from tojimari.portal.experts.profiles import link_is_open
from tojimari.portal.experts.rights import VISITS_ARRANGE
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say

_SHOWN = 100


@sending_view
@require_safe
def organisation_experts(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show what companies ask for, who waits first, and the experts that can be sent."""
    actor = request.actor
    asked = (
        ExpertVisit.objects.across("what companies ask an organisation for, within its grants")
        .filter(organisation=organisation, company__in=companies_where(actor, VISITS_ARRANGE))
        .select_related("company", "expert")
    )
    form = OfCompanyForm(request.GET)
    only = form.cleaned_data["company"] if form.is_valid() else None
    if only is not None:
        asked = asked.filter(company=only)
    found = Expert.objects.filter(organisation=organisation).order_by("name", "pk")
    shown = [
        {**card, "open_link": link_is_open(card["expert"])}
        for card in cards(list(found.select_related("organisation")[:_SHOWN]))
    ]
    context = {
        "organisation": organisation,
        "open": rows_of(asked.filter(state__in=ExpertVisit.OPEN).order_by("asked_at")[:_SHOWN]),
        "over": rows_of(asked.exclude(state__in=ExpertVisit.OPEN).order_by("-ended_at")[:20]),
        "cards": shown,
        "mine": found.filter(user=request.user).exists(),
        "programmes": programmes_for(),
        "only": only,
    }
    return render(request, "organisation_experts.html", context)


@arranged_view
@require_safe
def arranged_visit(
    request: HttpRequest, organisation: Organisation, visit: ExpertVisit
) -> HttpResponse:
    """Show one visit to the organisation that arranges it."""
    note_as(request, organisation, "visit.seen", visit.company)
    return _visit_page(request, organisation, visit)


def _visit_page(
    request: HttpRequest,
    organisation: Organisation,
    visit: ExpertVisit,
    problem: str = "",
    *,
    code: int = 400,
) -> HttpResponse:
    """Show the page; with why something was not done, and what was typed, where there is that."""
    found: list[Any] = []
    if visit.state in (ExpertVisit.ASKED, ExpertVisit.PROPOSED):
        found = [
            {**card, "comes": visits.comes_to(card["expert"], visit.company)}
            for card in cards(visits.can_come(visit))
        ]
    context = {
        "organisation": organisation,
        "company": visit.company,
        **visit_context(visit),
        **not_done(request, problem, code),
        "can_come": found,
        "minutes": MINUTES,
        "programmes": programmes_for(visit.company),
    }
    return render(request, "arranged_visit.html", context, status=code if problem else 200)


def _done(
    request: HttpRequest, organisation: Organisation, visit: ExpertVisit, done: bool, action: str
) -> HttpResponse:
    """Note what was done in the company's log and lead back, or say that it is too late."""
    if not done:
        now = of_company(visit.company, visit.pk)
        code = HTTPStatus.CONFLICT
        return _visit_page(request, organisation, now, say("visit.too_late"), code=code)
    note_as(request, organisation, action, visit.company)
    return redirect("experts:arranged_visit", organisation.pk, visit.company_id, visit.pk)


@arranged_view
@require_POST
def propose_expert(
    request: HttpRequest, organisation: Organisation, visit: ExpertVisit
) -> HttpResponse:
    """Ask one of the experts whether they come, at one of some times."""
    form = ProposeForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, organisation, visit, form.sentence())
    if changed_too_often(visit):
        return _visit_page(request, organisation, visit, say("visit.too_often"), code=429)
    sent = form.cleaned_data
    expert = next((one for one in visits.can_come(visit) if one.pk == sent["expert"]), None)
    if expert is None:
        return _visit_page(request, organisation, visit, say(form.refusal))
    done = visits.propose(
        visit,
        expert,
        request.user,
        times=form.times(),
        minutes=sent["minutes"],
        place=sent["place"],
        words=sent["words"],
    )
    return _done(request, organisation, visit, done, "visit.proposed")


@arranged_view
@require_POST
def move_arranged(
    request: HttpRequest, organisation: Organisation, visit: ExpertVisit
) -> HttpResponse:
    """Move the appointment; the company says yes again."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, organisation, visit, form.sentence())
    if changed_too_often(visit):
        return _visit_page(request, organisation, visit, say("visit.too_often"), code=429)
    sent = form.cleaned_data
    done = visits.move(visit, sent["at"], sent["words"], request.user, ORGANISATION)
    return _done(request, organisation, visit, done, "visit.moved")


@arranged_view
@require_POST
def cancel_arranged(
    request: HttpRequest, organisation: Organisation, visit: ExpertVisit
) -> HttpResponse:
    """Call a visit off, or say that nobody can be sent."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, organisation, visit, form.sentence())
    done = visits.cancel(visit, form.cleaned_data["reason"], request.user, ORGANISATION)
    return _done(request, organisation, visit, done, "visit.cancelled")


@arranged_view
@require_safe
def arranged_calendar(
    request: HttpRequest, organisation: Organisation, visit: ExpertVisit
) -> HttpResponse:
    """Send the appointment as a calendar file."""
    return calendar_of(visit)
