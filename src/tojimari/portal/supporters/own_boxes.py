"""A company's own page of its gateway boxes: whether each is on, what it keeps out, when it goes back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.model.facts.box import NetworkBox
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.sensors.boxes import LEVELS, ShownBox, shown_box
from tojimari.portal.sensors.models import GatewayBox, HeardDay
from tojimari.portal.sensors.rights import WATCH_READ
from tojimari.portal.sensors.showing import days_of, line_of
from tojimari.portal.supporters.models import LentBox
from tojimari.portal.words import current_lang, say

_DAYS = 7
"""A day's line that is older is not shown: it says nothing of the box today."""
_BACK_AT_MOST = 20


@company_view(WATCH_READ)
@require_safe
def own_boxes(request: HttpRequest, company: Company) -> HttpResponse:
    """Show every box of the company, and which were lent to it until when."""
    lang, now, today = current_lang(), timezone.now(), timezone.localdate()
    rows = GatewayBox.objects.of(company).select_related("device").order_by("name", "pk")
    shown = sorted(
        (shown_box(row, now, lang) for row in rows), key=lambda one: LEVELS.index(one.level)
    )
    days = days_of(company, today - timedelta(days=_DAYS))
    lent = LentBox.objects.of(company).select_related("organisation")
    out = lent.filter(back_on=None).order_by("due_on", "out_on", "pk")
    return render(
        request,
        "own_boxes.html",
        {
            "company": company,
            "boxes": [_box(one, days) for one in shown],
            "lent": [
                (one, _left(one, (one.due_on - today).days if one.due_on else None)) for one in out
            ],
            "back": lent.exclude(back_on=None).order_by("-back_on", "pk")[:_BACK_AT_MOST],
        },
    )


def _left(row: LentBox, days: int | None) -> str:
    """Return how long a box stays, in words."""
    if days is None:
        return say("ownboxes.no_day")
    if days < 0:
        return say("ownboxes.overdue", n=-days)
    return say("ownboxes.due_in", n=days) if days else say("ownboxes.due_today")


def _box(shown: ShownBox, days: list[HeardDay]) -> dict[str, Any]:
    """Return a box with what it keeps out, and the last day of what was heard on its line."""
    own = [
        one for one in days if (one.subject_kind, one.subject_id) == (HeardDay.LINE, shown.row.name)
    ]
    newest = own[-1].day if own else None
    line = line_of([one for one in own if one.day == newest], current_lang()) if own else ""
    return {"shown": shown, "keeps_out": list(_keeps_out(shown)), "day": newest, "line": line}


def _keeps_out(shown: ShownBox) -> Iterator[str]:
    """Return what a box that reports keeps out, one sentence each; nothing of one that is silent."""
    if shown.silent:
        return
    try:
        fact = msgspec.convert(shown.row.state, NetworkBox)
    except msgspec.ValidationError:
        return
    running = {one.engine for one in fact.engines if one.running}
    if fact.filtering:
        yield say("ownboxes.outside")
    if fact.names_filtered:
        yield say("ownboxes.names", n=fact.lists) if fact.lists else say("ownboxes.names_own")
    if "intrusion" in running:
        yield say("ownboxes.intrusion")
    if "downloads" in running:
        yield say("ownboxes.downloads")
    if fact.updates_by_themselves:
        yield say("ownboxes.updates")
