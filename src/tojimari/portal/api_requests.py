"""The API of requests: a buyer's program lists what suppliers show it. It answers for nobody."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import Http404, HttpRequest
from ninja import Field, Query, Router, Schema

from tojimari.portal.api import Problem, Token, reading
from tojimari.portal.core.paging import KeyedPaginator
from tojimari.portal.requests.buyer_pages import filtered, request_or_404
from tojimari.portal.requests.models import BuyerRequest, Inquiry
from tojimari.portal.requests.viewing import note_views
from tojimari.portal.supporters.access import organisation_of
from tojimari.portal.supporters.models import Organisation

router = Router()

ROWS_A_PAGE = 500
_FLEET = Token("fleet:read")
_PROBLEMS: dict[int, type[Schema]] = {401: Problem, 403: Problem, 404: Problem, 429: Problem}


class RequestOut(Schema):
    """A buyer's request."""

    id: UUID
    title: str
    requirement: str = Field(description='Id of the catalog\'s list; "" for an own one.')
    due: date
    closed: bool
    asks: list[str] = Field(description="Keys of what is asked: framework/item or control/id.")


class ReplyOut(Schema):
    """An answer to one thing asked. ``evidence`` counts where the state is met."""

    state: Literal["met", "planned", "not_met", "not_applicable", "declined"]
    evidence: Literal["said", "paper", "record", "measured", "reviewed"]
    on: date
    by: date | None
    words: str
    covered: int | None
    known: int | None


class SupplierOut(Schema):
    """A supplier that was asked. ``replies`` is null unless it shows an answer now."""

    id: UUID
    name: str
    email: str
    state: Literal["asked", "answered", "declined", "withdrawn", "stopped", "held"]
    answered_at: datetime | None
    shown_until: datetime | None
    why: str = Field(description="Why it declined the request as a whole.")
    replies: dict[str, ReplyOut] | None


class SuppliersOut(Schema):
    """One page of the suppliers of a request, by name."""

    total: int
    page: int
    pages: int
    suppliers: list[SupplierOut]


class SuppliersQuery(Schema):
    """Filters; all must hold."""

    state: Literal["", "asked", "answered", "declined", "withdrawn", "stopped", "held"] = ""
    q: str = Field("", max_length=60)
    page: int = Field(1, ge=1, le=100_000)


def _buyer(request: HttpRequest, organisation_id: UUID) -> Organisation:
    organisation = organisation_of(request.auth.user, organisation_id)
    if organisation.kind != Organisation.BUYER:
        raise Http404
    return organisation


@reading(
    router,
    "/organisations/{organisation_id}/requests",
    auth=_FLEET,
    response={200: list[RequestOut], **_PROBLEMS},
    tags=["requests"],
)
def requests_of_buyer(request: HttpRequest, organisation_id: UUID) -> Any:
    """List a buyer's requests, the newest first."""
    rows = BuyerRequest.objects.filter(organisation=_buyer(request, organisation_id))
    return [
        {
            "id": one.pk,
            "title": one.title,
            "requirement": one.requirement,
            "due": one.due,
            "closed": one.closed_at is not None,
            "asks": [ask.key for ask in one.asked],
        }
        for one in rows.order_by("-made_at", "pk")
    ]


@reading(
    router,
    "/organisations/{organisation_id}/requests/{request_id}/suppliers",
    auth=_FLEET,
    response={200: SuppliersOut, 422: Problem, **_PROBLEMS},
    tags=["requests"],
)
def suppliers_of_request(
    request: HttpRequest, organisation_id: UUID, request_id: UUID, query: Query[SuppliersQuery]
) -> Any:
    """List the suppliers of a request with what each shows; each supplier is told of the look."""
    organisation = _buyer(request, organisation_id)
    found = request_or_404(organisation, request_id)
    rows = filtered(found, query.state, query.q).defer("draft")
    page = KeyedPaginator(rows, ROWS_A_PAGE, searched=bool(query.q)).get_page(query.page)
    request.user = request.auth.user
    note_views(request, organisation, page.object_list, "api", request.auth.user)
    return {
        "total": page.paginator.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "suppliers": [_supplier(one) for one in page],
    }


def _supplier(one: Inquiry) -> dict[str, Any]:
    shown = one.is_shown
    return {
        "id": one.pk,
        "name": one.name,
        "email": one.email,
        "state": one.state,
        "answered_at": one.answered_at if shown else None,
        "shown_until": one.shown_until if shown else None,
        "why": one.why if one.state == Inquiry.DECLINED else "",
        "replies": one.shown["replies"] if shown else None,
    }
