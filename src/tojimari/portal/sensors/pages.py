"""The page of what watches a company: what is heard, what there is to do, how the weeks were."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.errors import refused
from tojimari.portal.sensors.forms import OursForm
from tojimari.portal.sensors.models import Matter, is_open, open_matters
from tojimari.portal.sensors.rights import WATCH_MANAGE, WATCH_READ
from tojimari.portal.sensors.showing import (
    chart,
    days_of,
    heard_engines,
    line_of,
    shown_matter,
)
from tojimari.portal.sensors.telling import level_of, tell_company
from tojimari.portal.words import catalog, current_lang, say

_ENGINE_DAYS = 400
"""As long as days are kept: since when an engine is heard."""


@company_view(WATCH_READ)
@require_safe
def watched(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what is heard, what waits for somebody, and how the last weeks were."""
    lang, now, today = current_lang(), timezone.now(), timezone.localdate()
    days = days_of(company, today - timedelta(days=_ENGINE_DAYS))
    told = [one for one in open_matters(company, now) if level_of(one) != "line"]
    told.sort(key=lambda one: level_of(one) != "now")
    heard = heard_engines(days, now, lang)
    newest = days[-1].day if days else None
    quiet = Matter.objects.of(company).filter(over_at=None, ours_until__gt=now)
    return render(
        request,
        "watched.html",
        {
            "company": company,
            "matters": [shown_matter(one, company, lang) for one in told],
            "quiet": [shown_matter(one, company, lang) for one in quiet.select_related("device")],
            "engines": heard,
            "silent": [one for one in heard if one["silent"]],
            "newest": newest,
            "line": line_of([row for row in days if row.day == newest], lang) if days else "",
            "chart": chart(days, today),
            "mails": settings.MAIL_CONFIGURED,
        },
    )


@company_view(WATCH_MANAGE)
@require_POST
def ours(request: HttpRequest, company: Company, matter_id: uuid.UUID) -> HttpResponse:
    """Keep that a matter was the people's own doing: this one is quiet for its rule's days."""
    now = timezone.now()
    row = get_object_or_404(Matter.objects.of(company), pk=matter_id)
    back = reverse("sensors:watched", args=[company.pk])
    rule = catalog().watch.rules.get(row.rule)
    if rule is None or rule.ours is None:
        return refused(request, say("watched.no_ours"), back=back)
    form = OursForm(request.POST)
    # Not what came since the page was opened: that nobody has looked at.
    shown = form.is_valid() and form.cleaned_data["last"] == row.last.isoformat()
    own = Matter.objects.of(company).filter(is_open(now), pk=row.pk, last=row.last)
    until = now + timedelta(days=rule.ours_days)
    if not shown or not own.update(ours_until=until, ours_by=request.user):
        return refused(request, say(form.refusal), back=back, code=409)
    note_by(request, "watch.ours", company, rule=row.rule)
    tell_company(company, now)
    return redirect("sensors:watched", company.pk)
