"""Papers of a company for those who help it: to see, and to prepare for its owner."""

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from tojimari.catalog.paper import PaperKind
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import may
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.papers import actions
from tojimari.portal.papers.notices import PAPER_PREPARED
from tojimari.portal.papers.pages import kind_or_404
from tojimari.portal.papers.rights import PAPERS_READ, PAPERS_WRITE
from tojimari.portal.papers.showing import Place, list_context
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say

_AN_HOUR = 120


def _place(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, right: str
) -> Place:
    """Return where they stand. Raises Http404 without the company's leave."""
    company, _ = company_or_404(request.actor, company_id, PAPERS_READ)
    if right != PAPERS_READ:
        company, _ = company_or_404(request.actor, company_id, right)
    return Place(company, organisation, writes=may(request.actor, PAPERS_WRITE, company))


def _prepared(request: HttpRequest, place: Place, kind: PaperKind, answer: HttpResponse) -> None:
    """Log what was changed, and tell those who approve."""
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        note_as(request, place.organisation, "paper.prepared", place.company, kind=kind.id)
        values = {"kind": kind.id, "who": str(place.organisation)}
        tell(place.company, PAPER_PREPARED, kind.id, values=values, by=request.user)


@organisation_view
@require_safe
def papers(request: HttpRequest, organisation: Organisation, company_id: uuid.UUID) -> HttpResponse:
    """List the papers of a company."""
    place = _place(request, organisation, company_id, PAPERS_READ)
    note_as(request, organisation, "papers.seen", place.company)
    return render(request, "papers_granted.html", list_context(place))


@organisation_view
@require_safe
def paper(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, paper_kind: str
) -> HttpResponse:
    """Show one paper of a company."""
    place = _place(request, organisation, company_id, PAPERS_READ)
    found = kind_or_404(paper_kind)
    note_as(request, organisation, "paper.seen", place.company, kind=found.id)
    return actions.page(request, place, found)


@organisation_view
@require_POST
def answers(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, paper_kind: str
) -> HttpResponse:
    """Answer the questions for the company."""
    place = _place(request, organisation, company_id, PAPERS_WRITE)
    found = kind_or_404(paper_kind)
    answer = actions.answers(request, place, found)
    _prepared(request, place, found, answer)
    return answer


@organisation_view
@require_POST
def section(
    request: HttpRequest,
    organisation: Organisation,
    company_id: uuid.UUID,
    paper_kind: str,
    paper_part: str,
) -> HttpResponse:
    """Change a section for the company."""
    place = _place(request, organisation, company_id, PAPERS_WRITE)
    found = kind_or_404(paper_kind)
    answer = actions.section(request, place, found, paper_part)
    _prepared(request, place, found, answer)
    return answer


@organisation_view
@require_POST
def upload(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, paper_kind: str
) -> HttpResponse:
    """Take a changed file for the company."""
    place = _place(request, organisation, company_id, PAPERS_WRITE)
    if too_often("paper", str(place.company.pk), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    found = kind_or_404(paper_kind)
    answer = actions.upload(request, place, found)
    _prepared(request, place, found, answer)
    return answer


@organisation_view
@require_safe
def file(
    request: HttpRequest,
    organisation: Organisation,
    company_id: uuid.UUID,
    paper_kind: str,
    file_form: str,
) -> HttpResponse:
    """Send a paper as a file."""
    place = _place(request, organisation, company_id, PAPERS_READ)
    found = kind_or_404(paper_kind)
    if too_often("paper_file", str(organisation.pk), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    note_as(request, organisation, "paper.taken", place.company, kind=found.id)
    return actions.file(request, place, found, file_form)
