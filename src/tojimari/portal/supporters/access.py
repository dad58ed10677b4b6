"""Who works for an organisation; what it may do in a company is asked of ``core.permissions``."""

import functools
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from tojimari.portal.core.permissions import Actor
from tojimari.portal.supporters.models import Helper, Organisation

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
    """Let a view be opened by people of the organisation; it gets the organisation.

    ``request.actor`` is the person acting for it.
    """

    @functools.wraps(view)
    @login_required
    def answer(
        request: HttpRequest, organisation_id: uuid.UUID, *args: Any, **more: Any
    ) -> HttpResponse:
        organisation = organisation_of(request.user, organisation_id)
        request.actor = Actor(request.user, organisation)
        return view(request, organisation, *args, **more)

    return answer


def buying_view(view: View) -> View:
    """Let a view be opened by people of a buyer (a trading partner or a bank), and nobody else."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest, organisation: Organisation, *args: Any, **more: Any
    ) -> HttpResponse:
        if organisation.kind != Organisation.BUYER:
            raise Http404
        return view(request, organisation, *args, **more)

    return organisation_view(answer)
