"""The pages on which a device is isolated and let in again: for its company, and for who helps it."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from tojimari.portal.companies.assessments import device_names
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_or_404, company_view
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.rights import DEVICES_ISOLATE
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.updates import fresh
from tojimari.portal.updates.agreement import By
from tojimari.portal.updates.company_pages import not_alone
from tojimari.portal.updates.forms import HOURS, IsolationForm
from tojimari.portal.updates.isolation import ISOLATE, RELEASE, Kind, ask, isolated, standing_of
from tojimari.portal.updates.kinds import title_of
from tojimari.portal.updates.proposals import BadProposal
from tojimari.portal.updates.rights import UPDATES_READ
from tojimari.portal.updates.shown import name_of, task_row
from tojimari.portal.updates.sign_in_pages import way_to_sign_in
from tojimari.portal.words import current_lang, say

LIMITS = ("names", "root", "guests", "asleep", "undo")
"""What isolating does not do, and how it ends; ``isolation.limit_*`` are the sentences."""
AT_THE_DEVICE = "`sudo tojimari agent release`"


@company_view(UPDATES_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def isolation(request: HttpRequest, company: Company, device_id: uuid.UUID) -> HttpResponse:
    """Show whether a device is isolated; its owner isolates it, or lets it in again."""
    not_alone()
    here = reverse("updates:isolation", args=[company.pk, device_id])
    by = By(request.user, request.acting_as)
    context = {"company": company, "base": "company_base.html"}
    return _answer(request, company, device_id, by, here, context)


def _granted(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> tuple[Company, By, dict[str, Any]]:
    not_alone()
    if organisation.kind != Organisation.SUPPORTER:
        raise Http404
    company = company_or_404(request.actor, company_id, DEVICES_ISOLATE)[0]
    context = {
        "company": company,
        "organisation": organisation,
        "base": "organisation_base.html",
    }
    return company, By(request.user, organisation.kind, organisation), context


@organisation_view
@require_safe
def granted_isolations(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> HttpResponse:
    """List the devices of a company that a supporter may isolate."""
    company, _, context = _granted(request, organisation, company_id)
    names, nameless = device_names(company), say("devices.nameless")
    found = isolated(company)
    own = Device.objects.of(company).filter(pk__in=list(found))
    called = {one.pk: one.name or names.get(str(one.pk)) or nameless for one in own}
    rows = [(one, called[one], until) for one, until in found.items() if one in called]
    return render(request, "isolations.html", context | {"rows": rows})


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def granted_isolation(
    request: HttpRequest,
    organisation: Organisation,
    company_id: uuid.UUID,
    device_id: uuid.UUID,
) -> HttpResponse:
    """Let a supporter isolate a device of a company that allows that, or let it in again."""
    company, by, context = _granted(request, organisation, company_id)
    here = reverse("updates:granted_isolation", args=[organisation.pk, company.pk, device_id])
    return _answer(request, company, device_id, by, here, context)


def _answer(
    request: HttpRequest,
    company: Company,
    device_id: uuid.UUID,
    by: By,
    here: str,
    context: dict[str, Any],
) -> HttpResponse:
    rows = Device.objects.of(company).filter(removed_at=None, kind=Device.COMPUTER)
    device = get_object_or_404(rows, pk=device_id)
    if request.method != "POST":
        return _page(request, device, here, context)
    company_or_404(request.actor, company.pk, DEVICES_ISOLATE)
    form = IsolationForm(request.POST)
    if not form.is_valid():
        return _page(request, device, here, context, form.sentence())
    hours = form.cleaned_data["hours"]
    if not hours and not form.cleaned_data["release"]:
        return _page(request, device, here, context, form.sentence())
    signed_in = fresh.spend(request)
    if signed_in is None:
        return redirect(way_to_sign_in(here))
    kind: Kind = RELEASE if form.cleaned_data["release"] else ISOLATE
    try:
        ask(company, device.pk, kind, by, signed_in, hours)
    except BadProposal as error:
        return _page(request, device, here, context, error.say(current_lang()), code=409)
    messages.success(request, say("isolation.asked"))
    return redirect(here)


def _page(
    request: HttpRequest,
    device: Device,
    here: str,
    context: dict[str, Any],
    problem: str = "",
    *,
    code: int = 400,
) -> HttpResponse:
    company = context["company"]
    names = device_names(company)
    stands = standing_of(company, device.pk)
    own = {
        "device": device,
        "called": name_of(device, names),
        "stands": stands,
        "row": task_row(stands.task, names) if stands.task else None,
        "asked": _title(stands.task),
        "hours": HOURS,
        "here": here,
        "limits": [say(f"isolation.limit_{one}", release=AT_THE_DEVICE) for one in LIMITS],
        "fresh": fresh.is_fresh(request),
        "sign_in": way_to_sign_in(here),
        "problem": problem,
    }
    return render(request, "isolation.html", context | own, status=code if problem else 200)


def _title(task: Any) -> str:
    if task is None:
        return ""
    return title_of(task.proposal.kind, task.proposal.parameters, current_lang())
