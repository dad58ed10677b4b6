"""Who may open an organisation's pages, and what it may see of a company."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from tojimari.portal.companies.models import Company
from tojimari.portal.supporters.models import Grant, Helper, Organisation

View = Callable[..., HttpResponse]


def organisation_of(user: Any, organisation_id: uuid.UUID | str) -> Organisation:
    """Return an approved organisation the user works for. Raises Http404 otherwise."""
    helper = (
        Helper.objects.select_related("organisation")
        .filter(user=user, organisation=organisation_id, organisation__approved_at__isnull=False)
        .first()
    )
    if helper is None:
        raise Http404
    return helper.organisation


def organisations_of(user: Any) -> list[Organisation]:
    """Return the approved organisations a user works for, the oldest first."""
    helps = Helper.objects.select_related("organisation").filter(
        user=user, organisation__approved_at__isnull=False
    )
    return [helper.organisation for helper in helps.order_by("since")]


def organisation_view(view: View) -> View:
    """Let a view be opened by people of the organisation; it gets the organisation."""

    @functools.wraps(view)
    @login_required
    def answer(
        request: HttpRequest, organisation_id: uuid.UUID, *args: Any, **more: Any
    ) -> HttpResponse:
        return view(request, organisation_of(request.user, organisation_id), *args, **more)

    return answer


def granted(organisation: Organisation, company_id: uuid.UUID | str) -> tuple[Company, Grant]:
    """Return a company and what it allows the organisation. Raises Http404 without a grant."""
    grant: Grant | None = (
        Grant.objects.of(company_id)
        .select_related("company")
        .filter(organisation=organisation, withdrawn_at=None)
        .first()
    )
    if grant is None:
        raise Http404
    return grant.company, grant
