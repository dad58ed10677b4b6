"""The months of a desk: how much came, how fast it was answered, whether it helped."""

import csv
import io
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.lib.formulas import cell_value
from tojimari.portal.core.downloads import as_file
from tojimari.portal.desk.access import desk_view
from tojimari.portal.desk.models import Ticket
from tojimari.portal.desk.queue import waited
from tojimari.portal.mailcheck.months import bars, earlier_month
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say

MONTHS = 12
WAYS = ("web", "mail", "phone", "watch")
COLUMNS = (
    "month",
    "opened",
    *WAYS,
    "answered",
    "median",
    "slowest",
    "closed",
    "rated_yes",
    "rated_partly",
    "rated_no",
)


class Month(msgspec.Struct, frozen=True):
    """One month, by the day a ticket was opened.

    Attributes:
        month: 2026-11.
        ways: way -> how many came.
        answered: how many were answered.
        minutes: minutes of service until the first answer -> how many had to wait so long; without
            calls, which are answered while they are written down.
        closed: how many of them are closed now.
        rated: answer -> how many gave it.
    """

    month: str
    ways: dict[str, int]
    answered: int
    minutes: dict[int, int]
    closed: int
    rated: dict[str, int]

    @property
    def opened(self) -> int:
        """How many came."""
        return sum(self.ways.values())

    @property
    def median(self) -> int | None:
        """The minutes that half of those answered waited for at most; None for nobody."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> int | None:
        """Return the minutes within which a share of those answered were; None for nobody."""
        wanted, seen = share * sum(self.minutes.values()), 0
        for minutes, number in sorted(self.minutes.items()):
            seen += number
            if seen >= wanted:
                return minutes
        return None


def months_of(organisation: Organisation, now: datetime) -> list[Month]:
    """Return the last twelve months, the oldest first; one without anything is there and says 0."""
    first = timezone.localtime(now).date().replace(day=1)
    names = [earlier_month(first, ago) for ago in reversed(range(MONTHS))]
    begin = datetime.fromisoformat(f"{names[0]}-01").replace(tzinfo=timezone.get_current_timezone())
    rows = Ticket.objects.at(organisation).filter(made_at__gte=begin, merged_into=None)
    monthly = rows.annotate(month=TruncMonth("made_at")).order_by()
    ways = _counted(monthly, "way")
    answered = _counted(monthly.exclude(first_answered_at=None), "way")
    written = monthly.exclude(first_minutes=None).exclude(way="phone")
    minutes = _counted(written, "first_minutes")
    states = _counted(monthly, "state")
    rated = _counted(monthly.exclude(rated=""), "rated")
    return [
        Month(
            name,
            ways[name],
            sum(answered[name].values()),
            minutes[name],
            states[name].get(Ticket.CLOSED, 0),
            rated[name],
        )
        for name in names
    ]


def _counted(rows: Any, column: str) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = _Months()
    for month, value, number in rows.values_list("month", column).annotate(n=Count("pk")):
        found[f"{month:%Y-%m}"][value] += number
    return found


class _Months(dict[str, Counter[Any]]):
    def __missing__(self, key: str) -> Counter[Any]:
        self[key] = Counter()
        return self[key]


@desk_view
@require_safe
def figures(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the months."""
    months = months_of(organisation, timezone.now())
    rated = sum((Counter(one.rated) for one in months), Counter())
    context = {
        "organisation": organisation,
        "months": [
            {
                "row": one,
                "median": waited(one.median) if one.median is not None else "",
                "slow": waited(slow) if (slow := one.quantile(0.9)) is not None else "",
            }
            for one in months
        ],
        "bars": bars((one.month[5:], one.opened) for one in months),
        "opened": sum(one.opened for one in months),
        "answered": sum(one.answered for one in months),
        "rated": [(say(f"desk.rated_{id_}"), rated[id_]) for id_ in ("yes", "partly", "no")],
        "rated_n": sum(rated.values()),
        "first": months[0].month,
        "last": months[-1].month,
    }
    return render(request, "desk_figures.html", context)


@desk_view
@require_safe
def figures_csv(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Hand out the months as a table."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say(f"deskcsv.{name}") for name in COLUMNS])
    for one in months_of(organisation, timezone.now()):
        cells = [
            one.month,
            one.opened,
            *(one.ways.get(way, 0) for way in WAYS),
            one.answered,
            "" if one.median is None else one.median,
            "" if (slow := one.quantile(0.9)) is None else slow,
            one.closed,
            *(one.rated.get(id_, 0) for id_ in ("yes", "partly", "no")),
        ]
        writer.writerow([cell_value(cell) for cell in cells])
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    return as_file(response, "desk-months.csv")
