"""Who may open a company's pages. Everybody else gets 404: not even its existence is told."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from tojimari.portal.companies.models import Company
from tojimari.portal.people.models import Membership

OWNER = (Membership.OWNER,)
OWNER_AND_STAFF = (Membership.OWNER, Membership.STAFF)

View = Callable[..., HttpResponse]


def member_of(user: Any, company_id: uuid.UUID | str) -> Membership:
    """Return the user's role in a company. Raises Http404 when there is none."""
    membership: Membership | None = (
        Membership.objects.select_related("company").filter(user=user, company=company_id).first()
    )
    if membership is None:
        raise Http404
    return membership


def company_view(*, to: tuple[str, ...] = OWNER_AND_STAFF) -> Callable[[View], View]:
    """Let a view be opened by ``to`` only; it gets ``request.membership`` and the company.

    A colleague without the role gets 404 as well: the page is not for them.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        @login_required
        def answer(
            request: HttpRequest, company_id: uuid.UUID, *args: Any, **more: Any
        ) -> HttpResponse:
            membership = member_of(request.user, company_id)
            if membership.role not in to:
                raise Http404
            request.membership = membership  # type: ignore[attr-defined]
            return view(request, membership.company, *args, **more)

        return answer

    return wrap


def companies_of(user: Any, *, to: tuple[str, ...] = OWNER_AND_STAFF) -> list[Company]:
    """Return the companies a user belongs to in one of the roles ``to``, the oldest role first."""
    memberships = Membership.objects.select_related("company").filter(user=user, role__in=to)
    return [membership.company for membership in memberships.order_by("since")]
