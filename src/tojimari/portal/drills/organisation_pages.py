"""A supporter's pages of drills: propose one to many companies, and see figures alone."""

import csv
import io
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tojimari.catalog.phish_scale import LEVELS
from tojimari.drills.trial import COMPANIES_AT_LEAST, NEEDED
from tojimari.lib.formulas import cell_value
from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note_each
from tojimari.portal.drills.company_pages import USUAL_DAYS
from tojimari.portal.drills.forms import RoundForm
from tojimari.portal.drills.models import Drill, DrillRound
from tojimari.portal.drills.result_pages import line, on_paper, spell
from tojimari.portal.drills.rounds import (
    COMPANIES_AT_MOST,
    RoundRow,
    allowed,
    drills_of,
    propose,
    rows_of,
    step_after,
    together,
    trial_of,
)
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say

ROUNDS_A_DAY = 20
SHOWN = 50


def _supporter(organisation: Organisation) -> None:
    if organisation.kind != Organisation.SUPPORTER:
        raise Http404


@organisation_view
@require_safe
def rounds(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the drills that were proposed to companies."""
    _supporter(organisation)
    found = DrillRound.objects.filter(organisation=organisation).order_by("-made_at")[:SHOWN]
    context = {
        "organisation": organisation,
        "rounds": [(one, len(drills_of(one))) for one in found],
        "n": allowed(organisation).count(),
    }
    return render(request, "drill_rounds.html", context)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def new_round(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Choose how hard, which mails, which companies; each of them then decides."""
    _supporter(organisation)
    if request.method != "POST":
        return _new_page(request, organisation, RoundForm(request.POST))
    form = RoundForm(request.POST)
    if not form.is_valid():
        return _new_page(request, organisation, form, form.sentence())
    wanted = set(form.cleaned_data["companies"][:COMPANIES_AT_MOST])
    companies = [one for one in _companies(organisation) if str(one.pk) in wanted]
    if not companies:
        return _new_page(request, organisation, form, say("drillround.no_company"))
    if too_often("drill-round", str(organisation.pk), times=ROUNDS_A_DAY, seconds=86_400):
        return refused(request, say("error.too_often"), code=429)
    plan = dict(form.cleaned_data)
    plan["title"] = plan["title"] or say("drillplan.untitled", day=plan["starts_on"].isoformat())
    made = propose(organisation, request.user, companies, plan, trial=plan["trial"])
    note_each(request, organisation, "drill.proposed", [one.pk for one in companies])
    return redirect("drills:round", organisation.pk, made.pk)


def _companies(organisation: Organisation) -> list[Company]:
    rows = Company.objects.filter(pk__in=allowed(organisation)).order_by("name", "pk")
    return list(rows[:COMPANIES_AT_MOST])


def _new_page(
    request: HttpRequest, organisation: Organisation, form: RoundForm, problem: str = ""
) -> HttpResponse:
    asked = request.GET.get("level", "") or form.data.get("level", "")
    level, lang = asked if asked in LEVELS else "easy", current_lang()
    typed: dict[str, Any] = {
        name: form.data.get(name, "")
        for name in ("title", "starts_on", "days", "with_form", "trial")
    }
    typed["starts_on"] = (
        typed["starts_on"] or (timezone.localdate() + timedelta(days=7)).isoformat()
    )
    typed["days"] = typed["days"] or USUAL_DAYS
    many = hasattr(form.data, "getlist")
    context = {
        "organisation": organisation,
        "level": level,
        "levels": [
            (one, say(f"drill.level_{one}"), say(f"drilllevel.{one}_about")) for one in LEVELS
        ],
        "templates": [
            (one, one.title.say(lang), say(f"drill.kind_{one.kind}"))
            for one in catalog().drills.values()
            if one.level == level
        ],
        "ticked": form.data.getlist("templates") if many else [],
        "companies": _companies(organisation),
        "picked": form.data.getlist("companies") if many else [],
        "typed": typed,
        "today": timezone.localdate().isoformat(),
        "needed": NEEDED[min(NEEDED)],
        "at_least": COMPANIES_AT_LEAST,
        "problem": problem,
    }
    return render(request, "drill_round_new.html", context, status=400 if problem else 200)


def _round_or_404(organisation: Organisation, round_id: uuid.UUID) -> DrillRound:
    _supporter(organisation)
    found: DrillRound = get_object_or_404(
        DrillRound.objects.select_related("organisation"), pk=round_id, organisation=organisation
    )
    return found


@organisation_view
@require_safe
def round_(request: HttpRequest, organisation: Organisation, round_id: uuid.UUID) -> HttpResponse:
    """Show each company's state and figures; never a person's."""
    made = _round_or_404(organisation, round_id)
    return render(request, "drill_round.html", _about(organisation, made))


@organisation_view
@require_safe
def round_pdf(
    request: HttpRequest, organisation: Organisation, round_id: uuid.UUID
) -> HttpResponse:
    """Send the figures of a round on paper. Raises NoPdf where what prints is not installed."""
    made = _round_or_404(organisation, round_id)
    about = partial(_about, organisation, made)
    return on_paper(
        request, organisation.pk, "drill_round_paper.html", about, "tojimari-drills.pdf"
    )


def _about(organisation: Organisation, made: DrillRound) -> dict[str, Any]:
    """Return what the page and the paper show of a round."""
    drills = drills_of(made)
    rows = rows_of(drills)
    context: dict[str, Any] = {
        "organisation": organisation,
        "round": made,
        "rows": [_shown(one) for one in rows],
        "together": together(rows),
        "shown": sum(one.figures is not None for one in rows),
        "step": step_after(rows),
        "made_on": timezone.localdate().isoformat(),
    }
    return context | (_trial(drills) if made.trial else {})


def _trial(drills: list[Drill]) -> dict[str, Any]:
    trial = trial_of(drills)
    says = say(f"drilltrial.{trial.state}", n=trial.people, companies=trial.companies)
    arms = [line("acted", one) for one in (trial.now, trial.later) if one is not None]
    return {"trial": trial, "trial_says": says, "arms": arms}


def _shown(row: RoundRow) -> dict[str, Any]:
    found: dict[str, Any] = {
        "company": row.drill.company,
        "state": say(f"drillstate.{row.drill.state}"),
        "few": row.few,
        "figures": row.figures,
    }
    if row.figures is not None:
        found["reported"] = line("reported", row.figures.reported)
        found["acted"] = None if row.secret else line("acted", row.figures.acted)
        found["first"] = spell(row.figures.first_report)
    return found


@organisation_view
@require_safe
def round_file(
    request: HttpRequest, organisation: Organisation, round_id: uuid.UUID
) -> HttpResponse:
    """Send the figures of a round as CSV."""
    made = _round_or_404(organisation, round_id)
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(["company", "state", "delivered", "reported", "acted", "machines"])
    for row in rows_of(drills_of(made)):
        one = row.figures
        told = [one.delivered, one.reported.count] if one else [""] * 2
        acted = [one.acted.count, one.machines] if one and not row.secret else [""] * 2
        table.writerow([cell_value(str(row.drill.company)), row.drill.state, *told, *acted])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tojimari-drills.csv"'
    return response
