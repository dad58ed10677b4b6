"""The result page, one control's page, "done", the plan, papers and records."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.assess.check import all_checks, checks_of
from tojimari.assess.evidence import evidence_observation
from tojimari.catalog import Control
from tojimari.diagnose import Diagnosis
from tojimari.model import OPEN, ControlStanding, declared
from tojimari.model.facts import StepPutOff
from tojimari.plan import LOOK_HERE, steps_put_off
from tojimari.portal.companies.assessments import mark_stale, result_of, up_to_date
from tojimari.portal.companies.doing import own_page
from tojimari.portal.companies.forms import PaperForm
from tojimari.portal.companies.local_look import elevation_offered
from tojimari.portal.companies.lookers import want_look
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.companies.progress import lately, note_before, since_done
from tojimari.portal.companies.steps import (
    invitation,
    put_off,
    question_address,
    step_address,
    title_of,
)
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.jobs import start_job
from tojimari.portal.core.notices import unseen
from tojimari.portal.core.rights import COMPANY_READ, COMPANY_WRITE
from tojimari.portal.errors import refused
from tojimari.portal.visitors import computer_of
from tojimari.portal.words import catalog, current_lang
from tojimari.report.instructions import act_now, how_to, see_with
from tojimari.report.money import control_line
from tojimari.report.page import PLAN_SHOWN, control_card
from tojimari.report.page import context as report_context
from tojimari.report.phrases import cost, devices_told
from tojimari.report.sentences import sentence

LOOK_ELSEWHERE_MINUTES = 10
"""What a first look takes where a program has to be installed on that computer."""


def page_context(result: Diagnosis, company: Company) -> dict[str, Any]:
    """Return what the result page shows, as plain values in the reader's language."""
    shown = report_context(result, whole_catalog(), current_lang(), in_portal=True)
    for step, plain in zip(result.steps, shown["steps"], strict=True):
        plain["address"] = step_address(step, company)
        plain["title"] = title_of(step.control, step.kind)
        plain["can_be_asked"] = bool(step.controls)
        if step.control == LOOK_HERE and not settings.LOCAL:
            plain["cost"] = cost(LOOK_ELSEWHERE_MINUTES, 0, catalog(), current_lang())
    shown["more_steps"] = max(0, len(shown["steps"]) - PLAN_SHOWN)
    # The 25 items have points and are what owners know from elsewhere: they stand on their own.
    for framework, id_ in zip(shown["frameworks"], result.standings, strict=True):
        framework["id"] = id_
        # Whole percents that a picture can use as widths, laid one after the other.
        at, parts = 0.0, []
        for state, share in framework["shares"]:
            parts.append({"state": state, "x": round(at, 2), "width": round(share, 2)})
            at += share
        framework["parts"] = parts
    shown["kept"] = [due for due in shown["calendar"] if due["when"]]
    shown["never_kept"] = [due for due in shown["calendar"] if not due["when"]]
    shown["points"] = next(f for f in shown["frameworks"] if f["id"] == "ipa-25")
    return shown


@company_view(COMPANY_READ)
@require_safe
def result(request: HttpRequest, company: Company) -> HttpResponse:
    """Show where the company stands: one next step on top."""
    found = up_to_date(company)
    done = request.GET.get("done", "")
    context = page_context(found, company)
    control = catalog().controls.get(done)
    if control is not None:
        standing = found.assessment.controls[done]
        context["done"] = {
            "control": done,
            "title": control.title.say(current_lang()),
            "state": standing.state,
            "sentence": sentence(standing.headline, catalog(), current_lang()),
            "devices": devices_told(standing, found.device_names, catalog(), current_lang()),
            "open": standing.state in (*OPEN, "unknown"),
            # An answer of long ago refutes nothing of what was done since.
            "earlier": bool(checks_of(done))
            and request.GET.get("said") != "now"
            and not any(finding.state in OPEN for finding in standing.measured),
            "questions": catalog().questions_for(done),
            "can_be_asked": any(step.control == done for step in found.steps),
            **since_done(request, company, found),
        }
    else:
        context["lately"] = lately(company, found)
    context["invite"] = invitation(request, found)
    context["system"] = computer_of(request) if settings.LOCAL else ""
    later = next((s for s in context["steps"] if s["control"] == request.GET.get("later")), None)
    context["later"] = later if later and later["resting"] else None
    context["notices"] = unseen(company, request.actor)
    context["elevation"] = elevation_offered(company)
    note_by(request, "result.seen", company)
    return render(request, "result.html", {"company": company, **context})


def control_or_404(id_: str) -> Control:
    """Return a control of the catalog."""
    control = catalog().controls.get(id_)
    if control is None:
        raise Http404
    return control


def _commands(control: Control, standing: ControlStanding) -> list[str]:
    """Return the commands that show what could not be seen, for those who know what they do."""
    unseen_ = [f.not_seen for f in standing.measured if f.not_seen is not None]
    lacking = [why.see_with for why in unseen_ if why.reason == "no_permission"]
    lang = current_lang()
    found = {see_with(named, control, (), catalog(), lang).command for named in lacking if named}
    return sorted(found - {""})


@company_view(COMPANY_READ)
@require_safe
def control(request: HttpRequest, company: Company, control_id: str) -> HttpResponse:
    """Show one control: why, how on each system, what was said and seen, and the way to "done"."""
    entry = control_or_404(control_id)
    found, lang = result_of(company), current_lang()
    system = computer_of(request) if settings.LOCAL else ""
    kinds = {check.about for check in checks_of(control_id)}
    acts = any(step.kind == "act" and step.control == control_id for step in found.steps)
    return render(
        request,
        "control.html",
        {
            "company": company,
            "control": entry,
            "card": control_card(control_id, found, catalog(), lang, commands=False),
            "commands": _commands(entry, found.assessment.controls[control_id]),
            "how": how_to(entry, found, catalog(), lang, system=system),
            "act": act_now(entry, catalog(), lang) if acts else None,
            "system": system,
            "can_be_asked": any(step.control == control_id for step in found.steps),
            "measured": bool(kinds),
            "outside": bool(kinds) and all(declared(kind).from_outside for kind in kinds),
            "questions": catalog().questions_for(control_id),
            "threats": [(catalog().threats[stop.threat], stop.main) for stop in entry.stops],
            "sources": [catalog().sources[id_] for id_ in entry.sources],
            "today": timezone.localdate(),
            "own_page": own_page(company, control_id),
            "money": control_line(control_id, found, catalog(), lang),
        },
    )


@company_view(COMPANY_WRITE)
@require_POST
def done(request: HttpRequest, company: Company, control_id: str) -> HttpResponse:
    """After doing a step: look again where it can be seen, else ask again."""
    control_or_404(control_id)
    note_by(request, "step.done", company, control=control_id)
    note_before(request, company)
    if control_id in steps_put_off(current(company, StepPutOff.KIND), timezone.now()):
        put_off(company, control_id, "now")
    if control_id in all_checks():
        asked = want_look(company)
        if settings.LOCAL:
            return redirect(
                "companies:job", company.pk, start_job(company, "look", control=control_id).pk
            )
        if asked:
            query = {"asked": control_id}
            return redirect(reverse("devices:devices", args=[company.pk], query=query))
    for about in (declared(check.about) for check in checks_of(control_id)):
        if about.listed_by == "company" and about.page:
            query = {"asked": control_id}
            return redirect(reverse(about.page, args=[company.pk], query=query))
    questions = catalog().questions_for(control_id)
    if questions:
        return redirect(question_address(company, questions[0].id, done=control_id))
    return redirect("companies:control", company.pk, control_id)


@company_view(COMPANY_WRITE)
@require_POST
def evidence(request: HttpRequest, company: Company, control_id: str) -> HttpResponse:
    """Register a paper or record: the day, and where it is."""
    entry = control_or_404(control_id)
    if entry.evidence is None:
        raise Http404
    form = PaperForm(request.POST)
    if not form.is_valid():
        back = reverse("companies:control", args=[company.pk, control_id])
        return refused(request, form.sentence(), back=back)
    day, words = form.cleaned_data["done_on"], form.cleaned_data["note"]
    keep(company, [evidence_observation(entry, done_on=day, note=words, at=timezone.now())])
    mark_stale(company)
    note_by(request, "evidence.added", company, control=entry.id)
    return redirect(reverse("companies:result", args=[company.pk], query={"done": entry.id}))
