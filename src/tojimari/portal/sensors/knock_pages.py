"""The page of knocks from outside: this company's, the police agency's, and many companies' together."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.sensors.knocks import Knocks, knocks_of
from tojimari.portal.sensors.models import KnockSharing, KnockWeek
from tojimari.portal.sensors.pool import FEWEST_COMPANIES, WEEK, newest_week
from tojimari.portal.sensors.rights import WATCH_MANAGE, WATCH_READ
from tojimari.portal.words import catalog, current_lang


@company_view(WATCH_READ)
@require_safe
def knocks(request: HttpRequest, company: Company) -> HttpResponse:
    """Show how often strangers knocked, beside others' figures in the same unit."""
    own, week = knocks_of(company, timezone.localdate()), newest_week()
    lang = current_lang()
    sources = {catalog().sources[one.source] for one in catalog().watch.sensor_years.values()}
    return render(
        request,
        "knocks.html",
        {
            "company": company,
            "own": own,
            "bars": _bars(own, week),
            "source": catalog()
            .ui("sensor.source")
            .say(lang, source="; ".join(sorted(one.publisher.say(lang) for one in sources))),
            "unit": catalog().ui("sensor.unit").say(lang),
            "pairs": f"{own.pairs:,}" if own else "",
            "ports": _ports(own),
            "week": week,
            "week_ends": week.begins + WEEK if week else None,
            "week_ports": _week_ports(week),
            "fewest": FEWEST_COMPANIES,
            "sharing": KnockSharing.objects.of(company).first(),
        },
    )


@company_view(WATCH_MANAGE)
@require_POST
def share_knocks(request: HttpRequest, company: Company) -> HttpResponse:
    """Let the company's knocks be counted with others', from today on."""
    _, made = KnockSharing.objects.of(company).get_or_create(
        company=company, defaults={"since": timezone.localdate(), "by": request.user}
    )
    if made:
        note_by(request, "watch.knocks_shared", company)
    return redirect("sensors:knocks", company.pk)


@company_view(WATCH_MANAGE)
@require_POST
def keep_knocks(request: HttpRequest, company: Company) -> HttpResponse:
    """Count the company's knocks with nobody's any more; weeks that were counted stay as they are."""
    gone, _ = KnockSharing.objects.of(company).delete()
    if gone:
        note_by(request, "watch.knocks_kept", company)
    return redirect("sensors:knocks", company.pk)


def _bars(own: Knocks | None, week: KnockWeek | None) -> list[dict[str, Any]]:
    """Return the figures of one unit with how long each bar is (0 to 100)."""
    figures = list(_figures(own, week))
    longest = max(value for _, value, *_ in figures)
    return [
        {"label": label, "value": said, "width": 100 * value / longest, "own": mine}
        for label, value, said, mine in figures
    ]


def _figures(own: Knocks | None, week: KnockWeek | None) -> Iterator[tuple[str, float, str, bool]]:
    lang = current_lang()

    def words(key: str, **values: object) -> str:
        return catalog().ui(f"sensor.{key}").say(lang, **values)

    for year in catalog().watch.sensor_years.values():
        when = words("year" if year.until_month == 12 else "half", year=year.year)
        rate = year.per_day_and_address
        yield words("police_bar", year=when), rate, f"{rate:,.1f}", False
    if week is not None:
        # Kept to two digits: no decimals that nobody counted.
        yield words("together", n=week.companies), week.rate, f"{week.rate:,g}", False
    if own is not None:
        yield words("company"), own.rate, f"{own.rate:,.1f}", True


def _ports(own: Knocks | None) -> list[dict[str, Any]]:
    lang = current_lang()
    return [
        {
            "port": port,
            "n": f"{n:,}",
            "name": known.name if known else "",
            "plain": known.plain.say(lang) if known else "",
        }
        for port, n, known in (own.ports if own else ())
    ]


def _week_ports(week: KnockWeek | None) -> list[dict[str, Any]]:
    names = {f"{one.port}/{one.protocol}": one.name for one in catalog().watch.ports.values()}
    return [
        {"port": port, "name": names.get(port, ""), "share": round(100 * share), "n": n}
        for port, share, n in (week.ports if week else ())
    ]
