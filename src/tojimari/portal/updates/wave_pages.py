"""A supporter's pages of waves: the same update for many, and what came of it in one table."""

import csv
import io
import uuid
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.lib.formulas import cell_value
from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note_each
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import companies_where
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.updates.company_pages import moments, typed
from tojimari.portal.updates.forms import MOST_FAILED_USUAL, WaveForm
from tojimari.portal.updates.kinds import asked_of, kind_rows, title_of
from tojimari.portal.updates.models import DeviceTask, Proposal, Wave
from tojimari.portal.updates.organisation_pages import by_of
from tojimari.portal.updates.proposals import BadProposal
from tojimari.portal.updates.shown import name_of, reason_of
from tojimari.portal.updates.wave_proposals import candidates, start
from tojimari.portal.updates.wave_tasks import counts, tasks_of_wave
from tojimari.portal.updates.waves import stop_wave
from tojimari.portal.words import current_lang, say

WAVES_A_DAY = 20
SHOWN = 30
ROWS_SHOWN = 500


def _supporter(organisation: Organisation) -> None:
    if organisation.kind != Organisation.SUPPORTER:
        raise Http404


@organisation_view
@require_safe
def waves(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the waves, and what was proposed to single companies."""
    _supporter(organisation)
    allowed = companies_where(request.actor, UPDATES_PROPOSE)
    single = Proposal.objects.across("what an organisation proposed").filter(
        organisation=organisation, company__in=allowed, wave=None
    )
    context = {
        "organisation": organisation,
        "waves": [_summary(one) for one in organisation.update_waves.order_by("-made_at")[:SHOWN]],
        "single": [
            (
                one,
                title_of(one.kind, one.parameters, current_lang()),
                say(f"updatestate.{one.state}"),
            )
            for one in single.select_related("company").order_by("-made_at")[:SHOWN]
        ],
        "companies": _companies(allowed),
    }
    return render(request, "waves.html", context)


def _companies(allowed: Any) -> list[Company]:
    return list(Company.objects.filter(pk__in=allowed).order_by("name", "pk")[:ROWS_SHOWN])


def _summary(wave: Wave) -> dict[str, Any]:
    state = counts(wave)
    return {
        "wave": wave,
        "title": title_of(wave.kind, wave.parameters, current_lang()),
        "state": say(f"wavestate.{wave.state}"),
        "stage": say(f"wavestage.{Wave.STAGES[wave.stage]}"),
        "n": sum(state.values()),
        "done": state[DeviceTask.DONE],
        "failed": state[DeviceTask.FAILED],
        "other": state[DeviceTask.KEPT_BACK] + state[DeviceTask.REFUSED],
        "under_way": sum(state[one] for one in DeviceTask.UNDER_WAY),
        "waiting": sum(state[one] for one in DeviceTask.UNSIGNED),
        "not_done": state[DeviceTask.STOPPED] + state[DeviceTask.LAPSED],
    }


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def new_wave(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Choose what is done, on which devices of which companies; then propose it to each."""
    _supporter(organisation)
    form = WaveForm(request.POST)
    if request.method != "POST":
        return _new_page(request, organisation, form)
    if not form.is_valid():
        return _new_page(request, organisation, form, form.sentence())
    if too_often("wave", str(organisation.pk), times=WAVES_A_DAY, seconds=86_400):
        return _new_page(request, organisation, form, say("error.too_often"), code=429)
    sent = form.cleaned_data
    try:
        made, left = start(
            organisation,
            request.user,
            form.wanted(),
            sent["devices"],
            form=sent["form"],
            most_failed=sent["most_failed"],
        )
    except BadProposal as error:
        return _new_page(request, organisation, form, error.say(current_lang()))
    for one in left:
        messages.success(request, say("wave.left", company=one.company, why=one.why))
    return redirect("updates:wave", organisation.pk, made.pk)


def _new_page(
    request: HttpRequest,
    organisation: Organisation,
    form: WaveForm,
    problem: str = "",
    *,
    code: int = 400,
) -> HttpResponse:
    kinds = kind_rows(current_lang())
    asked = request.GET.get("kind", "") or form.data.get("kind", "")
    kind = asked if asked in dict(kinds) else ""
    devices = candidates(request.actor, kind) if kind else []
    context = {
        "organisation": organisation,
        "kinds": kinds,
        "kind": kind,
        "title": dict(kinds).get(kind, ""),
        "asks": asked_of(kind, current_lang()),
        "companies": [
            (company, [(str(one.device_id), name_of(one.device, {})) for one in rows])
            for company, rows in groupby(devices, key=lambda one: one.company)
        ],
        "n": len(devices),
        "form_id": uuid.uuid4(),
        "most_failed": MOST_FAILED_USUAL,
        "problem": problem,
        **moments(),
        **typed(form, problem),
    }
    return render(request, "wave_new.html", context, status=code if problem else 200)


def _wave_or_404(organisation: Organisation, wave_id: uuid.UUID) -> Wave:
    found: Wave = get_object_or_404(organisation.update_waves, pk=wave_id)
    return found


def _rows(request: HttpRequest, wave: Wave) -> Any:
    """Return the tasks of a wave in the companies that still let the organisation look at them."""
    rows = tasks_of_wave(wave).filter(company__in=companies_where(request.actor, UPDATES_PROPOSE))
    rows = rows.select_related("company", "device", "proposal")
    return rows.order_by(F("stage").asc(nulls_last=True), "company__name", "device__name", "pk")


@organisation_view
@require_safe
def wave(request: HttpRequest, organisation: Organisation, wave_id: uuid.UUID) -> HttpResponse:
    """Show what came of a wave in one table."""
    _supporter(organisation)
    found = _wave_or_404(organisation, wave_id)
    context = {
        "organisation": organisation,
        **_summary(found),
        "why": say(f"wavewhy.{found.why}") if found.why else "",
        "stages": [
            (say(f"wavestage.{name}"), sum(state.values()), state[DeviceTask.DONE], state["failed"])
            for number, name in enumerate(Wave.STAGES)
            for state in [counts(found, number)]
        ],
        "rows": [
            {
                "task": one,
                "device": name_of(one.device, {}),
                "stage": _stage(one),
                "state": _state(one),
                "reason": reason_of(one),
                "changes": _changes(one, 3),
            }
            for one in _rows(request, found)[:ROWS_SHOWN]
        ],
    }
    return render(request, "wave.html", context)


def _stage(task: DeviceTask) -> str:
    return say(f"wavestage.{Wave.STAGES[task.stage]}") if task.stage is not None else ""


def _state(task: DeviceTask) -> str:
    return say(f"taskstate.{task.state}")


def _changes(task: DeviceTask, most: int) -> str:
    shown = [f"{name} {before} → {after}" for name, before, after in task.changes[:most]]
    more = len(task.changes) - most
    return ", ".join([*shown, *([f"+{more}"] if more > 0 else [])])


@organisation_view
@require_safe
def wave_csv(request: HttpRequest, organisation: Organisation, wave_id: uuid.UUID) -> HttpResponse:
    """Send the table of a wave, device by device."""
    _supporter(organisation)
    found = _wave_or_404(organisation, wave_id)
    rows = _rows(request, found)
    note_each(
        request, organisation, "updates.exported", set(rows.values_list("company", flat=True))
    )
    response = HttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    return as_file(response, "tojimari-updates.csv")


def _csv(rows: Iterable[DeviceTask]) -> str:
    columns = ("company", "device", "stage", "state", "reason", "changes", "restart", "finished")
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say(f"wavecolumn.{name}") for name in columns])
    for one in rows:
        finished = one.finished_at
        cells = [
            str(one.company),
            name_of(one.device, {}),
            _stage(one),
            _state(one),
            reason_of(one),
            _changes(one, len(one.changes)),
            say("update.yes_word") if one.restart else "",
            finished.isoformat(timespec="seconds") if finished else "",
        ]
        writer.writerow([cell_value(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


@organisation_view
@require_POST
def stop_wave_now(
    request: HttpRequest, organisation: Organisation, wave_id: uuid.UUID
) -> HttpResponse:
    """Stop a wave: what is not begun is not done."""
    _supporter(organisation)
    found = _wave_or_404(organisation, wave_id)
    if stop_wave(found, by_of(request, organisation)):
        messages.success(request, say("wave.stopped_now"))
    return redirect("updates:wave", organisation.pk, found.pk)
