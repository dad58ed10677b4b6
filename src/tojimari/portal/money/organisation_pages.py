"""A supporter's pages: programmes, which of its companies could use one, CSV, mail, own ones."""

import csv
import functools
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.catalog.money import Programme
from tojimari.catalog.programme_files.reading import BadProgrammeFile, read_programmes
from tojimari.lib.formulas import cell_value
from tojimari.plan.money import Fit, Offer, Window, window
from tojimari.portal.companies.account import prefecture_choices
from tojimari.portal.core.audit import note_as, note_each
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.money.fleet import Row, companies_of, counts
from tojimari.portal.money.forms import GROUPS, ProgrammeFileForm, WriteForm
from tojimari.portal.money.models import OWN, OwnProgramme
from tojimari.portal.money.programmes import content_of, programmes_of, today
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Nudge, Organisation
from tojimari.portal.supporters.rights import REMINDERS_SEND
from tojimari.portal.supporters.tasks import send_nudges
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.money import asks_nothing, field_word, fit_sentence, window_sentence

COUNTED_AT_MOST = 2_000
"""Companies up to which the list counts them for every programme; beyond, each page does."""
ROWS_A_PAGE = 100
OWN_AT_MOST = 500
PROBLEMS_SHOWN = 50
FILES_AN_HOUR = 60
_DIGITS = 6
View = Callable[..., HttpResponse]


def helping_view(view: View) -> View:
    """Let a view be opened by people of a supporter; buyers and banks look after nobody's money."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest, organisation: Organisation, *args: Any, **more: Any
    ) -> HttpResponse:
        if organisation.kind != Organisation.SUPPORTER:
            raise Http404
        return view(request, organisation, *args, **more)

    return organisation_view(answer)


@helping_view
@require_safe
def programmes(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the programmes, what is open or coming first, with how many companies each is for."""
    return _list(request, organisation)


def _number(request: HttpRequest, name: str) -> int:
    """Return the number that an address tells of; 0 for anything else that stands there."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= _DIGITS else 0


def _list(
    request: HttpRequest, organisation: Organisation, problems: tuple[str, ...] = ()
) -> HttpResponse:
    day, companies = today(), companies_of(organisation)
    counted = len(companies.standings) <= COUNTED_AT_MOST
    near: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for one in programmes_of(organisation):
        when = window(one, day)
        row = _row(one, when)
        if asks_nothing(one):
            row["anybody"] = catalog().ui("money.fit_anybody").say(current_lang())
        elif when.can_be_used and counted:
            row["counts"] = counts(companies.beside(one, catalog().money, day))
        (near if when.can_be_used else rest).append(row)
    note_as(request, organisation, "moneylist.seen")
    context = {
        "organisation": organisation,
        "near": sorted(near, key=lambda row: (row["order"], row["name"])),
        "rest": sorted(rest, key=lambda row: row["name"]),
        "n": len(companies.standings),
        "tells": len(companies.said),
        "counted": counted,
        "own": OwnProgramme.objects.filter(organisation=organisation).order_by("code"),
        "problems": problems[:PROBLEMS_SHOWN],
        "more": max(0, len(problems) - PROBLEMS_SHOWN),
        "taken": _number(request, "taken"),
    }
    return render(request, "organisation_money.html", context, status=400 if problems else 200)


def _row(one: Programme, when: Window) -> dict[str, Any]:
    lang = current_lang()
    first = when.round.opens if when.state == "coming" and when.round else None
    return {
        "id": one.id,
        "name": one.name.say(lang),
        "kind": say(f"money.kind_{one.kind}"),
        "window": window_sentence(Offer(one, when, Fit(())), catalog(), lang),
        "order": first or (when.round.closes if when.round else date.max),
        "counts": None,
    }


def _programme_or_404(organisation: Organisation, programme_id: str) -> Programme:
    found = next((o for o in programmes_of(organisation) if o.id == programme_id), None)
    if found is None:
        raise Http404
    return found


@helping_view
@require_safe
def programme(request: HttpRequest, organisation: Organisation, programme_id: str) -> HttpResponse:
    """Show which companies could use a programme, and why not where that is known."""
    return _programme_page(request, organisation, programme_id)


def _programme_page(
    request: HttpRequest, organisation: Organisation, programme_id: str, problem: str = ""
) -> HttpResponse:
    one = _programme_or_404(organisation, programme_id)
    rows = companies_of(organisation).beside(one, catalog().money, today())
    group = request.GET.get("group", "")
    shown = [row for row in rows if row.group == group] if group in GROUPS else rows
    page = Paginator(shown, ROWS_A_PAGE).get_page(request.GET.get("page"))
    note_as(request, organisation, "moneylist.seen")
    name = one.name.say(current_lang())
    context = {
        "organisation": organisation,
        "one": _row(one, window(one, today())),
        "page": page,
        "rows": [_company_row(row) for row in page],
        "counts": [(g, say(f"moneypage.group_{g}"), n) for g, n in counts(rows).items()],
        "group": group if group in GROUPS else "",
        "n": len(rows),
        "problem": problem,
        "words": WriteForm(request.POST).data.get("words", "")
        if problem
        else say("moneypage.words", name=name, when=_row(one, window(one, today()))["window"]),
        "written": _number(request, "written"),
    }
    return render(request, "organisation_programme.html", context, status=400 if problem else 200)


def _company_row(row: Row) -> dict[str, Any]:
    return {
        "company": row.standing.company,
        "group": row.group,
        "sentence": fit_sentence(row.offer, catalog(), current_lang()),
        "tells": row.tells,
        "may_write": REMINDERS_SEND in row.standing.scopes,
    }


class _Line:
    """What csv writes into: gives each line back."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


COLUMNS = ("company", "name", "prefecture", "verdict", "why", "missing", "tells", "may_write")


@helping_view
@require_safe
def programme_file(
    request: HttpRequest, organisation: Organisation, programme_id: str
) -> StreamingHttpResponse:
    """Send the companies beside a programme as CSV."""
    one = _programme_or_404(organisation, programme_id)
    rows = companies_of(organisation).beside(one, catalog().money, today())
    note_each(
        request, organisation, "moneylist.exported", [row.standing.company_id for row in rows]
    )
    response = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    return as_file(response, f"tojimari-{one.id}.csv")


def _csv(rows: list[Row]) -> Iterator[str]:
    writer, lang, names = csv.writer(_Line()), current_lang(), dict(prefecture_choices())
    yield "\ufeff" + writer.writerow([say(f"moneycsv.{name}", lang) for name in COLUMNS])
    for row in rows:
        missing = (field_word(f, catalog(), lang) for f in row.offer.fit.missing)
        cells = [
            row.standing.company_id,
            row.standing.company.name,
            names.get(row.standing.prefecture, ""),
            say(f"moneypage.group_{row.group}", lang),
            fit_sentence(row.offer, catalog(), lang),
            say("fleet.and", lang).join(missing),
            _yes(row.tells),
            _yes(REMINDERS_SEND in row.standing.scopes),
        ]
        yield writer.writerow([cell_value(value) for value in cells])


def _yes(is_so: bool) -> str:
    return say("moneypage.yes") if is_so else say("moneypage.no")


@helping_view
@require_POST
def write_about(
    request: HttpRequest, organisation: Organisation, programme_id: str
) -> HttpResponse:
    """Write to the companies of the chosen groups that allow it, each once a day."""
    form = WriteForm(request.POST)
    if not form.is_valid():
        return _programme_page(request, organisation, programme_id, form.sentence())
    one = _programme_or_404(organisation, programme_id)
    rows = companies_of(organisation).beside(one, catalog().money, today())
    chosen = [row.standing.company_id for row in rows if row.group in form.cleaned_data["group"]]
    with transaction.atomic():
        _one_at_a_time(organisation)
        ready = _letters(organisation, chosen, form.cleaned_data["words"], request.user)
    note_each(request, organisation, "nudge.sent", ready)
    send_nudges.enqueue(str(organisation.pk))
    query = {"written": str(len(ready))}
    return redirect(reverse("money:programme", args=[organisation.pk, one.id], query=query))


def _letters(organisation: Organisation, chosen: list[Any], words: str, by: Any) -> list[Any]:
    """Keep a letter to each chosen company that allows it and got none today; returns their ids."""
    lately = Nudge.objects.across("who was written to today").filter(
        organisation=organisation, at__gt=timezone.now() - timedelta(hours=20)
    )
    allowed = companies_where(Actor(organisation=organisation), REMINDERS_SEND)
    may_be = set(allowed.values_list("company", flat=True))
    done = set(lately.values_list("company", flat=True))
    ready = [id_ for id_ in chosen if id_ in may_be and id_ not in done]
    Nudge.objects.across("one letter for each chosen company").bulk_create(
        [
            Nudge(
                organisation=organisation,
                company_id=id_,
                author=by,
                words=words,
            )
            for id_ in ready
        ],
        batch_size=500,
    )
    return ready


@helping_view
@require_POST
def take_programmes(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Take a file of programmes: all of it, or, where anything is wrong, none and every mistake."""
    form = ProgrammeFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence())
    if too_often("programmes", str(organisation.pk), times=FILES_AN_HOUR, seconds=3600):
        return refused(request, say("moneypage.too_often"), code=429)
    name, data = form.cleaned_data["file"]
    try:
        read = read_programmes(name, data, catalog(), seen=today())
    except BadProgrammeFile as error:
        return _list(request, organisation, (error.say(current_lang()),))
    if read.problems:
        told = tuple(problem.say(current_lang()) for problem in read.problems)
        return _list(request, organisation, told)
    if not _keep(organisation, read.programmes, request.user):
        return refused(request, say("moneypage.too_many", n=OWN_AT_MOST))
    note_as(request, organisation, "moneylist.taken")
    query = {"taken": str(len(read.programmes))}
    return redirect(reverse("money:programmes", args=[organisation.pk], query=query))


def _keep(organisation: Organisation, programmes: Iterable[Programme], by: Any) -> bool:
    """Keep all of a file's programmes; returns False, and keeps none, where they were too many."""
    found = {one.id: one for one in programmes}
    with transaction.atomic():
        _one_at_a_time(organisation)
        rows = OwnProgramme.objects.filter(organisation=organisation)
        if rows.exclude(code__in=found).count() + len(found) > OWN_AT_MOST:
            return False
        for code, one in found.items():
            made = {"content": content_of(one), "made_by": by, "made_at": timezone.now()}
            rows.update_or_create(organisation=organisation, code=code, defaults=made)
    return True


def _one_at_a_time(organisation: Organisation) -> None:
    """Wait until no other request of an organisation is here; for one transaction."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


@helping_view
@require_POST
def drop_programme(
    request: HttpRequest, organisation: Organisation, programme_id: str
) -> HttpResponse:
    """Take an own programme off the list."""
    number = programme_id.removeprefix(OWN)
    rows = OwnProgramme.objects.filter(organisation=organisation)
    if not number.isdecimal() or len(number) > 15 or not rows.filter(pk=number).delete()[0]:
        raise Http404
    note_as(request, organisation, "moneylist.dropped")
    return redirect("money:programmes", organisation.pk)
