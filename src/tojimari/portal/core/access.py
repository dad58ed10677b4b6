"""The way into a company's pages. Who may not gets 404: not even its existence is told."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from tojimari.portal.core.permissions import Actor, parts_of, why
from tojimari.portal.core.scope import company_model

View = Callable[..., HttpResponse]


def company_or_404(actor: Actor, company_id: uuid.UUID | str, action: str) -> tuple[Any, str]:
    """Return a company and the part the actor acts in there. Raises Http404 when they may not."""
    ruling = why(actor, action, company_id)
    company = company_model().objects.filter(pk=company_id).first() if ruling.allowed else None
    if company is None:
        raise Http404
    return company, ruling.role


def company_view(action: str) -> Callable[[View], View]:
    """Let a view be opened by members who may do ``action``; it gets the company.

    ``request.actor`` says who acts and ``request.acting_as`` in which role. A colleague without the
    right gets 404 as well: the page is not for them.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        @login_required
        def answer(
            request: HttpRequest, company_id: uuid.UUID, *args: Any, **more: Any
        ) -> HttpResponse:
            actor = Actor(user=request.user)
            company, role = company_or_404(actor, company_id, action)
            request.actor, request.acting_as = actor, role
            return view(request, company, *args, **more)

        answer.action = action  # type: ignore[attr-defined]
        return answer

    return wrap


def companies_of(user: Any, action: str) -> list[Any]:
    """Return the companies in which a person may do ``action``, the oldest membership first."""
    return [company for company, _ in parts_of(Actor(user=user), action)]
