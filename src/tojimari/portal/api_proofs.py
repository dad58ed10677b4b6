"""The API of proofs, supply chains and borrowers: it lists and never shows more than the pages do.

Whoever is looked at by it reads so in its log, as of a page.
"""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from tojimari.chain.installed import EnginesMissing
from tojimari.portal.api import READ, Problem, Token, reading
from tojimari.portal.chains.buyer_pages import COMPANIES_AT_MOST, note_seen
from tojimari.portal.chains.buyers import BUYER, granted, network_behind
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note, note_each
from tojimari.portal.core.permissions import Actor
from tojimari.portal.lenders.models import Decision
from tojimari.portal.lenders.portfolio import borrowers_of, policy_on
from tojimari.portal.links import whole_address
from tojimari.portal.proofs.models import Proof, ProofOpened
from tojimari.portal.proofs.rights import PROOFS_MANAGE
from tojimari.portal.supporters.access import organisation_of
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog
from tojimari.report.chain import buyer_figures
from tojimari.report.loan_letter import easiest_first

router = Router()

BORROWERS_A_PAGE = 500
PROOFS_LISTED = 200
_FLEET = Token("fleet:read")
_PROBLEMS: dict[int, type[Schema]] = {401: Problem, 403: Problem, 404: Problem, 429: Problem}


class ProofOut(Schema):
    """A proof of a company. ``link`` is null for one that goes with an answer, or shows nothing."""

    id: UUID
    framework: str
    audience: str
    number: str = Field(description="The reader's request.")
    state: Literal["waiting", "good", "revoked", "superseded", "held", "expired"]
    shown: list[str] = Field(description="Ids of the items that are shown one by one.")
    made_at: datetime
    signed_at: datetime | None
    expires_at: datetime | None
    opened: int
    link: str | None


@reading(
    router,
    "/companies/{company_id}/proofs",
    auth=READ,
    response={200: list[ProofOut], **_PROBLEMS},
    tags=["proofs"],
)
def proofs_of_company(request: HttpRequest, company_id: UUID) -> Any:
    """List the proofs of a company, the newest first; making and withdrawing are on its pages."""
    user = request.auth.user
    company, role = company_or_404(Actor(user=user), company_id, PROOFS_MANAGE)
    note("proof.listed", company=company, actor=user, actor_as=role)
    rows = Proof.objects.of(company).defer("oscal", "summary").order_by("-made_at", "pk")
    counted = ProofOpened.objects.of(company).values("proof").annotate(n=Count("pk"))
    opened = {row["proof"]: row["n"] for row in counted}
    return [
        {
            "id": one.pk,
            "framework": one.framework,
            "audience": one.audience,
            "number": one.nonce,
            "state": one.state,
            "shown": one.shown,
            "made_at": one.made_at,
            "signed_at": one.signed_at,
            "expires_at": one.expires_at,
            "opened": opened.get(one.pk, 0),
            "link": whole_address("proofs:shown_proof", one.secret)
            if one.state == "good" and one.for_request is None
            else None,
        }
        for one in rows[:PROOFS_LISTED]
    ]


def _buyer(request: HttpRequest, organisation_id: UUID) -> Organisation:
    organisation = organisation_of(request.auth.user, organisation_id)
    if organisation.kind != Organisation.BUYER:
        raise Http404
    request.user = request.auth.user
    return organisation


class IndexOut(Schema):
    """An index, never a chance: from the best to the worst case of what nobody knows."""

    low: int
    high: int


class FirmOut(Schema):
    """A firm of the chain. ``company`` is null, and the name a general word, unless it is shown."""

    rank: int
    company: UUID | None
    name: str
    tier: int
    index: IndexOut
    effect: IndexOut
    share: int = Field(description="Percent of what all firms put on the buyer, in the worst case.")


class ChainOut(Schema):
    """What stands behind a buyer, with the assumptions that every figure rests on."""

    at_risk: IndexOut | None = Field(description="Null while nobody shows the buyer its chain.")
    concentration: float | None
    undisclosed: int
    undisclosed_share: int
    left_out: int = Field(description="Undisclosed firms that stand in too small a group to count.")
    firms: list[FirmOut]
    assumptions: list[str]


@reading(
    router,
    "/organisations/{organisation_id}/chain",
    auth=_FLEET,
    response={200: ChainOut, 422: Problem, 503: Problem, **_PROBLEMS},
    tags=["chains"],
)
def chain_of_buyer(request: HttpRequest, organisation_id: UUID) -> Any:
    """Return whose weak spots put how much of a buyer's purchases at risk, as its page does."""
    organisation = _buyer(request, organisation_id)
    companies = granted(organisation)
    if len(companies) > COMPANIES_AT_MOST:
        raise HttpError(422, f"More than {COMPANIES_AT_MOST} suppliers: use `tojimari chain`.")
    note_seen(request, organisation, [one.pk for one in companies])
    network = network_behind(organisation, companies) if companies else None
    try:
        found = buyer_figures(network, BUYER, catalog())
    except EnginesMissing as error:
        raise HttpError(503, error.say("en")) from error
    own = {f"c:{one.pk}": one.pk for one in companies}
    firms = [{**firm, "company": own.get(firm["id"])} for firm in found["firms"]]
    return {**found, "firms": firms}


class BorrowerOut(Schema):
    """A company that agreed to be judged by a lender. Nothing here refuses; a person decides."""

    company: UUID
    name: str
    size: str
    industry: str
    as_of: datetime | None
    level: str | None = Field(description="Id in the policy; null while nothing is known.")
    next: str | None = Field(description="Id of the next better level.")
    missing: list[str] = Field(description="Controls it lacks for that, the easiest first.")
    decided: str | None = Field(description="The level a person chose last.")
    decided_on: date | None


class BorrowersOut(Schema):
    """One page of a lender's borrowers, by name, under the version of its policy that is on."""

    policy: str | None
    version: int | None
    total: int
    page: int
    pages: int
    borrowers: list[BorrowerOut]


class BorrowersQuery(Schema):
    """Which page."""

    page: int = Field(1, ge=1, le=100_000)


@reading(
    router,
    "/organisations/{organisation_id}/borrowers",
    auth=_FLEET,
    response={200: BorrowersOut, 422: Problem, **_PROBLEMS},
    tags=["lenders"],
)
def borrowers_of_lender(
    request: HttpRequest, organisation_id: UUID, query: Query[BorrowersQuery]
) -> Any:
    """List the borrowers who agreed, and where the policy that is on puts each."""
    organisation = _buyer(request, organisation_id)
    on = policy_on(organisation)
    page = Paginator(borrowers_of(organisation), BORROWERS_A_PAGE).get_page(query.page)
    ids = [one.company.pk for one in page]
    note_each(request, organisation, "loan.listed", ids)
    rows = Decision.objects.across("what a lender decided of its borrowers")
    decisions = {
        one.company_id: one
        for one in rows.filter(organisation=organisation, company__in=ids).order_by("at", "pk")
    }
    policy = on.policy if on else None
    return {
        "policy": policy.id if policy else None,
        "version": on.version if on else None,
        "total": page.paginator.count,
        "page": page.number,
        "pages": page.paginator.num_pages,
        "borrowers": [_borrower(one, policy, decisions.get(one.company.pk)) for one in page],
    }


def _borrower(one: Any, policy: Any, decision: Decision | None) -> dict[str, Any]:
    judged = one.under(policy) if policy else None
    missing = easiest_first(judged.missing, catalog()) if judged else []
    return {
        "company": one.company.pk,
        "name": str(one.company),
        "size": one.size,
        "industry": one.industry,
        "as_of": one.standing.as_of if one.standing else None,
        "level": judged.level.id if judged else None,
        "next": judged.next.id if judged and judged.next else None,
        "missing": list(dict.fromkeys(lack.control for lack in missing)),
        "decided": decision.decided if decision else None,
        "decided_on": timezone.localdate(decision.at) if decision else None,
    }
