"""What the pages show of what was heard: matters, the last day in one line, the weeks as a chart."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.weekly_lines import WeeklyLine
from tojimari.portal.mailcheck.months import Bar, bars
from tojimari.portal.sensors.models import HeardDay, Matter, open_matters
from tojimari.portal.sensors.sentences import rule_values, told_values, what_text, where_text
from tojimari.portal.sensors.telling import level_of
from tojimari.portal.words import catalog, current_lang, say
from tojimari.watch.engine import engines
from tojimari.watch.ledger import LogDay
from tojimari.watch.notice import SILENT_AFTER, day_line

CHART_DAYS = 28
_WEEK = 7


def shown_matter(matter: Matter, company: Company, lang: Lang) -> dict[str, Any]:
    """Return a matter in the reader's words, with what may be answered and where help is."""
    rule = catalog().watch.rules.get(matter.rule)
    values = told_values(matter)
    return {
        "row": matter,
        "urgent": level_of(matter) == "now",
        "what": what_text(values, lang),
        "where": where_text(matter, lang),
        "danger": rule.danger.say(lang) if rule else "",
        "do": rule.do.say(lang, **rule_values(values, lang)) if rule else "",
        "ours": rule.ours.say(lang) if rule and rule.ours else "",
        "ours_days": rule.ours_days if rule else 0,
        "guide": guide_of(matter, company),
        "playbook": rule.incident if rule else "",
    }


def urgent_shown(company: Company, *, names: bool) -> list[dict[str, Any]]:
    """Return what somebody must act on at once, for a supporter.

    names: whether they may know the company's computers, and so where it was.
    """
    found = [one for one in open_matters(company, timezone.now()) if level_of(one) == "now"]
    shown = [shown_matter(one, company, current_lang()) for one in found]
    return shown if names else [{**one, "where": ""} for one in shown]


def guide_of(matter: Matter, company: Company) -> str:
    """Return the page of the guide that helps when it is true, with the moment filled in; "" for none."""
    rule = catalog().watch.rules.get(matter.rule)
    if rule is None or not rule.incident:
        return ""
    since = timezone.localtime(matter.first).strftime("%Y-%m-%dT%H:%M")
    address = reverse("incidents:company_now", args=[company.pk, rule.incident])
    return f"{address}?{urlencode({'since': since})}"


def days_of(company: Company, since: date) -> list[HeardDay]:
    """Return what was heard of a company since a day, the oldest first."""
    rows = HeardDay.objects.of(company).filter(day__gte=since, device__removed_at=None)
    return list(rows.select_related("device").order_by("day", "heard_until", "pk"))


def line_of(days: Iterable[HeardDay], lang: Lang) -> str:
    """Return one line on what was seen in a day; that nothing was, only where all were heard."""
    days = list(days)
    logs = [
        LogDay(signals={kind: (n, stopped) for kind, (n, stopped) in row.signals.items()})
        for row in days
    ]
    found = day_line(logs, catalog().watch.kinds.values(), lang)
    if found:
        return found
    heard = [not silent for row in days for *_, silent in row.engines]
    if heard and all(heard):
        return say("watched.nothing_seen", lang)
    return say("watched.nothing_heard", lang)


def heard_engines(days: list[HeardDay], now: datetime, lang: Lang) -> list[dict[str, Any]]:
    """Return every engine with since when and by which computer; silence is unknown, never fine."""
    newest: dict[tuple[Any, ...], HeardDay] = {}
    since: dict[tuple[Any, ...], date] = {}
    for row in days:
        where = row.device_id, row.subject_kind, row.subject_id
        newest[where] = row
        for name, *_ in row.engines:
            since.setdefault((*where, name), row.day)
    known, made = engines(), []
    for where, row in newest.items():
        lost = now - row.heard_until > SILENT_AFTER
        for name, guards, lines, unread, last, silent in row.engines:
            made.append(
                {
                    "title": known[name].title if name in known else name,
                    "guards": say(f"watched.guards.{guards}", lang),
                    "where": where_text(row, lang),
                    "since": since[(*where, name)],
                    "until": row.heard_until,
                    "last": datetime.fromisoformat(last) if last else None,
                    "lines": lines,
                    "unread": unread,
                    "lost": lost,
                    "silent": silent or lost,
                }
            )
    return made


def _counted(days: Iterable[HeardDay]) -> dict[date, int]:
    """Return day -> how much was counted, of the days on which somebody listened."""
    shown = {id_ for id_, kind in catalog().watch.kinds.items() if kind.shown}
    counts: dict[date, int] = {}
    for row in days:
        n = sum(pair[0] for kind, pair in row.signals.items() if kind in shown)
        counts[row.day] = counts.get(row.day, 0) + n
    return counts


def week_bars(days: Iterable[HeardDay], end: date) -> tuple[Bar, ...]:
    """Return the bars of seven days; over a day on which nobody listened stands a question mark."""
    counts = _counted(days)
    dates = [end - timedelta(days=ago) for ago in reversed(range(_WEEK))]
    drawn = bars((f"{day.month}/{day.day}", counts.get(day, 0)) for day in dates)
    return tuple(
        msgspec.structs.replace(bar, says=f"{bar.value:,}" if day in counts else "?")
        for bar, day in zip(drawn, dates, strict=True)
    )


def chart(days: list[HeardDay], today: date) -> dict[str, Any] | None:
    """Return the bars of the last weeks, and of how many days something is known; None without any.

    A day on which nobody listened has no bar: unknown, which is not zero.
    """
    counts = _counted(days)
    first = today - timedelta(days=CHART_DAYS - 1)
    within = {day: n for day, n in counts.items() if first <= day <= today}
    if not within:
        return None
    dates = [first + timedelta(days=at) for at in range(CHART_DAYS)]
    most = max(within.values())
    drawn = bars((f"{day.month}/{day.day}", within.get(day, 0)) for day in dates)
    return {
        "bars": [_labelled(bar, at, most) for at, bar in enumerate(drawn)],
        "first": first,
        "last": today,
        "known": len(within),
        "days": CHART_DAYS,
        "sum": sum(within.values()),
        "rows": sorted(within.items(), reverse=True),
    }


def _labelled(bar: Bar, at: int, most: int) -> Bar:
    """Leave a label on every seventh day, and the figure on the highest bar."""
    label = bar.label if at % _WEEK == 0 else ""
    says = f"{bar.value:,}" if bar.value and bar.value == most else ""
    return msgspec.structs.replace(bar, label=label, says=says)


def _heard_until(company: Company) -> list[datetime]:
    """Return until when each computer that watches was heard.

    Not each line: a computer that goes on telling, and of a line no more, was told not to hear it.
    """
    rows = HeardDay.objects.of(company).filter(device__removed_at=None).order_by()
    return [row["until"] for row in rows.values("device").annotate(until=Max("heard_until"))]


def weekly_line(company: Company) -> WeeklyLine | None:
    """Return the week in one line: something to do, quiet, or not known."""
    lang, now = current_lang(), timezone.now()
    today = timezone.localdate()
    days = days_of(company, today - timedelta(days=_WEEK))
    # Computers sum up the day before; only one that is new tells of today.
    end = today if any(row.day == today for row in days) else today - timedelta(days=1)
    days = [row for row in days if end - timedelta(days=_WEEK) < row.day <= end]
    matters = [one for one in open_matters(company, now) if level_of(one) != "line"]
    until = _heard_until(company)
    if not until:
        return None
    lost = now - min(until) > SILENT_AFTER  # also a computer that told nothing all week
    if matters:
        sentence = say("watched.week_open", lang, n=len(matters))
    elif not days:
        sentence = say("watched.week_unknown", lang)
    elif lost or any(one["silent"] for one in heard_engines(days, now, lang)):
        sentence = say("watched.week_partly", lang, line=line_of(days, lang))
    elif (known := len({row.day for row in days})) < _WEEK:
        # What was not heard was not quiet.
        left = _WEEK - known
        sentence = say("watched.week_some", lang, line=line_of(days, lang), n=known, left=left)
    else:
        sentence = say("watched.week_quiet", lang, line=line_of(days, lang), n=known)
    address = reverse("sensors:watched", args=[company.pk])
    drawn = week_bars(days, end) if days else ()
    label = say("watched.week_chart", lang) if days else ""
    return WeeklyLine(say("watched.title", lang), sentence, address, drawn, label)
