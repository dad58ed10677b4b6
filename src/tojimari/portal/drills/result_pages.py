"""What came of a drill: how many reported first, on the page, on paper, as CSV."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.drills.comparison import ENOUGH
from tojimari.drills.gophish import Person, ResultRow, results_csv
from tojimari.drills.intervals import Share
from tojimari.drills.outcome import Outcome
from tojimari.drills.results import GROUP_AT_LEAST, Figures
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.drills.company_pages import drill_or_404
from tojimari.portal.drills.intake import REPORTS
from tojimari.portal.drills.learning import advice_after
from tojimari.portal.drills.models import Drill
from tojimari.portal.drills.outcomes import Found, Secret, compared, found_of, secret_of
from tojimari.portal.drills.rights import DRILLS_MANAGE
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.mailin.addresses import address_of
from tojimari.portal.printing import PRINTED_A_MINUTE, printed
from tojimari.portal.words import say

MEASURES = ("acted", "clicked", "typed", "replied", "attachment")


def line(name: str, share: Share) -> dict[str, Any]:
    """Return a share as a row: its words, count, of how many, and within what it may truly lie."""
    return {
        "name": name,
        "title": say(f"drillmeasure.{name}"),
        "count": share.count,
        "of": share.of,
        "percent": round(100 * share.part) if share.part is not None else None,
        "low": round(100 * share.low),
        "high": round(100 * share.high),
    }


def lines(figures: Figures) -> list[dict[str, Any]]:
    """Return what people did, as rows; what nobody could do with these mails is left out."""
    found = [line(name, getattr(figures, name)) for name in MEASURES]
    return [one for one in found if one["name"] in ("acted", "clicked") or one["count"]]


def spell(time: timedelta | None) -> str:
    """Return a span of time in words: minutes below two hours, else hours, else days."""
    if time is None:
        return ""
    minutes = max(1, round(time.total_seconds() / 60))
    if minutes < 120:
        return say("drill.minutes", n=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return say("drill.hours", n=hours)
    return say("drill.days", n=round(hours / 24))


def shown(found: Found, secret: Secret) -> dict[str, Any]:
    """Return what pages and paper show of a drill's figures; ``secret``: why reports alone."""
    whole = found.results.whole
    return {
        "secret": say(f"drillsecret.{secret}", n=GROUP_AT_LEAST) if secret else "",
        "whole": whole,
        "reported": line("reported", whole.reported),
        "first_report": spell(whole.first_report),
        "usual_report": spell(whole.usual_report),
        "lines": lines(whole),
        "by_difficulty": [
            (
                say(f"drill.difficulty_{each}"),
                one.delivered,
                line("reported", one.reported),
                lines(one),
            )
            for each, one in found.results.by_difficulty.items()
        ],
        "groups": [
            (
                group.name or say("drillresult.others"),
                group.figures.delivered,
                line("reported", group.figures.reported),
                line("acted", group.figures.acted),
            )
            for group in found.results.groups
        ],
        "hidden": say(f"drillhidden.{found.results.hidden}") if found.results.hidden else "",
        "set_aside": [
            (say(f"drill.reason_{reason}"), number) for reason, number in whole.set_aside.items()
        ],
        "found": found,
    }


def context_of(company: Company, drill: Drill) -> dict[str, Any]:
    """Return everything that the page and the paper show."""
    found = found_of(drill)
    secret = secret_of(drill, found)
    earlier, comparisons = (None, ()) if secret else compared(drill, found.results)
    return {
        "company": company,
        "drill": drill,
        "state": say(f"drillstate.{drill.state}"),
        "level": say(f"drill.level_{drill.level}"),
        "why_stopped": say(f"drillmissing.{drill.why_stopped}", days=14)
        if drill.why_stopped
        else "",
        "running": drill.state == Drill.RUNNING,
        "earlier": earlier,
        "comparisons": [
            {
                "difficulty": say(f"drill.difficulty_{one.difficulty}"),
                "before": line("acted", one.before),
                "after": line("acted", one.after),
                "says": say(f"drillcompare.{one.code}", n=ENOUGH),
            }
            for one in comparisons
        ],
        "people": _named(drill, found),
        "made_on": timezone.localdate().isoformat(),
        **shown(found, secret),
        "advice": advice_after(company, drill, found.results.whole, reports_alone=bool(secret)),
    }


def _named(drill: Drill, found: Found) -> list[dict[str, Any]]:
    """Return who did what, in the order of names, where the company chose so beforehand."""
    if not drill.named:
        return []
    rows = []
    for key, mail in sorted(found.mails.items(), key=lambda pair: (pair[1].name, pair[0])):
        did = found.outcomes.get(key, Outcome())
        rows.append(
            {
                "name": mail.name or mail.email,
                "reported": did.reported_at,
                "acted": did.fell_for_it,
                "delivered": did.delivered,
            }
        )
    return rows


def on_paper(
    request: HttpRequest, who: Any, template: str, context: Callable[[], dict[str, Any]], name: str
) -> HttpResponse:
    """Return a page as PDF, or 429 where ``who`` asks for one after the other.

    Raises NoPdf where what prints is not installed.
    """
    if request.method != "HEAD" and too_often(
        "drill-pdf", str(who), times=PRINTED_A_MINUTE, seconds=60
    ):
        return refused(request, say("error.too_often"), code=429)
    return printed(request, template, context, name)


@company_view(DRILLS_MANAGE)
@require_safe
def results(request: HttpRequest, company: Company, drill_id: uuid.UUID) -> HttpResponse:
    """Show what came of a drill until now: first how many reported it and how soon."""
    drill = drill_or_404(company, drill_id)
    note_by(request, "drill.seen", company, name=drill.title)
    context = context_of(company, drill) | {"reports": address_of(company, REPORTS)}
    return render(request, "drill_results.html", context)


@company_view(DRILLS_MANAGE)
@require_safe
def results_pdf(request: HttpRequest, company: Company, drill_id: uuid.UUID) -> HttpResponse:
    """Send the report of a drill on paper. Raises NoPdf where what prints is not installed."""
    drill = drill_or_404(company, drill_id)
    about = partial(context_of, company, drill)
    return on_paper(request, company.pk, "drill_paper.html", about, "tojimari-drill.pdf")


@company_view(DRILLS_MANAGE)
@require_safe
def results_file(request: HttpRequest, company: Company, drill_id: uuid.UUID) -> HttpResponse:
    """Send the results as CSV, in the columns of GoPhish; without persons unless they may be named.

    Where nobody may be named no row stands for a person: the file has the figures alone.
    """
    drill = drill_or_404(company, drill_id)
    note_by(request, "drill.file", company, name=drill.title)
    found = found_of(drill)
    text = _persons(found) if drill.named else _figures(found, secret_of(drill, found))
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tojimari-drill.csv"'
    return response


def _persons(found: Found) -> str:
    rows = [
        ResultRow(
            key, Person(mail.email, mail.name, "", mail.group), found.outcomes.get(key, Outcome())
        )
        for key, mail in sorted(found.mails.items(), key=lambda pair: pair[1].email)
    ]
    return results_csv(rows)


def _figures(found: Found, secret: Secret) -> str:
    whole = found.results.whole
    names = ("reported",) if secret else ("reported", *MEASURES)
    table = ["measure,count,of,low_percent,high_percent"]
    for name in names:
        one: Share = getattr(whole, name)
        table.append(f"{name},{one.count},{one.of},{100 * one.low:.1f},{100 * one.high:.1f}")
    if not secret:
        table.append(f"machines,{whole.machines},,,")
    return "\r\n".join(table) + "\r\n"
