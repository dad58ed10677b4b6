"""Takes what devices send. Every message is hostile until its signature fits."""

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.utils import timezone

from tojimari.agent.wire import (
    CLOCK_SLACK_SECONDS,
    MAX_FACTS,
    MAX_LINES,
    MAX_MESSAGE_BYTES,
    OLDEST_REPORT_DAYS,
    Enrolled,
    Enrolment,
    Ping,
    Report,
    ReportedFact,
    Taken,
)
from tojimari.model import Observation, StoredObservation, Subject, declared, new_id, restored
from tojimari.model.facts import DevicePhone, DeviceSoftware, fact_kinds, known_versions
from tojimari.model.facts.box import NetworkBox
from tojimari.model.facts.knocks import NetworkKnocks
from tojimari.model.facts.watch_day import NetworkWatchDay
from tojimari.portal.companies.assessments import SILENT_AFTER, mark_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.companies.tasks import judge_again
from tojimari.portal.core.audit import note
from tojimari.portal.core.notices import end
from tojimari.portal.devices.errands import errand_of, task_key
from tojimari.portal.devices.followers import tell_followers
from tojimari.portal.devices.models import Device, EnrolCode, Refusal
from tojimari.portal.devices.models import Report as Arrived
from tojimari.portal.devices.notices import DEVICE_SILENT
from tojimari.portal.devices.packages import note_packages
from tojimari.portal.limits import too_often
from tojimari.portal.typed import plain_name

log = logging.getLogger("tojimari.devices")

MESSAGES_AN_HOUR = 240
REFUSALS_KEPT_AN_HOUR = 20
"""More refusals of one device or company than this in an hour are only counted in the log."""
_SIGNED = jwt.PyJWS(algorithms=["EdDSA"])


class Refuse(Exception):
    """A message is not taken; ``reason`` is a key of ``wire.REFUSALS``."""

    def __init__(self, reason: str, status: int = 400, device: Device | None = None) -> None:
        """Keep why, the HTTP status, and whose it was if that is known."""
        super().__init__(reason)
        self.reason, self.status, self.device = reason, status, device


def note_refusal(refuse: Refuse) -> None:
    """Log a refusal and keep it for the owner, within reason."""
    device = refuse.device
    log.warning(
        "refused", extra={"reason": refuse.reason, "device": str(device.pk) if device else ""}
    )
    if device is None or too_often(
        "refusal", str(device.pk), times=REFUSALS_KEPT_AN_HOUR, seconds=3600
    ):
        return
    Refusal.objects.of(device.company_id).create(
        company_id=device.company_id, device=device, reason=refuse.reason
    )


def enrol(body: Enrolment) -> Enrolled:
    """Let a device in with a code. Raises Refuse."""
    key = body.public_key.lower()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refuse("bad_key") from error
    now = timezone.now()
    with transaction.atomic():
        code = EnrolCode.usable(body.code, Device.COMPUTER, now)
        if code is None:
            raise Refuse("bad_code", 403)
        code.used_at = now
        code.save(update_fields=["used_at"])
        device = Device.objects.of(code.company).create(
            company=code.company,
            kind=Device.COMPUTER,
            name=plain_name(body.name),
            system=body.system,
            public_key=key,
        )
        note(
            "device.enrolled",
            company=code.company,
            actor=None,
            actor_as="device",
            name=device.name,
        )
    return Enrolled(device.pk, str(code.company), now, task_key() or None)


def open_message(body: bytes) -> tuple[Device, bytes]:
    """Return the device that signed ``body`` and the signed content. Raises Refuse."""
    if len(body) > MAX_MESSAGE_BYTES:
        raise Refuse("too_large", 413)
    try:
        header = _SIGNED.get_unverified_header(body)
        device_id, sent = UUID(str(header["kid"])), header["iat"]
    except (jwt.PyJWTError, KeyError, ValueError, RecursionError, AttributeError) as error:
        raise Refuse("malformed") from error
    if isinstance(sent, bool) or not isinstance(sent, int):
        raise Refuse("malformed")
    device = (
        Device.objects.across("a device is known by its key")
        .select_related("company")
        .filter(pk=device_id, kind=Device.COMPUTER)
        .first()
    )
    if device is None:
        raise Refuse("unknown_device", 403)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(device.public_key))
        payload = _SIGNED.decode(body, key=key, algorithms=["EdDSA"])
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Refuse("bad_signature", 403, device) from error
    if device.removed_at is not None:
        raise Refuse("removed_device", 403, device)
    if abs(timezone.now().timestamp() - sent) > CLOCK_SLACK_SECONDS:
        raise Refuse("wrong_clock", 409, device)
    if too_often("messages", str(device.pk), times=MESSAGES_AN_HOUR, seconds=3600):
        raise Refuse("too_many", 429, device)
    if not isinstance(payload, bytes):
        raise Refuse("malformed", device=device)
    return device, payload


def clock_of(body: bytes) -> datetime:
    """Return what the clock of a device said when it sent a message that ``open_message`` took."""
    return datetime.fromtimestamp(_SIGNED.get_unverified_header(body)["iat"], UTC)


def read_message(payload: bytes, shape: Any, device: Device) -> Any:
    """Return the signed content as ``shape``. Raises Refuse."""
    try:
        # json first: it refuses what no JSON number can be, and our types come second.
        json.loads(payload)
        return msgspec.json.decode(payload, type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refuse("malformed", device=device) from error


def ping(body: bytes) -> Taken:
    """Tell a device whether a look is wanted. Raises Refuse."""
    device, payload = open_message(body)
    message = read_message(payload, Ping, device)
    if message.device != device.pk:
        raise Refuse("bad_signature", 403, device)
    return taken(device)


def taken(device: Device, stored: int = 0, skipped: int = 0, *, duplicate: bool = False) -> Taken:
    """Return the answer to a message of a device, with what it takes along."""
    wanted = device.look_wanted_at is not None and (
        device.last_report_at is None or device.look_wanted_at > device.last_report_at
    )
    errand = errand_of(device)
    return Taken(
        stored,
        duplicate,
        skipped,
        wanted,
        timezone.now(),
        list(errand.tasks),
        list(errand.stopped),
        list(errand.task_keys),
        task_key() or None,
    )


def receive(body: bytes) -> Taken:
    """Keep what a signed report says: once however often it comes, right in whatever order."""
    device, payload = open_message(body)
    report: Report = read_message(payload, Report, device)
    if report.device != device.pk:
        raise Refuse("bad_signature", 403, device)
    lines = len({fact.line for fact in report.facts if fact.line})
    if report.made_at.tzinfo is None or len(report.facts) > MAX_FACTS or lines > MAX_LINES:
        raise Refuse("malformed", device=device)
    if b"\\u0000" in msgspec.json.encode(report):
        raise Refuse("malformed", device=device)  # no fact needs a NUL, and PostgreSQL keeps none
    try:
        made_at = report.made_at.astimezone(UTC)
        facts, skipped = _facts(report, device, made_at)
    except (OverflowError, ValueError) as error:
        raise Refuse("malformed", device=device) from error
    now = timezone.now()
    if made_at > now + timedelta(seconds=CLOCK_SLACK_SECONDS):
        raise Refuse("wrong_clock", 409, device)
    if made_at < now - timedelta(days=OLDEST_REPORT_DAYS):
        raise Refuse("too_old", 409, device)
    kinds = sorted({fact.kind for fact in facts})
    try:
        with transaction.atomic():
            # One report of a company at a time: the rows around a fact must not move meanwhile.
            Company.objects.select_for_update().get(pk=device.company_id)
            # As it is now, under the lock: removed, or heard from, while this one waited.
            own = Device.objects.of(device.company_id).filter(pk=device.pk, removed_at=None)
            fresh = own.first()
            if fresh is None:
                raise Refuse("removed_device", 403, device)
            Arrived.objects.of(device.company_id).create(
                company_id=device.company_id,
                device=device,
                report=report.report,
                made_at=made_at,
                kinds=kinds,
            )
            stored = keep(device.company, facts, sightings=_sightings(device))
            tell_followers(device, facts)
            if fresh.last_report_at is None or made_at >= fresh.last_report_at:
                own.update(
                    last_report_at=made_at,
                    agent_version=report.agent[:20],
                    system=report.system,
                )
            device.last_report_at = max(made_at, fresh.last_report_at or made_at)
            if device.last_report_at >= now - SILENT_AFTER:
                end(device.company, DEVICE_SILENT, str(device.pk), put_away=True)
            mark_stale(device.company)
    except Company.DoesNotExist as error:
        raise Refuse("unknown_device", 403) from error
    except IntegrityError:
        return taken(device, duplicate=True)
    judge_again.enqueue(str(device.company_id))
    if DeviceSoftware.KIND in kinds:
        note_packages.enqueue(str(device.pk))
    return taken(device, stored, skipped)


def _facts(report: Report, device: Device, at: datetime) -> tuple[list[Observation], int]:
    """Return the report's facts, and how many are of a kind or version not known here yet.

    Those are kept as they came, for the day this portal learns to read them. Raises Refuse
    where a known kind does not fit its shape.
    """
    taken: dict[tuple[str, Subject], Observation] = {}
    for fact in report.facts:
        if not _fits(fact):
            raise Refuse("malformed", device=device)
        subject = Subject("network", fact.line) if fact.line else Subject("device", str(device.pk))
        if (fact.kind, subject) in taken:
            raise Refuse("malformed", device=device)
        shape = fact_kinds().get(fact.kind)
        observation = restored(
            StoredObservation(
                id=new_id(),
                kind=fact.kind,
                kind_version=fact.kind_version,
                subject=subject,
                source=shape.SOURCE if shape is not None else "measured",
                observed_at=at,
                last_confirmed_at=at,
                fields=fact.fields,
                not_seen=fact.not_seen,
                partly_not_seen=fact.partly_not_seen,
            )
        )
        why = observation.not_seen
        if observation.unread is not None and why is not None and why.reason == "nonsense":
            raise Refuse("malformed", device=device)
        taken[fact.kind, subject] = observation
    unread = sum(one.kind_version not in known_versions(one.kind) for one in taken.values())
    return list(taken.values()), unread


_KIND = re.compile(r"device\.[a-z0-9_]{1,50}")
"""What an agent may report about: its own device."""
_OF_A_LINE = (NetworkWatchDay.KIND, NetworkBox.KIND, NetworkKnocks.KIND)
"""What a gateway may report about a line of its company, which it names."""


def _fits(fact: ReportedFact) -> bool:
    """Say whether ``fact`` may come from an agent, as far as that shows without its shape."""
    if not (_of_a_line(fact) if fact.line else _KIND.fullmatch(fact.kind)):
        return False
    if not 1 <= fact.kind_version <= 1000:
        return False
    if fact.kind == DevicePhone.KIND:  # said by a person on a page, never measured by an agent
        return False
    if fact.fields is None:
        return fact.not_seen is not None
    shape = fact_kinds().get(fact.kind)
    if shape is None or fact.kind_version > shape.VERSION:
        return fact.not_seen is None and isinstance(fact.fields, dict)
    return fact.not_seen is None and set(fact.partly_not_seen) <= set(shape.__struct_fields__)


def _of_a_line(fact: ReportedFact) -> bool:
    """Say whether ``fact`` is of those that are about a line, and names it as a line is named."""
    fits = len(fact.line) <= declared("network").id_at_most
    return fact.kind in _OF_A_LINE and fits and plain_name(fact.line) == fact.line


def _sightings(device: Device) -> Any:
    arrived = Arrived.objects.of(device.company_id).filter(device=device)

    def around(kind: str, at: datetime) -> tuple[datetime | None, datetime | None]:
        return _nearest(arrived, kind, at, "before"), _nearest(arrived, kind, at, "after")

    return around


def _nearest(arrived: Any, kind: str, at: datetime, side: Literal["before", "after"]) -> Any:
    rows = (
        arrived.filter(made_at__lt=at).order_by("-made_at")
        if side == "before"
        else arrived.filter(made_at__gt=at).order_by("made_at")
    )
    for made_at, kinds in rows.values_list("made_at", "kinds").iterator(chunk_size=50):
        if kind in kinds:
            return made_at
    return None
