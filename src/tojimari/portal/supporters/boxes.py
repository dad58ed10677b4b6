"""The gateway boxes an organisation looks after: how each is, and which is lent until when."""

import uuid
from collections import Counter

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.permissions import companies_where
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.errors import refused
from tojimari.portal.sensors.boxes import LEVELS, shown_box
from tojimari.portal.sensors.models import GatewayBox
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.forms import LentBoxForm
from tojimari.portal.supporters.models import LentBox, Organisation
from tojimari.portal.supporters.rights import BOXES_LEND
from tojimari.portal.words import current_lang, say

ROWS_A_PAGE = 50


@organisation_view
@require_safe
def boxes(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the boxes on computers that may be seen, those in trouble first, and what is lent."""
    now, lang = timezone.now(), current_lang()
    rows = (
        GatewayBox.objects.across("boxes that companies let be seen")
        .filter(company__in=companies_where(request.actor, DEVICES_READ))
        .select_related("company", "device")
        .order_by("company__name", "name", "pk")
    )
    # All of them are looked at: one in trouble may be the last by name.
    shown = [shown_box(row, now, lang) for row in rows]
    shown.sort(key=lambda one: LEVELS.index(one.level))
    may_lend = companies_where(request.actor, BOXES_LEND)
    lent = LentBox.objects.across("what an organisation lent").filter(
        organisation=organisation, company__in=may_lend
    )
    note_as(request, organisation, "boxes.seen")
    only = request.GET.get("only", "")
    only = only if only in LEVELS else ""
    versions = Counter(version for one in shown for version in one.versions)
    out = lent.filter(back_on=None).select_related("company").order_by("due_on", "out_on", "pk")
    return render(
        request,
        "boxes.html",
        {
            "organisation": organisation,
            "page": Paginator(
                [one for one in shown if only in ("", one.level)], ROWS_A_PAGE
            ).get_page(request.GET.get("page")),
            "only": only,
            "levels": [
                (level, say(f"boxes.{level}"), sum(one.level == level for one in shown))
                for level in LEVELS
            ],
            "versions": sorted(versions.items()),
            "n": len(shown),
            "bad": sum(one.level == "bad" for one in shown),
            "unknown": sum(one.level == "unknown" for one in shown),
            "lent": Paginator(out, ROWS_A_PAGE).get_page(request.GET.get("lent")),
            "back": lent.exclude(back_on=None).select_related("company").order_by("-back_on")[:50],
            "companies": Company.objects.filter(pk__in=may_lend).order_by("name"),
            "today": timezone.localdate(),
        },
    )


@organisation_view
@require_POST
def lend_box(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Keep that a box went to a company."""
    form = LentBoxForm(request.POST)
    back = reverse("supporters:boxes", args=[organisation.pk])
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    typed = form.cleaned_data
    company, _ = company_or_404(request.actor, typed["company"], BOXES_LEND)
    LentBox.objects.of(company).create(
        organisation=organisation,
        company=company,
        label=typed["label"],
        out_on=typed["out_on"],
        due_on=typed["due_on"],
    )
    note_as(request, organisation, "box.lent", company)
    return redirect("supporters:boxes", organisation.pk)


@organisation_view
@require_POST
def box_back(request: HttpRequest, organisation: Organisation, loan_id: uuid.UUID) -> HttpResponse:
    """Keep that a lent box is back since today."""
    found = LentBox.objects.across("what an organisation lent").filter(
        organisation=organisation, company__in=companies_where(request.actor, BOXES_LEND)
    )
    row = get_object_or_404(found.select_related("company"), pk=loan_id)
    if row.back_on is None:
        row.back_on = timezone.localdate()
        row.save(update_fields=["back_on"])
        note_as(request, organisation, "box.back", row.company)
    return redirect("supporters:boxes", organisation.pk)
