"""Observations: dated facts about a subject. They are never judged here."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from tojimari.model.facts.base import BadFact, Fact, Plain, plain_fact, read_fact
from tojimari.model.sources import FIRST_HAND, Source, source_of
from tojimari.model.subjects import Subject

UnknownReason = Literal[
    "no_permission",
    "tool_missing",
    "not_on_this_system",
    "host_decides",
    "timed_out",
    "too_old",
    "not_asked",
    "said_unknown",
    "declined",
    "not_looked",
    "nonsense",
    "unreachable",
    "error_answered",
    "not_told",
    "erased",
    "newer_version",
    "our_bug",
]


def new_id() -> str:
    """Return a fresh random identifier (UUID4 text)."""
    return str(uuid.uuid4())


PLACE = "place:"
"""Begins a ``see_with`` that names a place of the catalog instead of a command."""


class NotSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a fact could not be seen, and what would show it.

    Attributes:
        reason: one of the short fixed list.
        see_with: the exact command, the place (``place:`` and its id in the catalog), or the
            question id, that would show the fact; empty when nothing the user can do would show it.
        detail: technical detail for the curious, in no language (an errno, a file name).
    """

    reason: UnknownReason
    see_with: str = ""
    detail: str = ""


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One dated fact of a kind about a subject, or the dated note that it could not be seen.

    Made by ``seen`` and ``unseen``, and read back from a store by ``restored``.

    Attributes:
        id: random identifier.
        kind: id of a fact kind, e.g. ``device.firewall``.
        subject: what it is about.
        source: id of a declared source; ValueError is raised for any other.
        observed_at: first moment this very fact was seen (UTC).
        last_confirmed_at: last moment it was seen unchanged (UTC).
        fact: the fact in the newest shape of its kind; None when it was not seen.
        not_seen: why not; None when it was seen.
        partly_not_seen: field name -> why that field is None although the rest was seen.
        kind_version: version of the kind's shape; of ``unread`` where that is there.
        unread: what was stored or sent in a version that this program does not know, untouched;
            ``not_seen`` then says so. None otherwise.
    """

    id: str
    kind: str
    subject: Subject
    source: Source
    observed_at: datetime
    last_confirmed_at: datetime
    fact: Fact | None = None
    not_seen: NotSeen | None = None
    partly_not_seen: dict[str, NotSeen] = {}
    kind_version: int = 1
    unread: Plain = None

    def __post_init__(self) -> None:
        """Check the source."""
        source_of(self.source)


class StoredObservation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An observation as stores, backups and exports hold it; ``fields`` as JSON can hold them."""

    id: str
    kind: str
    subject: Subject
    source: Source
    observed_at: datetime
    last_confirmed_at: datetime
    fields: Plain = None
    not_seen: NotSeen | None = None
    partly_not_seen: dict[str, NotSeen] = {}
    kind_version: int = 1

    def __post_init__(self) -> None:
        """Check the source. Raises ValueError for an undeclared one."""
        source_of(self.source)


def seen(
    fact: Fact,
    *,
    subject: Subject,
    at: datetime,
    source: Source = "measured",
    partly_not_seen: Mapping[str, NotSeen] | None = None,
) -> Observation:
    """Return the observation that ``fact`` was seen at ``at`` (UTC)."""
    return Observation(
        id=new_id(),
        kind=fact.KIND,
        subject=subject,
        source=source,
        observed_at=at,
        last_confirmed_at=at,
        fact=fact,
        partly_not_seen=dict(partly_not_seen or {}),
        kind_version=fact.VERSION,
    )


def unseen(
    kind: type[Fact],
    why: NotSeen,
    *,
    subject: Subject,
    at: datetime,
    source: Source = "measured",
) -> Observation:
    """Return the observation that a fact of ``kind`` could not be seen at ``at`` (UTC)."""
    return Observation(
        id=new_id(),
        kind=kind.KIND,
        subject=subject,
        source=source,
        observed_at=at,
        last_confirmed_at=at,
        not_seen=why,
        kind_version=kind.VERSION,
    )


def stored(observation: Observation) -> StoredObservation:
    """Return ``observation`` as stores hold it; ``restored`` reads it back."""
    fact = observation.fact
    return StoredObservation(
        id=observation.id,
        kind=observation.kind,
        kind_version=observation.kind_version,
        subject=observation.subject,
        source=observation.source,
        observed_at=observation.observed_at,
        last_confirmed_at=observation.last_confirmed_at,
        fields=observation.unread if fact is None else plain_fact(fact),
        not_seen=None if observation.unread is not None else observation.not_seen,
        partly_not_seen=observation.partly_not_seen,
    )


def restored(row: StoredObservation) -> Observation:
    """Return what a store held, in the newest shape of its kind.

    What a newer program stored, and what does not fit its kind, stays in ``unread`` as it was,
    and ``not_seen`` says why it cannot be used.
    """
    fact, not_seen, unread, version = None, row.not_seen, None, row.kind_version
    if row.fields is not None:
        try:
            fact = read_fact(row.kind, version, row.fields)
        except BadFact as error:
            not_seen = NotSeen("nonsense", detail=str(error)[:300])
        else:
            if fact is None:
                not_seen = NotSeen("newer_version", detail=f"{row.kind}/{version}")
        unread = row.fields if fact is None else None
        version = version if fact is None else fact.VERSION
    return Observation(
        id=row.id,
        kind=row.kind,
        kind_version=version,
        subject=row.subject,
        source=row.source,
        observed_at=row.observed_at,
        last_confirmed_at=row.last_confirmed_at,
        fact=fact,
        not_seen=not_seen,
        partly_not_seen=row.partly_not_seen,
        unread=unread,
    )


def first_hand_subjects(observations: Iterable[Observation]) -> set[Subject]:
    """Return what programs really looked at or heard of, of every kind; answers are no look."""
    return {o.subject for o in observations if o.source in FIRST_HAND}


def looked_at(observations: Iterable[Observation]) -> set[Subject]:
    """Return the devices that were really looked at; what somebody said about a phone is no look."""
    return {one for one in first_hand_subjects(observations) if one.kind == "device"}


def seen_from_outside(observations: Iterable[Observation]) -> set[Subject]:
    """Return what was looked at from the Internet: sites, mail domains, addresses."""
    return {one for one in first_hand_subjects(observations) if one.declaration.from_outside}
