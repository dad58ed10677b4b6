"""An expert's own pages: the visits, yes and no, what the company shows, the report."""

import uuid
from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.assessments import (
    result_of,
    without_device_names,
    without_incidents,
    without_money,
)
from tojimari.portal.companies.result import page_context
from tojimari.portal.companies.rights import BASICS_READ, FINDINGS_READ, MONEY_READ
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.downloads import download
from tojimari.portal.core.permissions import may
from tojimari.portal.devices.pages import cards as device_cards
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.errors import refused
from tojimari.portal.experts import visits
from tojimari.portal.experts.access import (
    changed_too_often,
    expert_view,
    note_expert,
    visit_or_404,
    visits_of_expert,
)
from tojimari.portal.experts.appointment import calendar_of
from tojimari.portal.experts.beside import links_beside
from tojimari.portal.experts.company_pages import not_done, rows_of, visit_context
from tojimari.portal.experts.forms import (
    CancelForm,
    ExpertAnswerForm,
    MoveForm,
    ReportForm,
    reviewable,
)
from tojimari.portal.experts.mails import EXPERT
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.offered import cards
from tojimari.portal.experts.rights import experts_of
from tojimari.portal.incidents.chain import opened_file
from tojimari.portal.incidents.models import Incident, IncidentFile
from tojimari.portal.incidents.record import seen_by
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.incidents.shown import incident_context
from tojimari.portal.incidents.shown import rows_of as incident_rows
from tojimari.portal.words import catalog, current_lang, say

_SHOWN = 100


@login_required
@require_safe
def expert_home(request: HttpRequest) -> HttpResponse:
    """List the visits of an expert, what waits for an answer first, and the profiles."""
    profiles = list(experts_of(request.user).order_by("made_at"))
    if not profiles:
        raise Http404
    found = visits_of_expert(request.user).select_related("company", "organisation")
    rows = rows_of(found.order_by("at", "asked_at")[:_SHOWN])
    waits = (ExpertVisit.PROPOSED,)
    rows.sort(key=lambda row: row["visit"].state not in waits)
    return render(request, "expert_home.html", {"visits": rows, "cards": cards(profiles)})


@expert_view
@require_safe
def own_visit(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Show one visit to its expert."""
    note_expert(request, visit, "visit.seen")
    return _visit_page(request, visit)


def _visit_page(
    request: HttpRequest, visit: ExpertVisit, problem: str = "", *, code: int = 400
) -> HttpResponse:
    """Show the page; with why something was not done, and what was typed, where there is that."""
    actor = request.actor
    context = {
        **visit_context(visit),
        **not_done(request, problem, code),
        "whose": visit.company,
        "times": visits.times_to_come(visit),
        "beside": links_beside(visit),
        "sees": visit.is_shown and may(actor, BASICS_READ, visit.company),
    }
    return render(request, "own_visit.html", context, status=code if problem else 200)


def _done(request: HttpRequest, visit: ExpertVisit, done: bool, action: str) -> HttpResponse:
    """Note what was done in the company's log and lead back, or say that it is too late."""
    if not done:
        code, now = HTTPStatus.CONFLICT, visits_of_expert(request.user).filter(pk=visit.pk)
        if not now.exists():  # nothing of it is theirs to see any more
            back = reverse("experts:expert_home")
            return refused(request, say("visit.too_late"), back=back, code=code)
        found = visit_or_404(now, visit.pk)
        return _visit_page(request, found, say("visit.too_late"), code=code)
    note_expert(request, visit, action)
    return redirect("experts:expert_home")


@expert_view
@require_POST
def answer_as_expert(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Come at one of the times, or say why not."""
    form = ExpertAnswerForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, visit, form.sentence())
    sent = form.cleaned_data
    if sent["no"]:
        done = visits.decline(visit, sent["reason"], request.user)
        return _done(request, visit, done, "visit.declined")
    done = visits.come(visit, int(sent["time"]), request.user)
    return _done(request, visit, done, "visit.accepted")


@expert_view
@require_POST
def expert_moves(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Move the appointment; the company says yes again."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, visit, form.sentence())
    if changed_too_often(visit):
        return _visit_page(request, visit, say("visit.too_often"), code=429)
    sent = form.cleaned_data
    done = visits.move(visit, sent["at"], sent["words"], request.user, EXPERT)
    return _done(request, visit, done, "visit.moved")


@expert_view
@require_POST
def expert_cancels(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Call a visit off."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _visit_page(request, visit, form.sentence())
    done = visits.cancel(visit, form.cleaned_data["reason"], request.user, EXPERT)
    return _done(request, visit, done, "visit.cancelled")


@expert_view
@require_safe
def expert_calendar(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Send the appointment as a calendar file."""
    return calendar_of(visit)


@expert_view
@require_safe
def shown_company(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Show what the company lets its expert see, as long as the visit lasts."""
    actor = request.actor
    if not visit.is_shown:
        raise Http404
    company, _ = company_or_404(actor, visit.company_id, BASICS_READ)
    sees_findings = may(actor, FINDINGS_READ, company)
    sees_devices = may(actor, DEVICES_READ, company)
    result = result_of(company)
    if not sees_devices:
        result = without_device_names(result)
    if not may(actor, INCIDENTS_READ, company):
        result = without_incidents(result)
    if not may(actor, MONEY_READ, company):
        result = without_money(result)
    shown = page_context(result, company)
    note_expert(request, visit, "result.seen")
    context = {
        "visit": visit,
        "whose": company,
        "sees_findings": sees_findings,
        "basics": shown["basics"],
        "step": shown["steps"][0] if shown["steps"] else None,
        "as_of": shown["as_of"],
    }
    if sees_findings:
        context |= {"themes": shown["themes"], "frameworks": shown["frameworks"]}
    if sees_devices:
        context["cards"] = device_cards(company, result)
    if may(actor, INCIDENTS_READ, company):
        open_ones = seen_by(actor, company).filter(state=Incident.OPEN)
        context["incidents"] = incident_rows(open_ones[:_SHOWN])
    return render(request, "shown_company.html", context)


@expert_view
@require_safe
def shown_incident(
    request: HttpRequest, visit: ExpertVisit, incident_id: uuid.UUID
) -> HttpResponse:
    """Show one incident to the expert, to read."""
    found = _incident_or_404(request, visit, incident_id)
    note_expert(request, visit, "incident.seen")
    context = {
        "visit": visit,
        "whose": found.company,
        "company": found.company,  # what the incident's part asks the rights of
        **incident_context(found),
        "opens": set(_evidence(visit, found).values_list("entry__number", flat=True)),
        "letters": False,
        "writes": False,
    }
    return render(request, "shown_incident.html", context)


def _incident_or_404(request: HttpRequest, visit: ExpertVisit, incident_id: uuid.UUID) -> Incident:
    """Return an incident that the company shows the expert by this visit now. Raises Http404."""
    if not visit.is_shown:
        raise Http404
    company, _ = company_or_404(request.actor, visit.company_id, INCIDENTS_READ)
    rows = seen_by(request.actor, company).filter(pk=incident_id)
    found: Incident | None = rows.select_related("company").first()
    if found is None:
        raise Http404
    return found


def _evidence(visit: ExpertVisit, found: Incident) -> QuerySet:
    """Return the pieces of evidence of an incident that the company ticked for the expert."""
    rows = IncidentFile.objects.of(visit.company_id).filter(entry__incident=found)
    return rows.filter(pk__in=visit.files).select_related("entry")


@expert_view
@require_safe
def shown_evidence(
    request: HttpRequest, visit: ExpertVisit, incident_id: uuid.UUID, number: int
) -> HttpResponse:
    """Hand out a piece of evidence that the company ticked for the expert, as a download."""
    found = _incident_or_404(request, visit, incident_id)
    file = get_object_or_404(_evidence(visit, found), entry__number=number)
    name = f"#{number} {file.entry.file_name}"
    note_expert(request, visit, "proof.opened", name=name)
    return download(opened_file(file), file.entry.file_name)


@expert_view
@require_http_methods(["GET", "HEAD", "POST"])
def visit_report(request: HttpRequest, visit: ExpertVisit) -> HttpResponse:
    """Write what was found; until the company said that it is right it can be changed."""
    context = visit_context(visit)
    if visit.state not in (ExpertVisit.AGREED, ExpertVisit.REPORTED) or not context["begun"]:
        back = reverse("experts:own_visit", args=[visit.pk])
        return refused(request, say("visit.no_report_yet"), back=back, code=409)
    given, problem = context["report"] or {}, ""
    if request.method == "POST":
        form = ReportForm(request.POST)
        if form.is_valid():
            done = visits.report(visit, request.user, **form.cleaned_data)
            return _done(request, visit, done, "visit.reported")
        given, problem = form.cleaned_data, form.sentence()
    context |= {
        "whose": visit.company,
        "given": given,
        "problem": problem,
        "themes": _by_theme(),
    }
    return render(request, "visit_report.html", context, status=400 if problem else 200)


def _by_theme() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return theme -> the controls a review can show, in the reader's language."""
    lang = current_lang()
    found: dict[str, list[tuple[str, str]]] = {}
    for id_ in reviewable():
        control = catalog().controls[id_]
        found.setdefault(control.theme, []).append((id_, control.title.say(lang)))
    return [(say(f"theme.{theme}"), controls) for theme, controls in found.items()]
