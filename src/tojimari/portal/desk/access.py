"""Who of an organisation comes to its desk, and which tickets they reach."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from tojimari.portal.desk.models import Ticket
from tojimari.portal.desk.tickets import at_desk, handed_to
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation

View = Callable[..., HttpResponse]


def desk_view(view: View) -> View:
    """Let a view be opened by people of a supporter: others help at no desk."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest, organisation: Organisation, *args: Any, **more: Any
    ) -> HttpResponse:
        if settings.LOCAL or organisation.kind != Organisation.SUPPORTER:
            raise Http404
        return view(request, organisation, *args, **more)

    return organisation_view(answer)


def ticket_or_404(request: HttpRequest, ticket_id: uuid.UUID) -> Ticket:
    """Return a ticket at the organisation's own desk. Raises Http404."""
    return _one(at_desk(request.actor), ticket_id)


def any_ticket_or_404(request: HttpRequest, ticket_id: uuid.UUID) -> tuple[Ticket, bool]:
    """Return a ticket of the own desk, or one handed over for now; and whether it is the latter.

    Raises Http404.
    """
    actor = request.actor
    own: Ticket | None = _whole(at_desk(actor)).filter(pk=ticket_id).first()
    if own is not None:
        return own, False
    return _one(handed_to(actor), ticket_id), True


def _one(rows: Any, ticket_id: uuid.UUID) -> Ticket:
    return get_object_or_404(_whole(rows), pk=ticket_id)


def _whole(rows: Any) -> Any:
    return rows.select_related("company", "organisation", "asker", "assigned")
