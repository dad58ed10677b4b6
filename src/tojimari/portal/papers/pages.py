"""Papers for the company's own people."""

from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tojimari.catalog.paper import PaperKind
from tojimari.model import TojimariError
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.notices import end
from tojimari.portal.core.permissions import may
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.papers import actions
from tojimari.portal.papers.forms import ApproveForm, ReminderForm
from tojimari.portal.papers.keeping import Changed, approve, withdraw
from tojimari.portal.papers.models import PaperReminder
from tojimari.portal.papers.notices import PAPER_ENDS, PAPER_PREPARED
from tojimari.portal.papers.rights import PAPERS_APPROVE, PAPERS_READ, PAPERS_WRITE
from tojimari.portal.papers.showing import Place, list_context
from tojimari.portal.papers.yearly import NoCalendar, records_calendar
from tojimari.portal.words import catalog, current_lang, say

_AN_HOUR = 120


def kind_or_404(kind: str) -> PaperKind:
    """Return a kind of paper. Raises Http404."""
    found = catalog().papers.get(kind)
    if found is None:
        raise Http404
    return found


def _place(request: HttpRequest, company: Company) -> Place:
    return Place(
        company,
        writes=may(request.actor, PAPERS_WRITE, company),
        approves=may(request.actor, PAPERS_APPROVE, company),
    )


def _noted(
    request: HttpRequest, company: Company, action: str, kind: PaperKind, answer: HttpResponse
) -> HttpResponse:
    """Log what was done, where it was; returns ``answer``."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        note_by(request, action, company, kind=kind.id)
    return answer


@company_view(PAPERS_READ)
@require_safe
def papers(request: HttpRequest, company: Company) -> HttpResponse:
    """List the papers, how far each is, and what must be renewed when."""
    context: dict[str, Any] = list_context(_place(request, company))
    context["reminded"] = PaperReminder.objects.of(company).exists()
    return render(request, "papers.html", context)


@company_view(PAPERS_READ)
@require_safe
def paper(request: HttpRequest, company: Company, paper_kind: str) -> HttpResponse:
    """Show one paper: its questions, what it says, its files, and its versions."""
    return actions.page(request, _place(request, company), kind_or_404(paper_kind))


@company_view(PAPERS_WRITE)
@require_POST
def answers(request: HttpRequest, company: Company, paper_kind: str) -> HttpResponse:
    """Keep the answers."""
    found = kind_or_404(paper_kind)
    answer = actions.answers(request, _place(request, company), found)
    return _noted(request, company, "paper.answered", found, answer)


@company_view(PAPERS_WRITE)
@require_POST
def section(
    request: HttpRequest, company: Company, paper_kind: str, paper_part: str
) -> HttpResponse:
    """Keep a section that was changed by hand, or decide about it."""
    found = kind_or_404(paper_kind)
    answer = actions.section(request, _place(request, company), found, paper_part)
    return _noted(request, company, "paper.edited", found, answer)


@company_view(PAPERS_WRITE)
@require_POST
def upload(request: HttpRequest, company: Company, paper_kind: str) -> HttpResponse:
    """Take a paper that was changed in Word or LibreOffice."""
    if too_often("paper", str(company.pk), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    found = kind_or_404(paper_kind)
    answer = actions.upload(request, _place(request, company), found)
    return _noted(request, company, "paper.edited", found, answer)


@company_view(PAPERS_READ)
@require_safe
def file(request: HttpRequest, company: Company, paper_kind: str, file_form: str) -> HttpResponse:
    """Send a paper as a file."""
    found = kind_or_404(paper_kind)
    if too_often("paper_file", str(company.pk), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    note_by(request, "paper.taken", company, kind=found.id)
    return actions.file(request, _place(request, company), found, file_form)


@company_view(PAPERS_APPROVE)
@require_POST
def approve_paper(request: HttpRequest, company: Company, paper_kind: str) -> HttpResponse:
    """Approve the paper as it was shown."""
    found, form = kind_or_404(paper_kind), ApproveForm(request.POST)
    place = _place(request, company)
    if not form.is_valid():
        return actions.page(request, place, found, sent=form, problem=form.sentence(), status=400)
    sent = form.cleaned_data
    try:
        approve(
            company,
            found,
            current_lang(),
            name=sent["name"],
            on=sent["on"],
            note=sent["note"],
            seen=sent["seen"],
            by=request.user,
        )
    except TojimariError as error:
        status = 409 if isinstance(error, Changed) else 400
        words = error.say(current_lang())
        return actions.page(request, place, found, sent=form, problem=words, status=status)
    note_by(request, "paper.approved", company, kind=found.id)
    for notice in (PAPER_PREPARED, PAPER_ENDS):
        end(company, notice, found.id, put_away=True)
    state = f"{place.to('paper', found.id)}#state"
    return redirect(state)


@company_view(PAPERS_APPROVE)
@require_POST
def withdraw_paper(request: HttpRequest, company: Company, paper_kind: str) -> HttpResponse:
    """Take back the version that stands."""
    found = kind_or_404(paper_kind)
    if withdraw(company, found) is not None:
        note_by(request, "paper.withdrawn", company, kind=found.id)
    return redirect("papers:paper", company.pk, found.id)


@company_view(PAPERS_APPROVE)
@require_POST
def remind(request: HttpRequest, company: Company) -> HttpResponse:
    """Begin or end reminding of papers and records that end."""
    form = ReminderForm(request.POST)
    if form.is_valid() and form.cleaned_data["on"]:
        PaperReminder.objects.of(company).get_or_create(company=company)
    else:
        PaperReminder.objects.of(company).all().delete()
    return redirect("papers:papers", company.pk)


@company_view(PAPERS_READ)
@require_safe
def calendar(request: HttpRequest, company: Company) -> HttpResponse:
    """Send the days of papers and records as a calendar file."""
    try:
        data = records_calendar(company, current_lang())
    except NoCalendar as error:
        return refused(request, error.say(current_lang()), code=501)
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    return as_file(response, "tojimari-papers.ics")
