"""Observations: dated facts about a subject. They are never judged here."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

SubjectKind = Literal[
    "company",
    "device",
    "account",
    "network",
    "site",
    "mail_domain",
    "message",
    "paper",
    "record",
]

Source = Literal["measured", "answered", "document", "record", "heard"]

UnknownReason = Literal[
    "no_permission",
    "tool_missing",
    "not_on_this_system",
    "timed_out",
    "too_old",
    "not_asked",
    "said_unknown",
    "declined",
    "not_looked",
    "nonsense",
    "unreachable",
    "erased",
    "our_bug",
]


def new_id() -> str:
    """Return a fresh random identifier (UUID4 text)."""
    return str(uuid.uuid4())


class Subject(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """What an observation is about.

    Attributes:
        kind: one of the subject kinds of the house.
        id: identifier, unique within the kind; random for devices, never a serial number.
    """

    kind: SubjectKind
    id: str


class NotSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a fact could not be seen, and what would show it.

    Attributes:
        reason: one of the short fixed list.
        see_with: the exact command, or the question id, that would show the fact; empty when
            nothing the user can do would show it.
        detail: technical detail for the curious, in no language (an errno, a file name).
    """

    reason: UnknownReason
    see_with: str = ""
    detail: str = ""


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated fact of a kind about a subject, or the dated note that it could not be seen.

    Attributes:
        id: random identifier.
        kind: id of a fact kind of the catalog, e.g. ``device.firewall``.
        subject: what it is about.
        source: measured, answered, document, record or heard.
        observed_at: first moment this very fact was seen (UTC).
        last_confirmed_at: last moment it was seen unchanged (UTC).
        fields: the fact, in the shape its kind declares; None when it was not seen.
        not_seen: why not; None when it was seen.
        partly_not_seen: field name -> why that field is None although the rest was seen.
        kind_version: version of the kind's shape.
    """

    id: str
    kind: str
    subject: Subject
    source: Source
    observed_at: datetime
    last_confirmed_at: datetime
    fields: dict[str, Any] | None = None
    not_seen: NotSeen | None = None
    partly_not_seen: dict[str, NotSeen] = {}
    kind_version: int = 1


def looked_at(observations: Iterable[Observation]) -> set[Subject]:
    """Return the devices that were really looked at; what somebody said about a phone is no look."""
    return {
        o.subject for o in observations if o.subject.kind == "device" and o.source == "measured"
    }


OUTSIDE: tuple[SubjectKind, ...] = ("site", "mail_domain", "network")
"""What is looked at from the Internet; the company names each one itself."""


def seen_from_outside(observations: Iterable[Observation]) -> set[Subject]:
    """Return the sites, mail domains and addresses that were looked at from outside."""
    return {o.subject for o in observations if o.subject.kind in OUTSIDE and o.source == "measured"}
