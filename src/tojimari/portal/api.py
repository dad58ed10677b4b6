"""The API: for agents (signed messages) and for programs with a token. OpenAPI 3.1 from here."""

import json
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from ninja import Field, NinjaAPI, Query, Router, Schema, Status
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from tojimari.agent.wire import CONTENT_TYPE, MAX_MESSAGE_BYTES, REFUSALS, Enrolment
from tojimari.ask import BadAnswer
from tojimari.model import Lang
from tojimari.model.facts import PaperMade
from tojimari.papers import kept_papers
from tojimari.portal.companies.assessments import refresh, result_of
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.observations import current
from tojimari.portal.companies.questions import answer as keep_answer
from tojimari.portal.companies.questions import answers_of
from tojimari.portal.core.access import company_or_404
from tojimari.portal.core.audit import note
from tojimari.portal.core.permissions import Actor, companies_where, parts_of
from tojimari.portal.core.rights import COMPANY_READ, COMPANY_WRITE
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.reception import Refuse, enrol, note_refusal, ping, receive
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.money.fleet import companies_of
from tojimari.portal.money.programmes import programmes_of, today
from tojimari.portal.money.rights import MONEY_MANAGE
from tojimari.portal.papers.rights import PAPERS_READ
from tojimari.portal.people.models import ApiToken
from tojimari.portal.supporters.access import organisation_of
from tojimari.portal.supporters.concerns import Row, choices, concerns, rows_of
from tojimari.portal.supporters.fleet import Filters, fleet_page
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang
from tojimari.report.sentences import step_title

log = logging.getLogger("tojimari.api")

Operation = Callable[..., Any]

TOKEN_CALLS_A_MINUTE = 300
ENROLMENTS_AN_HOUR = 60
LAST_USED_EVERY = timedelta(minutes=5)


class Token(HttpBearer):
    """A token made on the account page, with the scopes ticked there."""

    openapi_name = "token"

    def __init__(self, scope: str) -> None:
        """Demand ``scope``."""
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Return the token when it is good for the scope; 401 otherwise, 403 without the scope."""
        found: ApiToken | None = (
            ApiToken.objects.select_related("user")
            .filter(hash=ApiToken.hashed(token), expires_at__gt=timezone.now())
            .first()
        )
        if found is None or not found.user.is_active:
            return None
        if self.scope not in found.scopes:
            raise HttpError(403, f"This token has no scope {self.scope}.")
        if too_often("token", str(found.pk), times=TOKEN_CALLS_A_MINUTE, seconds=60):
            raise HttpError(429, "Too many calls. Wait a minute.")
        if found.last_used_at is None or found.last_used_at < timezone.now() - LAST_USED_EVERY:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=timezone.now())
        return found


api = NinjaAPI(
    title="Tojimari",
    version="1",
    description=(
        "What a portal keeps of companies, for programs. Devices sign their messages with a key of "
        "their own (JWS, EdDSA); programs use a token with scopes. Times are ISO 8601 with offset; "
        "states are met, partly, not_met, unknown, not_applicable, and unknown is never met."
    ),
    docs_url=None,
    urls_namespace="api",
)


def reading(on: NinjaAPI | Router, address: str, **how: Any) -> Callable[[Operation], Operation]:
    """Register the decorated function for GET, and for HEAD, which the document does not repeat.

    on: where it stands. how: as ``api.get`` takes it.
    """

    def register(operation: Operation) -> Operation:
        on.api_operation(["HEAD"], address, include_in_schema=False, **how)(operation)
        return on.get(address, **how)(operation)

    return register


class Problem(Schema):
    """What was wrong, in a sentence."""

    detail: str


class Refused(Schema):
    """Nothing was taken."""

    reason: str = Field(description="One of: " + ", ".join(REFUSALS))
    ja: str
    en: str
    server_time: datetime


class EnrolIn(Schema):
    """A device asks to be let in."""

    code: str = Field(max_length=40, description="The code shown on the portal, like ABCD-EFGH.")
    public_key: str = Field(
        pattern="^[0-9a-fA-F]{64}$",
        description="The device's Ed25519 public key: 32 bytes as 64 hex digits.",
    )
    name: str = Field(max_length=60, description="What people call the device.")
    system: Literal["linux", "windows", "macos"]


class EnrolOut(Schema):
    """The device's id, and whose it is now."""

    device: UUID
    company: str
    server_time: datetime
    task_key: str | None = Field(
        None, description="Public key (hex) that signs tasks; null where there is none."
    )


class TakenOut(Schema):
    """What became of a report."""

    stored: int = Field(description="Rows added; 0 when everything was as before.")
    duplicate: bool = Field(description="The very report was here already.")
    skipped: int = Field(
        description="Facts of a kind or version this portal does not know; kept unread."
    )
    look_wanted: bool = Field(description="Somebody asked for a new look.")
    server_time: datetime
    tasks: list[str] = Field(description="Signed tasks (JWS), in the order of their numbers.")
    stopped: list[UUID] = Field(description="Tasks that must not be done any more.")
    task_keys: list[str] = Field(
        description="Statements of each earlier task key about the next, the oldest first."
    )
    task_key: str | None = Field(
        description="Public key (hex) that signs tasks; nothing is trusted for this alone."
    )


REFUSED = dict.fromkeys((400, 403, 409, 413, 429), Refused)
SIGNED_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A compact JWS (RFC 7515), alg EdDSA, header kid = device id, iat = time of "
        f"sending in seconds; at most {MAX_MESSAGE_BYTES:,} bytes. docs/api.md shows the content.",
        "content": {
            CONTENT_TYPE: {
                "schema": {"type": "string", "maxLength": MAX_MESSAGE_BYTES},
            }
        },
    }
}


def _refused(refuse: Refuse) -> "Status[Any]":
    note_refusal(refuse)
    text = REFUSALS[refuse.reason]
    said = {
        "reason": refuse.reason,
        "ja": text.ja,
        "en": text.en,
        "server_time": timezone.now(),
    }
    return Status(refuse.status, said)


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_MESSAGE_BYTES:
        raise Refuse("too_large", 413)
    return request.body


@api.post(
    "/enrol",
    response={200: EnrolOut, 400: Refused, 403: Refused, 422: Problem, 429: Refused},
    tags=["devices"],
)
def enrol_device(request: HttpRequest, body: EnrolIn) -> Any:
    """Let a device in with a code shown on the portal. The code works once, for half an hour."""
    try:
        if too_often("enrol", address_of(request), times=ENROLMENTS_AN_HOUR, seconds=3600):
            raise Refuse("too_many", 429)
        done = enrol(Enrolment(body.code, body.public_key, body.name, body.system))
    except Refuse as refuse:
        return _refused(refuse)
    return _plain(done)


@api.post(
    "/reports",
    response={200: TakenOut, **REFUSED},
    tags=["devices"],
    openapi_extra=SIGNED_BODY,
)
def take_report(request: HttpRequest) -> Any:
    """Take a signed report. Sending the same one again changes nothing."""
    return from_device(request, receive)


@api.post("/ping", response={200: TakenOut, **REFUSED}, tags=["devices"], openapi_extra=SIGNED_BODY)
def take_ping(request: HttpRequest) -> Any:
    """Tell a device whether somebody wants a new look, and hand it its tasks."""
    return from_device(request, ping)


def from_device(request: HttpRequest, take: Callable[[bytes], Any]) -> Any:
    """Answer a signed message of a device, which ``take`` takes or refuses."""
    try:
        taken = take(_body(request))
    except Refuse as refuse:
        return _refused(refuse)
    return _plain(taken)


def _plain(taken: Any) -> dict[str, Any]:
    return {name: getattr(taken, name) for name in taken.__struct_fields__}


class CompanyOut(Schema):
    """A company and where it stands in the basics."""

    id: UUID
    name: str
    role: str
    basics_met: int
    basics_of: int
    next_step: str = Field(description="Control id of the one next step, or an id like ask-basics.")


class Words(Schema):
    """A text in both languages."""

    ja: str
    en: str


class StepOut(Schema):
    """The one next step."""

    control: str
    kind: str
    title: str = Field(description="In the language asked for by Accept-Language, else Japanese.")
    titles: Words
    minutes: int
    yen: int


class ControlOut(Schema):
    """Where a company stands on one control; said and measured apart."""

    control: str
    state: str
    basis: str
    said: str | None
    measured: list[str]
    contradiction: bool


class AssessmentOut(Schema):
    """An assessment of a company, made now."""

    as_of: datetime
    catalog_version: str
    basics_met: int
    basics_of: int
    next_step: StepOut | None
    controls: list[ControlOut]


class DeviceOut(Schema):
    """A device."""

    id: UUID
    kind: str
    name: str
    system: str
    enrolled_at: datetime
    last_report_at: datetime | None


class AnswerIn(Schema):
    """An answer: option ids, or a number; the single option dont_know always fits."""

    choices: list[str] | None = Field(None, max_length=50)
    number: int | None = Field(None, ge=0, le=1_000_000)


class AnswerOut(Schema):
    """What was kept."""

    question: str
    choices: list[str]
    number: int | None


_PROBLEMS: dict[int, type[Schema]] = {401: Problem, 403: Problem, 404: Problem, 429: Problem}
READ, WRITE, FLEET = Token("company:read"), Token("company:write"), Token("fleet:read")


def _company(request: Any, company_id: UUID, action: str) -> tuple[Company, dict[str, Any]]:
    """Return a company in which the token's user may do ``action``, and who acts, for the log."""
    user = request.auth.user
    company, role = company_or_404(Actor(user=user), company_id, action)
    return company, {"actor": user, "actor_as": role}


@reading(
    api, "/companies", auth=READ, response={200: list[CompanyOut], **_PROBLEMS}, tags=["company"]
)
def companies(request: HttpRequest) -> Any:
    """List the companies of the token's user."""
    actor = Actor(user=request.auth.user)
    standings = {
        row.company_id: row
        for row in Standing.objects.across("the companies of a token's user").filter(
            company__in=companies_where(actor, COMPANY_READ)
        )
    }
    rows = []
    for company, role in parts_of(actor, COMPANY_READ):
        standing = standings.get(company.pk)
        rows.append(
            {
                "id": company.pk,
                "name": company.name,
                "role": role,
                "basics_met": standing.basics_met if standing else 0,
                "basics_of": standing.basics_of if standing else 0,
                "next_step": standing.step if standing else "",
            }
        )
    return rows


def _asked_language(request: HttpRequest) -> Lang:
    """Return the language a program asks for; Japanese, as ever, where it asks for none."""
    return current_lang() if "Accept-Language" in request.headers else "ja"


@reading(
    api,
    "/companies/{company_id}/assessment",
    auth=READ,
    response={200: AssessmentOut, **_PROBLEMS},
    tags=["company"],
)
def assessment(request: HttpRequest, company_id: UUID) -> Any:
    """Judge a company now."""
    company, acting = _company(request, company_id, COMPANY_READ)
    result = result_of(company)
    note("result.seen", company=company, **acting)
    step = result.next_step
    titles = {
        lang: step_title(step.control, step.kind, catalog(), lang) if step else ""
        for lang in get_args(Lang)
    }
    counts = result.basics.counts
    return {
        "as_of": result.assessment.as_of,
        "catalog_version": result.assessment.catalog_version,
        "basics_met": counts["met"] + counts["not_applicable"],
        "basics_of": len(result.basics.items),
        "next_step": {
            "control": step.control,
            "kind": step.kind,
            "title": titles[_asked_language(request)],
            "titles": titles,
            "minutes": step.minutes,
            "yen": step.yen,
        }
        if step
        else None,
        "controls": [
            {
                "control": id_,
                "state": s.state,
                "basis": s.basis,
                "said": s.said.state if s.said else None,
                "measured": [finding.state for finding in s.measured],
                "contradiction": s.contradiction,
            }
            for id_, s in result.assessment.controls.items()
        ],
    }


class PaperOut(Schema):
    """A paper that a company has approved, or could make."""

    paper: str = Field(description="Id of the kind of paper.")
    titles: dict[str, str]
    version: int | None = Field(description="The approved version; null for none.")
    approved_on: date | None
    until: date | None = Field(description="Last day on which it counts.")
    in_force: bool
    criteria: list[str] = Field(description="Criteria of SCS star 3 that it answers now.")


@reading(
    api,
    "/companies/{company_id}/papers",
    auth=READ,
    response={200: list[PaperOut], **_PROBLEMS},
    tags=["company"],
)
def papers(request: HttpRequest, company_id: UUID) -> Any:
    """List the papers of a company: which are approved, until when, and what they answer."""
    company, acting = _company(request, company_id, PAPERS_READ)
    note("papers.seen", company=company, **acting)
    kept = kept_papers(current(company, PaperMade.KIND), timezone.localdate())
    found = []
    for kind in catalog().papers.values():
        one = kept.get(kind.id)
        found.append(
            {
                "paper": kind.id,
                "titles": {lang: kind.title.say(lang) for lang in get_args(Lang)},
                "version": one.version if one else None,
                "approved_on": one.approved_on if one else None,
                "until": one.until if one else None,
                "in_force": one is not None,
                "criteria": list(one.criteria) if one else [],
            }
        )
    return found


@reading(
    api,
    "/companies/{company_id}/devices",
    auth=READ,
    response={200: list[DeviceOut], **_PROBLEMS},
    tags=["company"],
)
def devices(request: HttpRequest, company_id: UUID) -> Any:
    """List the devices of a company."""
    company, _ = _company(request, company_id, DEVICES_READ)
    return list(Device.objects.of(company).filter(removed_at=None).order_by("enrolled_at"))


@reading(
    api,
    "/companies/{company_id}/answers",
    auth=READ,
    response={200: list[AnswerOut], **_PROBLEMS},
    tags=["company"],
)
def answers(request: HttpRequest, company_id: UUID) -> Any:
    """List the newest answer to each question."""
    company, _ = _company(request, company_id, COMPANY_READ)
    return [
        {"question": id_, "choices": list(given.choices), "number": given.number}
        for id_, given in answers_of(company).items()
    ]


@api.put(
    "/companies/{company_id}/answers/{question_id}",
    auth=WRITE,
    response={200: AnswerOut, 400: Problem, 422: Problem, **_PROBLEMS},
    tags=["company"],
)
def put_answer(request: HttpRequest, company_id: UUID, question_id: str, body: AnswerIn) -> Any:
    """Answer one question of the catalog."""
    company, acting = _company(request, company_id, COMPANY_WRITE)
    question = catalog().questions.get(question_id)
    if question is None:
        raise Http404
    given: object = body.number if question.type == "number" else body.choices
    if body.choices == ["dont_know"]:
        given = "dont_know"
    try:
        kept = keep_answer(company, question, given)
    except BadAnswer as error:
        raise HttpError(400, error.say("en")) from error
    note("answer.given", company=company, question=question.id, **acting)
    refresh(company)
    return {"question": kept.question, "choices": list(kept.choices), "number": kept.number}


class ProgrammeOut(Schema):
    """A programme of money or help beside a company."""

    id: str
    name: Words
    kind: str
    window: str = Field(
        description="open, coming, unknown, unverified, old or closed; only the first two can be used."
    )
    opens: date | None
    closes: date | None = Field(description="The last day of the call, in Japan.")
    verdict: str = Field(description="fits, does_not or cannot_tell.")
    could_fit: bool = Field(description="It would fit once what stands in first is done.")
    first: list[str]
    missing: list[str] = Field(description="What the company would have to say.")
    papers: list[str]
    papers_held: list[str]
    seen: date | None = Field(description="The day of the newest source that says so.")
    mark: str


@reading(
    api,
    "/companies/{company_id}/money",
    auth=READ,
    response={200: list[ProgrammeOut], **_PROBLEMS},
    tags=["company"],
)
def money(request: HttpRequest, company_id: UUID) -> Any:
    """List the programmes of money and help beside a company, what can be used first."""
    company, acting = _company(request, company_id, MONEY_MANAGE)
    note("money.seen", company=company, **acting)
    return [
        {
            "id": one.programme.id,
            "name": {"ja": one.programme.name.ja, "en": one.programme.name.en},
            "kind": one.programme.kind,
            "window": one.window.state,
            "opens": one.window.round.opens if one.window.round else None,
            "closes": one.window.round.closes if one.window.round else None,
            "verdict": one.fit.verdict,
            "could_fit": one.fit.could_fit,
            "first": list(one.fit.first),
            "missing": list(one.fit.missing),
            "papers": list(one.papers),
            "papers_held": list(one.held),
            "seen": one.programme.seen,
            "mark": one.programme.mark,
        }
        for one in result_of(company).offers
    ]


class FittingOut(Schema):
    """A company beside a programme, judged by what it lets the organisation see."""

    company: UUID
    name: str
    group: str = Field(description="fits, could, cannot_tell or does_not.")
    missing: list[str]
    tells: bool = Field(description="It lets its answers for such programmes be seen.")


@reading(
    api,
    "/organisations/{organisation_id}/money/{programme_id}",
    auth=FLEET,
    response={200: list[FittingOut], **_PROBLEMS},
    tags=["fleet"],
)
def fitting(request: HttpRequest, organisation_id: UUID, programme_id: str) -> Any:
    """List the companies a supporter looks after beside one programme, the nearest first."""
    organisation = organisation_of(request.auth.user, organisation_id)
    known = programmes_of(organisation) if organisation.kind == Organisation.SUPPORTER else []
    programme = next((one for one in known if one.id == programme_id), None)
    if programme is None:
        raise Http404
    note(
        "moneylist.seen",
        company=None,
        actor=request.auth.user,
        actor_as=organisation.kind,
        organisation=organisation,
    )
    rows = companies_of(organisation).beside(programme, catalog().money, today())
    return [
        {
            "company": row.standing.company_id,
            "name": row.standing.company.name,
            "group": row.group,
            "missing": list(row.offer.fit.missing),
            "tells": row.tells,
        }
        for row in rows
    ]


class FleetRow(Schema):
    """A company that granted the organisation a look."""

    company: UUID
    name: str
    urgency: int
    why: list[str]
    concerns: list[Words] = Field(
        description="What is wrong, the worst first, as far as the company allows it to be seen."
    )
    basics_met: int
    basics_open: int
    basics_unknown: int
    basics_of: int
    devices: int | None = Field(description="None when the company does not show its devices.")
    next_step: str
    last_seen_at: datetime | None


class FleetOut(Schema):
    """One page of the fleet, the most urgent first."""

    total: int
    page: int
    pages: int
    companies: list[FleetRow]


class FleetQuery(Schema):
    """Filters; all must hold."""

    control: str = Field("", max_length=60)
    state: Literal["", "met", "partly", "not_met", "unknown", "not_applicable"] = ""
    wrong: str = Field("", max_length=20, description="One of: " + ", ".join(choices()))
    size: str = Field("", max_length=20)
    industry: str = Field("", max_length=30)
    prefecture: str = Field("", max_length=2)
    q: str = Field("", max_length=60)
    page: int = Field(1, ge=1, le=100_000)


@reading(
    api,
    "/organisations/{organisation_id}/companies",
    auth=FLEET,
    response={200: FleetOut, 422: Problem, **_PROBLEMS},
    tags=["fleet"],
)
def fleet(request: HttpRequest, organisation_id: UUID, query: Query[FleetQuery]) -> Any:
    """List the companies an organisation looks after, who needs help first on top."""
    organisation = organisation_of(request.auth.user, organisation_id)
    filters = Filters.of(query.dict())
    page = fleet_page(organisation, filters, query.page)
    told = rows_of(page.rows, timezone.now())
    return {
        "total": page.total,
        "page": page.number,
        "pages": page.pages,
        "companies": [
            {
                "company": row.company_id,
                "name": row.company.name,
                "urgency": row.urgency,
                "why": row.why,
                "concerns": _in_both_languages(told[row.company_id]),
                "basics_met": row.basics_met,
                "basics_open": row.basics_open,
                "basics_unknown": row.basics_unknown,
                "basics_of": row.basics_of,
                "devices": row.devices if DEVICES_READ in row.scopes else None,
                "next_step": row.step,
                "last_seen_at": row.last_seen_at,
            }
            for row in page.rows
        ],
    }


def _in_both_languages(row: Row) -> list[dict[str, str]]:
    spoken: dict[str, list[str]] = {}
    for lang in ("ja", "en"):
        with translation.override(lang):
            spoken[lang] = concerns(row)
    return [{"ja": ja, "en": en} for ja, en in zip(spoken["ja"], spoken["en"], strict=True)]


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, _: Exception) -> HttpResponse:
    return api.create_response(request, {"detail": "Not found."}, status=404)


@api.exception_handler(ValidationError)
def _does_not_fit(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    where = ".".join(str(part) for part in first.get("loc", ()))
    said = f"{where}: {first.get('msg', 'does not fit')}"
    return api.create_response(request, {"detail": said}, status=422)


_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""As RFC 9110 has them, and Python 3.13, but no earlier one."""


def openapi(whole: NinjaAPI) -> str:
    """Return the OpenAPI document as JSON text.

    whole: the API with every router, as ``tojimari.portal.urls`` puts it together.
    """
    schema = whole.get_openapi_schema(path_prefix="/api/v1/")
    schema["servers"] = [{"url": settings.PUBLIC_URL}]
    for path in schema["paths"].values():
        for operation in path.values():
            for status, phrase in _PHRASES.items():
                if status in operation["responses"]:
                    operation["responses"][status]["description"] = phrase
    return json.dumps(schema, ensure_ascii=False, indent=1, default=str)
