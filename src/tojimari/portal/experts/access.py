"""The ways in: to an organisation that sends experts, and to a visit as its expert."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note
from tojimari.portal.core.permissions import Actor
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.rights import (
    EXPERT,
    VISITS_ARRANGE,
    gone_by,
    looked_after,
    still_expert,
)
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation

View = Callable[..., HttpResponse]
CHANGES_A_DAY = 20
"""Proposals and moves of one visit."""
_WITH = ("company", "organisation", "expert", "report")


def sending_view(view: View) -> View:
    """Let a view be opened by people of an organisation that can send experts: a supporter."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest, organisation: Organisation, *args: Any, **more: Any
    ) -> HttpResponse:
        if organisation.kind != Organisation.SUPPORTER:
            raise Http404
        return view(request, organisation, *args, **more)

    return organisation_view(answer)


def arranged_view(view: View) -> View:
    """Let a view be opened by people of the organisation a company asked; it gets the visit."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest,
        organisation: Organisation,
        company_id: uuid.UUID,
        visit_id: uuid.UUID,
    ) -> HttpResponse:
        actor = request.actor
        company, _ = company_or_404(actor, company_id, VISITS_ARRANGE)
        rows = ExpertVisit.objects.of(company).filter(organisation=organisation)
        return view(request, organisation, visit_or_404(rows, visit_id))

    return sending_view(answer)


def visit_or_404(rows: Any, visit_id: uuid.UUID) -> ExpertVisit:
    """Return a visit of ``rows`` with what hangs on it. Raises Http404."""
    found: ExpertVisit | None = rows.select_related(*_WITH).filter(pk=visit_id).first()
    if found is None:
        raise Http404
    return found


def of_company(company: Company, visit_id: uuid.UUID) -> ExpertVisit:
    """Return a visit of a company. Raises Http404."""
    return visit_or_404(ExpertVisit.objects.of(company), visit_id)


def visits_of_expert(user: Any) -> Any:
    """Return the open visits of whoever is an expert, in whatever company.

    None of a company that took its grant back, and none that time went by.
    """
    return ExpertVisit.objects.across("the visits of one expert").filter(
        still_expert(),
        looked_after(),
        ~gone_by(),
        expert__user=user,
        state__in=ExpertVisit.WITH_EXPERT,
    )


def expert_view(view: View) -> View:
    """Let a view be opened by the expert of a visit; it gets the visit.

    ``request.actor`` is the person as this expert: they may do what the visit gives, and no more.
    """

    @functools.wraps(view)
    @login_required
    def answer(request: HttpRequest, visit_id: uuid.UUID, *args: Any, **more: Any) -> HttpResponse:
        found = visit_or_404(visits_of_expert(request.user), visit_id)
        request.actor = Actor(request.user, expert=found.expert)
        return view(request, found, *args, **more)

    return answer


def changed_too_often(visit: ExpertVisit) -> bool:
    """Count one more change of an appointment, each of which mails people; whether it is too many."""
    return too_often("visit", str(visit.pk), times=CHANGES_A_DAY, seconds=86_400)


def note_expert(request: HttpRequest, visit: ExpertVisit, action: str, **about: Any) -> None:
    """Add an event of the expert of a visit to the company's log.

    about: plain values for its sentence.
    """
    note(
        action,
        company=visit.company,
        actor=request.user,
        actor_as=EXPERT,
        organisation=visit.organisation,
        **about,
    )
