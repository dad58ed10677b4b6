"""The fleet: which companies need help first, and why. Reads only rows made for it."""

import csv
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, UUIDField
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.lib.formulas import cell_value
from tojimari.model import WORST_FIRST, Lang
from tojimari.portal.companies.account import prefecture_choices
from tojimari.portal.companies.assessments import SILENT_AFTER
from tojimari.portal.companies.models import ControlState, Standing
from tojimari.portal.companies.rights import BASICS_READ, FINDINGS_READ
from tojimari.portal.companies.steps import title_of
from tojimari.portal.core.audit import note_as, note_each
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.core.prepared import Given, Prepared
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.errors import refused
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.concerns import (
    WATCH_URGENT,
    Row,
    choice_words,
    choices,
    concerns,
    counting,
    having,
    rows_of,
    sentence_of,
    totals,
)
from tojimari.portal.supporters.forms import NudgeForm
from tojimari.portal.supporters.incidents import open_incidents
from tojimari.portal.supporters.invitations import count_waiting
from tojimari.portal.supporters.models import Grant, Nudge, Organisation
from tojimari.portal.supporters.rights import REMINDERS_SEND
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.phrases import state_word

log = logging.getLogger("tojimari.fleet")

ROWS_A_PAGE = 50
EXPORTED_AT_ONCE = 1000
NUDGED_AGAIN = timedelta(hours=20)
"""An organisation writes to a company at most so often."""
_ANY = UUID(int=0)
"""In the place of a company's id."""
NOT_NUDGED = ("nobody", "not_allowed", "today")
"""Why a reminder went to no company at all."""


class Filters(msgspec.Struct, frozen=True):
    """Which companies; empty fields let all through.

    Attributes:
        reason: a finding's reason code.
        wrong: one of ``concerns.choices()``.
    """

    control: str = ""
    state: str = ""
    reason: str = ""
    wrong: str = ""
    size: str = ""
    industry: str = ""
    prefecture: str = ""
    q: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Filters":
        """Return the filters of a query; what the catalog does not know is left out."""
        values = {
            name: str(given.get(name) or "").replace("\x00", "")[:60].strip()
            for name in cls.__struct_fields__
        }
        if values["control"] not in catalog().controls:
            values["control"] = ""
        if values["state"] not in WORST_FIRST:
            values["state"] = ""
        if values["wrong"] not in choices():
            values["wrong"] = ""
        return cls(**values)

    def fields(self) -> list[tuple[str, str]]:
        """Return (name, value) of those that are set."""
        return [(name, value) for name, value in msgspec.structs.asdict(self).items() if value]

    def query(self) -> str:
        """Return the filters as they stand in an address."""
        return urlencode(self.fields())


class FleetPage(msgspec.Struct, frozen=True):
    """One page of standings, and how many there are."""

    rows: list[Any]
    total: int
    number: int
    pages: int


def standings(organisation: Organisation | Given, filters: Filters) -> QuerySet[Standing]:
    """Return the standings of companies that allow ``organisation`` a look, most urgent first.

    A filter by control or finding only finds companies that allow their findings to be seen.
    """
    by_finding = bool(filters.control or filters.state or filters.reason)
    needed = FINDINGS_READ if by_finding or filters.wrong == WATCH_URGENT else BASICS_READ
    found = (
        Standing.objects.across("the fleet page, within its grants")
        .filter(company__in=companies_where(Actor(organisation=organisation), needed))
        .order_by("-urgency", "company")
    )
    for name in ("size", "industry", "prefecture"):
        value = getattr(filters, name)
        if value:
            found = found.filter(**{name: value})
    if filters.q:
        found = found.filter(company__name__icontains=filters.q)
    if filters.wrong:
        found = having(found, filters.wrong, timezone.now())
    if by_finding:
        states = ControlState.objects.across("the fleet page, within its grants")
        for name in ("control", "state", "reason"):
            value = getattr(filters, name)
            if value:
                states = states.filter(**{name: value})
        found = found.filter(company__in=states.values("company"))
    return found


def fleet_page(
    organisation: Organisation, filters: Filters, number: int, total: int | None = None
) -> FleetPage:
    """Return one page; a number beyond the last gives the last.

    total: how many the filters find, where that is known.
    """
    found = standings(organisation, filters)
    if total is None:
        total = found.count()
    pages = max(1, -(-total // ROWS_A_PAGE))
    number = min(max(number, 1), pages)
    start = (number - 1) * ROWS_A_PAGE
    if start:
        # The rows before them are skipped without asking what each of their companies allows.
        ids = list(found.values_list("pk", flat=True)[start : start + ROWS_A_PAGE])
        found = found.filter(pk__in=ids)
    rows = with_rights(organisation, found)[:ROWS_A_PAGE]
    return FleetPage(list(rows), total, number, pages)


def with_rights(organisation: Organisation, found: QuerySet[Standing]) -> QuerySet[Standing]:
    """Add to each standing what its company allows the organisation, as ``scopes``."""
    grants = Grant.objects.across("what each company allows").filter(
        organisation=organisation, withdrawn_at=None, company=OuterRef("company")
    )
    return found.select_related("company").annotate(scopes=Subquery(grants.values("scopes")[:1]))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 1


def step_word(row: Standing) -> str:
    """Return the company's next step as the imperative its owner reads."""
    return title_of(row.step, row.step_kind) if row.step else ""


@organisation_view
@require_safe
def fleet(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show who needs help first, and why. Those who only make surveys are led there."""
    if organisation.kind == Organisation.RESEARCHER:
        return redirect("surveys:surveys", organisation.pk)
    filters, now = Filters.of(request.GET), timezone.now()
    everybody, wrong = _totals(organisation, now)
    number = _number(request.GET.get("page", "1"))
    page = fleet_page(organisation, filters, number, None if filters.fields() else everybody)
    lang, why = current_lang(), request.GET.get("not_nudged", "")
    questions = catalog().questions
    context = {
        "organisation": organisation,
        "page": page,
        "all": everybody,
        "totals": wrong,
        "waiting": count_waiting(organisation),
        "incidents": open_incidents(organisation),
        "wrongs": [(one, choice_words(one)) for one in choices()],
        "rows": _shown_rows(organisation, page.rows, now),
        "filters": filters,
        "filter_fields": filters.fields(),
        "query": filters.query(),
        "controls": _control_choices(lang),
        "findings": findings_of(filters.control),
        "states": [(state, state_word(state, catalog(), lang)) for state in WORST_FIRST],
        "sizes": [(o.id, o.text.say(lang)) for o in questions["company-size"].options],
        "industries": [(o.id, o.text.say(lang)) for o in questions["industry"].options],
        "prefectures": prefecture_choices(),
        "nudged": request.GET.get("nudged", ""),
        "not_nudged": say(f"fleet.not_nudged_{why}") if why in NOT_NUDGED else "",
    }
    note_as(request, organisation, "fleet.seen")
    return render(request, "fleet.html", context)


_COUNTS = Prepared(
    "the fleet page, within its grants",
    lambda: counting(standings(Given("organisation", UUIDField()), Filters())),
)


def _totals(organisation: Organisation, now: datetime) -> tuple[int, list[tuple[str, str, int]]]:
    """Return how many companies there are, and (choice, words, companies) for what is wrong."""
    found = _COUNTS.rows(organisation=organisation.pk, now=now, heard_before=now - SILENT_AFTER)
    everybody, *counts = found[0] if found else (0,)
    return everybody, totals(counts)


def _shown_rows(
    organisation: Organisation, rows: Iterable[Standing], now: datetime
) -> list[dict[str, Any]]:
    """Return standings, with their scopes, as the page shows them."""
    told = rows_of(rows, now)
    # One address is made and the others are written like it: making each takes ten times as long.
    page_of = reverse("supporters:granted", args=[organisation.pk, _ANY])
    steps: dict[tuple[str, str], str] = {}
    shown = []
    for row in rows:
        step = (row.step, row.step_kind)
        if step not in steps:
            steps[step] = step_word(row)
        shown.append(
            {
                "id": str(row.company_id),
                "name": str(row.company),
                "page": page_of.replace(str(_ANY), str(row.company_id)),
                "wrong": sentence_of(told[row.company_id]),
                "basics": f"{row.basics_met} / {row.basics_of}",
                "step": steps[step],
                "seen": row.last_seen_at,
                "may_write": REMINDERS_SEND in row.scopes,
            }
        )
    return shown


@cache
def _control_choices(lang: Lang) -> list[tuple[str, str]]:
    """Return (id, title) of every control, by their titles."""
    titles = ((id_, control.title.say(lang)) for id_, control in catalog().controls.items())
    return sorted(titles, key=lambda one: one[1])


def findings_of(control_id: str) -> list[tuple[str, str]]:
    """Return (reason code, sentence with sample numbers) a check of the control can come to."""
    control = catalog().controls.get(control_id)
    if control is None:
        return []
    lang = current_lang()
    return [
        (code, reason.text.say(lang, **reason.sample)) for code, reason in control.reasons.items()
    ]


class _Line:
    """What csv writes into: gives each line back."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


CSV_COLUMNS = (
    "company",
    "name",
    "prefecture",
    "size",
    "industry",
    "urgency",
    "wrong",
    "basics_met",
    "basics_open",
    "basics_unknown",
    "basics_of",
    "not_met",
    "unknown",
    "contradictions",
    "devices",
    "next_step",
    "last_seen_at",
    "judged_at",
)


def _told(rows: Iterable[Standing]) -> Iterator[tuple[Standing, Row]]:
    """Yield each standing with what its concerns are told from, asked for a thousand at a time."""
    left = iter(rows)
    while some := list(islice(left, EXPORTED_AT_ONCE)):
        told = rows_of(some, timezone.now())
        yield from ((row, told[row.company_id]) for row in some)


def _csv(rows: Iterable[Standing]) -> Iterator[str]:
    """Yield the lines of the fleet in the reader's language; what is not granted stays empty."""
    writer = csv.writer(_Line())
    lang, prefectures = current_lang(), dict(prefecture_choices())
    words = {
        option.id: option.text.say(lang)
        for question in ("company-size", "industry")
        for option in catalog().questions[question].options
    }
    yield "\ufeff" + writer.writerow([say(f"csv.{name}", lang) for name in CSV_COLUMNS])
    for row, told in _told(rows):
        sees_findings = FINDINGS_READ in row.scopes
        cells = [
            row.company_id,
            row.company.name,
            prefectures.get(row.prefecture, ""),
            words.get(row.size, row.size),
            words.get(row.industry, row.industry),
            row.urgency,
            say("fleet.and", lang).join(concerns(told)),
            row.basics_met,
            row.basics_open,
            row.basics_unknown,
            row.basics_of,
            row.not_met if sees_findings else "",
            row.unknown if sees_findings else "",
            row.contradictions if sees_findings else "",
            row.devices if DEVICES_READ in row.scopes else "",
            step_word(row),
            timezone.localtime(row.last_seen_at).strftime("%Y-%m-%d") if row.last_seen_at else "",
            timezone.localtime(row.judged_at).strftime("%Y-%m-%d"),
        ]
        yield writer.writerow([cell_value(value) for value in cells])


@organisation_view
@require_safe
def export(request: HttpRequest, organisation: Organisation) -> StreamingHttpResponse:
    """Send the filtered fleet as CSV, row by row."""
    found = with_rights(organisation, standings(organisation, Filters.of(request.GET)))
    # Taking a list away is worth a line in the log of each company that is on it.
    note_each(request, organisation, "fleet.exported", found.values_list("company", flat=True))
    response = StreamingHttpResponse(
        _csv(found.iterator(chunk_size=EXPORTED_AT_ONCE)), content_type="text/csv; charset=utf-8"
    )
    return as_file(response, "tojimari-fleet.csv")


@organisation_view
@require_POST
def nudge(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Write a friendly mail to the ticked companies, or, asked once more, to all that are found."""
    from tojimari.portal.supporters.tasks import send_nudges

    if organisation.kind != Organisation.SUPPORTER:
        raise Http404
    form = NudgeForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence())
    sent = form.cleaned_data
    filters, everyone, words = Filters.of(sent), sent["all"], sent["words"]
    chosen = standings(organisation, filters)
    if not everyone:
        chosen = chosen.filter(company__in=sent["company"])
    allowed = chosen.filter(
        company__in=companies_where(Actor(organisation=organisation), REMINDERS_SEND)
    )
    ready = _unwritten(organisation, allowed)
    if everyone and not sent["sure"]:
        context = {
            "organisation": organisation,
            "found": chosen.count(),
            "ready": ready.count(),
            "words": words,
            "filter_fields": filters.fields(),
            "back": _fleet_address(organisation, filters),
        }
        return render(request, "nudge_sure.html", context)
    companies = _keep_nudges(organisation, allowed, request.user, words)
    if not companies:
        why = "today" if allowed.exists() else "not_allowed" if chosen.exists() else "nobody"
        return _to_fleet(organisation, filters, not_nudged=why)
    note_each(request, organisation, "nudge.sent", companies)
    send_nudges.enqueue(str(organisation.pk))
    return _to_fleet(organisation, filters, nudged=str(len(companies)))


def _unwritten(organisation: Organisation, rows: QuerySet[Standing]) -> QuerySet[Standing]:
    """Return those of ``rows`` whose company the organisation did not write to today."""
    lately = Nudge.objects.across("who was written to today").filter(
        organisation=organisation, at__gt=timezone.now() - NUDGED_AGAIN
    )
    return rows.exclude(company__in=lately.values("company"))


def _keep_nudges(
    organisation: Organisation, rows: QuerySet[Standing], author: Any, words: str
) -> list[UUID]:
    """Keep a nudge for each company that had none today; returns the companies.

    One press at a time: a second one at the same moment, whoever serves it, waits and finds the
    nudges of the first.
    """
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        companies = list(_unwritten(organisation, rows).values_list("company", flat=True))
        Nudge.objects.across("one nudge for each chosen company").bulk_create(
            [
                Nudge(organisation=organisation, company_id=id_, author=author, words=words)
                for id_ in companies
            ],
            batch_size=500,
        )
    return companies


def _to_fleet(organisation: Organisation, filters: Filters, **said: str) -> HttpResponse:
    return redirect(_fleet_address(organisation, filters, **said))


def _fleet_address(organisation: Organisation, filters: Filters, **said: str) -> str:
    query = {**dict(filters.fields()), **said}
    return reverse("supporters:fleet", args=[organisation.pk], query=query)
