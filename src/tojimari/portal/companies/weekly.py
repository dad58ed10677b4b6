"""The two minutes a week: what changed, one question, one step. And the line over time."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.assess.answers import ANSWER_KIND
from tojimari.assess.changes import Rules, rules_changed
from tojimari.portal.companies.assessments import catch_up, up_to_date
from tojimari.portal.companies.forms import ReminderForm
from tojimari.portal.companies.lookers import lookers_of, want_look
from tojimari.portal.companies.models import Assessed, Company, Visit
from tojimari.portal.companies.progress import changes, known_before, lately, with_devices
from tojimari.portal.companies.questions import wanted_question
from tojimari.portal.companies.result import page_context
from tojimari.portal.companies.weekly_lines import weekly_lines
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.jobs import start_job
from tojimari.portal.core.rights import COMPANY_READ, COMPANY_WRITE
from tojimari.portal.errors import refused
from tojimari.portal.people.models import Membership
from tojimari.portal.words import current_lang

HISTORY_SHOWN = 60
LOOK_HOLDS = timedelta(hours=12)
"""For how long a look is new enough to compare by."""
WEEKLY = "weekly"
"""What a look is about that the weekly page asked for: it leads back there."""
CHART_WIDTH, CHART_HEIGHT = 420, 200


def monday(day: date) -> date:
    """Return the Monday of the week ``day`` is in."""
    return day - timedelta(days=day.weekday())


def streak(weeks: set[date], today: date) -> int:
    """Return how many weeks in a row were visited, this one or the last being the newest.

    A week that is not over does not break it: whoever comes on Friday has lost nothing on Monday.
    """
    week = monday(today)
    if week not in weeks:
        week -= timedelta(weeks=1)
    count = 0
    while week in weeks:
        count += 1
        week -= timedelta(weeks=1)
    return count


def look_is_due(company: Company) -> bool:
    """Return whether what looks at the company was last seen too long ago to compare by."""
    looks = [looker for looker in lookers_of(company) if looker.looks]
    return any(one.seen_at is None or one.seen_at < timezone.now() - LOOK_HOLDS for one in looks)


@company_view(COMPANY_READ)
@require_safe
def weekly(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what changed since the last visit, one question and one step."""
    found = up_to_date(company)
    last = Visit.objects.of(company).order_by("-week").first()
    since = last.at if last else None
    lines = Assessed.objects.of(company).order_by("-as_of")
    before = lines.filter(as_of__lte=since).first() if since else None
    now = found.assessment.states
    weeks = set(Visit.objects.of(company).values_list("week", flat=True))
    today = timezone.localdate()
    shown = page_context(found, company)
    answered = any(
        o.kind == ANSWER_KIND and timezone.localdate(o.last_confirmed_at) >= monday(today)
        for o in found.observations
    )
    return render(
        request,
        "weekly.html",
        {
            "company": company,
            "since": since,
            "changes": with_devices(changes(known_before(company, before, found), now)[:8], found),
            "progress": lately(company, found),
            "look_due": look_is_due(company) and "asked" not in request.GET,
            "asked": "asked" in request.GET,
            "steps": shown["steps"],
            "lines": weekly_lines(company),
            "answered": answered,
            "question": None if answered else wanted_question(found.observations),
            "step": shown["steps"][0] if shown["steps"] else None,
            "this_week": monday(today) in weeks,
            "streak": streak(weeks, today),
            "remind": Membership.objects.of(company).get(user=request.user).remind,
        },
    )


@company_view(COMPANY_WRITE)
@require_POST
def look(request: HttpRequest, company: Company) -> HttpResponse:
    """Look again before anything is compared: at this computer, or by asking the agents."""
    if settings.LOCAL:
        going = start_job(company, "look", about=WEEKLY)
        address = reverse("companies:job", args=[company.pk, going.pk])
    else:
        want_look(company)
        address = reverse("companies:weekly", args=[company.pk], query={"asked": "yes"})
    note_by(request, "look.started", company)
    if request.htmx:
        response = HttpResponse()
        response["HX-Redirect"] = address
        return response
    return redirect(address)


@company_view(COMPANY_WRITE)
@require_POST
def visit(request: HttpRequest, company: Company) -> HttpResponse:
    """Note that this week's two minutes are done."""
    week = monday(timezone.localdate())
    row, made = Visit.objects.of(company).get_or_create(company=company, week=week)
    if not made:
        Visit.objects.of(company).filter(pk=row.pk).update(at=timezone.now())
    return redirect("companies:weekly", company.pk)


@company_view(COMPANY_READ)
@require_POST
def remind(request: HttpRequest, company: Company) -> HttpResponse:
    """Turn the weekly mail on or off, for this person only."""
    form = ReminderForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence())
    Membership.objects.of(company).filter(user=request.user).update(
        remind=form.cleaned_data["remind"], remind_lang=current_lang()
    )
    return redirect("companies:weekly", company.pk)


@company_view(COMPANY_READ)
@require_safe
def history(request: HttpRequest, company: Company) -> HttpResponse:
    """Show the line over time and what changed from one look to the next."""
    catch_up(company)
    newest = list(Assessed.objects.of(company).order_by("-as_of", "-pk")[: HISTORY_SHOWN + 1])
    rows = []
    for after, before in zip(newest, [*newest[1:], None], strict=True):
        rules = rules_changed(_rules(before) if before else None, _rules(after))
        all_ = changes(before, after.states)
        # Something known for the first time is no change in the company.
        rows.append(
            {
                "row": after,
                "changes": [c for c in all_ if c["old"] != "unknown"],
                "known": [c for c in all_ if c["old"] == "unknown"],
                "rules": rules,
            }
        )
    return render(
        request,
        "history.html",
        {"company": company, "rows": rows[:HISTORY_SHOWN], "chart": chart(newest[::-1])},
    )


def _rules(row: Assessed) -> Rules:
    return Rules(row.catalog_version, row.revisions)


def chart(rows: list[Assessed]) -> dict[str, Any] | None:
    """Return the points of two lines (done, unknown) over time, for an SVG of fixed size.

    x is time, evenly; y is the number of controls, 0 at the bottom. None with fewer than two.
    """
    if len(rows) < 2:
        return None
    first, last = rows[0].as_of, rows[-1].as_of
    span = max((last - first).total_seconds(), 1.0)
    top = max(len(row.states) for row in rows) or 1

    def point(row: Assessed, value: int) -> tuple[float, float]:
        x = 36 + (CHART_WIDTH - 46) * (row.as_of - first).total_seconds() / span
        return round(x, 1), round(12 + (CHART_HEIGHT - 40) * (1 - value / top), 1)

    met = [point(row, row.met) for row in rows]
    unknown = [point(row, row.unknown) for row in rows]
    return {
        "met": " ".join(f"{x},{y}" for x, y in met),
        "unknown": " ".join(f"{x},{y}" for x, y in unknown),
        "met_dots": met,
        "first": first,
        "last": last,
        "top": top,
        "from_met": rows[0].met,
        "to_met": rows[-1].met,
        "to_unknown": rows[-1].unknown,
    }
