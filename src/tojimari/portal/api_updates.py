"""The API of updates from afar: propose, list, stop. There is no yes by a token.

Its operations stand on a router of their own, which the addresses of the portal put into the API.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.errors import HttpError

from tojimari.portal.api import (
    REFUSED,
    SIGNED_BODY,
    Problem,
    TakenOut,
    Token,
    from_device,
    reading,
)
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.devices.rights import UPDATES_PROPOSE
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.access import organisation_of
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.updates.agreement import By, Wanted, tasks_of
from tojimari.portal.updates.endings import stop
from tojimari.portal.updates.models import WORDS_LETTERS, DeviceTask, Proposal
from tojimari.portal.updates.organisation_pages import PROPOSALS_A_DAY
from tojimari.portal.updates.proposals import BadProposal, propose
from tojimari.portal.updates.reception import take_actor_report, take_task_report
from tojimari.portal.updates.rights import UPDATES_APPROVE, UPDATES_READ

router = Router()
UPDATES = Token("updates:propose")
LISTED = 100
_PROBLEMS: dict[int, type[Schema]] = {
    400: Problem,
    401: Problem,
    403: Problem,
    404: Problem,
    422: Problem,
    429: Problem,
}


class ProposalIn(Schema):
    """What is to be done on which devices, and when."""

    kind: str = Field(max_length=40, description="A kind of task; docs/api.md lists them.")
    parameters: dict[str, str] = Field(default_factory=dict, max_length=5)
    devices: list[UUID] = Field(min_length=1, max_length=500)
    not_before: datetime | None = Field(None, description="Now where it is left out.")
    until: datetime = Field(description="At most 7 days after not_before.")
    words: str = Field("", max_length=WORDS_LETTERS)


class TaskOut(Schema):
    """One device of a proposal."""

    device: UUID
    state: str
    reason: str
    changes: list[list[str]] = Field(description="[name, before, after] as the device said.")
    restart: bool
    finished_at: datetime | None


class ProposalOut(Schema):
    """A proposal and what came of it. An owner says yes on the page, never by a token."""

    id: UUID
    company: UUID
    organisation: UUID | None
    kind: str
    parameters: dict[str, str]
    not_before: datetime
    until: datetime
    state: str
    made_at: datetime
    tasks: list[TaskOut]


def _plain(proposal: Proposal) -> dict[str, Any]:
    tasks = list(tasks_of(proposal).order_by("device_id"))
    return {
        "id": proposal.pk,
        "company": proposal.company_id,
        "organisation": proposal.organisation_id,
        **{
            name: getattr(proposal, name)
            for name in ("kind", "parameters", "not_before", "until", "state", "made_at")
        },
        "tasks": [_task(one) for one in tasks],
    }


def _task(task: DeviceTask) -> dict[str, Any]:
    names = ("state", "reason", "changes", "restart", "finished_at")
    return {"device": task.device_id, **{name: getattr(task, name) for name in names}}


def _keep(company: Company, body: ProposalIn, by: By) -> dict[str, Any]:
    who = str(by.organisation.pk if by.organisation else by.user.pk)
    if too_often("update", f"{who} {company.pk}", times=PROPOSALS_A_DAY, seconds=86_400):
        raise HttpError(429, "Too many proposals. Wait a day.")
    begins = body.not_before or timezone.now()
    if begins.tzinfo is None or body.until.tzinfo is None:
        raise HttpError(400, "Give both times with their offset.")
    if "\x00" in body.words:
        raise HttpError(400, "The words hold a NUL.")
    wanted = Wanted(body.kind, body.parameters, begins, body.until, body.words)
    try:
        return _plain(propose(company, wanted, body.devices, by))
    except (BadProposal, OverflowError) as error:
        said = error.say("en") if isinstance(error, BadProposal) else "The times are out of range."
        raise HttpError(400, said) from error


def _own(request: Any, company_id: UUID, action: str) -> tuple[Company, By]:
    user = request.auth.user
    company, role = company_or_404(Actor(user=user), company_id, action)
    return company, By(user, role)


def _theirs(request: Any, organisation_id: UUID, company_id: UUID) -> tuple[Company, By]:
    organisation = _supporter(request, organisation_id)
    actor = Actor(request.auth.user, organisation)
    company, role = company_or_404(actor, company_id, UPDATES_PROPOSE)
    return company, By(request.auth.user, role, organisation)


def _supporter(request: Any, organisation_id: UUID) -> Organisation:
    found = organisation_of(request.auth.user, organisation_id)
    if found.kind != Organisation.SUPPORTER:
        raise Http404
    return found


def _found(rows: Any, proposal_id: UUID) -> Proposal:
    found: Proposal | None = (
        rows.select_related("company", "organisation").filter(pk=proposal_id).first()
    )
    if found is None:
        raise Http404
    return found


@reading(
    router,
    "/companies/{company_id}/updates",
    auth=UPDATES,
    response={200: list[ProposalOut], **_PROBLEMS},
    tags=["updates"],
)
def updates(request: HttpRequest, company_id: UUID) -> Any:
    """List what was proposed to a company, the newest first."""
    company, _ = _own(request, company_id, UPDATES_READ)
    return [_plain(one) for one in Proposal.objects.of(company).order_by("-made_at")[:LISTED]]


@router.post(
    "/companies/{company_id}/updates",
    auth=UPDATES,
    response={200: ProposalOut, **_PROBLEMS},
    tags=["updates"],
)
def make_update(request: HttpRequest, company_id: UUID, body: ProposalIn) -> Any:
    """Prepare an update of one's own devices. It waits for an owner's yes on the page."""
    company, by = _own(request, company_id, UPDATES_APPROVE)
    return _keep(company, body, by)


@router.post(
    "/companies/{company_id}/updates/{proposal_id}/stop",
    auth=UPDATES,
    response={200: ProposalOut, **_PROBLEMS},
    tags=["updates"],
)
def stop_update(request: HttpRequest, company_id: UUID, proposal_id: UUID) -> Any:
    """Stop an update: what is not begun is not done."""
    company, by = _own(request, company_id, UPDATES_APPROVE)
    stop(_found(Proposal.objects.of(company), proposal_id), by, "owner")
    return _plain(_found(Proposal.objects.of(company), proposal_id))


@reading(
    router,
    "/organisations/{organisation_id}/updates",
    auth=UPDATES,
    response={200: list[ProposalOut], **_PROBLEMS},
    tags=["updates"],
)
def proposed_updates(request: HttpRequest, organisation_id: UUID) -> Any:
    """List what an organisation proposed, in the companies that still allow it."""
    organisation = _supporter(request, organisation_id)
    allowed = companies_where(Actor(request.auth.user, organisation), UPDATES_PROPOSE)
    rows = Proposal.objects.across("what an organisation proposed").filter(
        organisation=organisation, company__in=allowed
    )
    return [_plain(one) for one in rows.order_by("-made_at")[:LISTED]]


@router.post(
    "/organisations/{organisation_id}/companies/{company_id}/updates",
    auth=UPDATES,
    response={200: ProposalOut, **_PROBLEMS},
    tags=["updates"],
)
def propose_update(
    request: HttpRequest, organisation_id: UUID, company_id: UUID, body: ProposalIn
) -> Any:
    """Propose an update to a company. Its owner says yes or no on the page."""
    company, by = _theirs(request, organisation_id, company_id)
    return _keep(company, body, by)


@router.post(
    "/organisations/{organisation_id}/companies/{company_id}/updates/{proposal_id}/stop",
    auth=UPDATES,
    response={200: ProposalOut, **_PROBLEMS},
    tags=["updates"],
)
def withdraw_update(
    request: HttpRequest, organisation_id: UUID, company_id: UUID, proposal_id: UUID
) -> Any:
    """Take a proposal of one's own back: what is not begun is not done."""
    company, by = _theirs(request, organisation_id, company_id)
    rows = Proposal.objects.of(company).filter(organisation=by.organisation)
    stop(_found(rows, proposal_id), by, "supporter")
    return _plain(_found(rows, proposal_id))


@router.post(
    "/task-reports",
    response={200: TakenOut, **REFUSED},
    tags=["devices"],
    openapi_extra=SIGNED_BODY,
)
def device_task_report(request: HttpRequest) -> Any:
    """Take a signed word of a device on where one of its tasks stands."""
    return from_device(request, take_task_report)


@router.post(
    "/actor", response={200: TakenOut, **REFUSED}, tags=["devices"], openapi_extra=SIGNED_BODY
)
def device_actor(request: HttpRequest) -> Any:
    """Take a signed word of a device on which kinds of task it allows, and which key it trusts."""
    return from_device(request, take_actor_report)
