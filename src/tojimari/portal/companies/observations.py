"""Keeps observations in the database, whatever order they arrive in and however often."""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from django.db import transaction
from django.db.models import Case, F, Q, Value, When, Window
from django.db.models.functions import RowNumber

from tojimari.model import FIRST_HAND, stored
from tojimari.model import Observation as Fact
from tojimari.model.facts import newest_versions
from tojimari.portal.companies.models import Company, Observation, to_model
from tojimari.portal.words import catalog
from tojimari.store.merge import same_fact, slot_of

Sightings = Callable[[str, datetime], tuple[datetime | None, datetime | None]]
"""For a kind and a moment: the last time before and the first time after that it was seen."""


def _saw() -> Q:
    """Return which rows hold a fact seen first hand that this program can read."""
    later: dict[int, list[str]] = {}
    for kind, version in newest_versions().items():
        later.setdefault(version, []).append(kind)
    readable = Q()
    for version, kinds in later.items():
        readable |= Q(kind__in=kinds, kind_version__lte=version)
    return Q(source__in=FIRST_HAND, fields__isnull=False) & readable


def _never(kind: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    return None, None


def current(company: Company, kind: str = "") -> list[Fact]:
    """Return the newest observation of every kind, subject and slot of ``company``.

    Where that one says that nothing was seen, the newest first-hand one that did see comes too,
    and where that one saw a part only, the newest that saw all.

    kind: only this kind of fact; every kind when empty.
    """
    slots = [F("subject_kind"), F("subject_id"), F("kind"), F("slot")]
    newest = [F("last_confirmed_at").desc(), F("observed_at").desc(), F("id").desc()]
    saw = Case(When(_saw(), then=Value(True)), default=Value(False))
    whole = Case(When(_saw() & Q(partly_not_seen={}), then=Value(True)), default=Value(False))
    known = Observation.objects.of(company)
    if kind:
        known = known.filter(kind=kind)
    rows = (
        known.annotate(saw=saw, whole=whole)
        .annotate(
            place=Window(RowNumber(), partition_by=slots, order_by=newest),
            place_of_seen=Window(
                RowNumber(), partition_by=slots, order_by=[F("saw").desc(), *newest]
            ),
            place_of_whole=Window(
                RowNumber(), partition_by=slots, order_by=[F("whole").desc(), *newest]
            ),
        )
        .filter(Q(place=1) | Q(place_of_seen=1, saw=True) | Q(place_of_whole=1, whole=True))
    )
    return [to_model(row) for row in rows.order_by("kind", "slot", "id")]


def keep(company: Company, facts: Iterable[Fact], *, sightings: Sightings = _never) -> int:
    """Save ``facts`` in one transaction; returns how many rows were added.

    A row stands for "seen so, without a break, from ``observed_at`` to ``last_confirmed_at``".
    What is in the database afterwards does not depend on the order in which facts arrive, as long
    as ``sightings`` knows when each kind was seen before: a fact that turns up late in the middle
    of a row splits it at the sightings around it.
    """
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        return sum(_keep_one(company, fact, sightings) for fact in facts)


def _keep_one(company: Company, fact: Fact, sightings: Sightings) -> int:
    at = fact.observed_at
    rows = Observation.objects.of(company).filter(
        subject_kind=fact.subject.kind,
        subject_id=fact.subject.id,
        kind=fact.kind,
        slot=slot_of(fact),
    )
    before = rows.filter(observed_at__lte=at).order_by("-observed_at", "-last_confirmed_at").first()
    after = rows.filter(observed_at__gt=at).order_by("observed_at").first()
    if before is not None and _same(before, fact):
        if before.last_confirmed_at < at:
            before.last_confirmed_at = at
            if after is not None and _same(after, fact):
                before.last_confirmed_at = after.last_confirmed_at
                after.delete()
            before.save(update_fields=["last_confirmed_at"])
        return 0
    if before is not None and before.last_confirmed_at >= at:
        return _split(before, fact, at, sightings)
    if after is not None and _same(after, fact):
        after.observed_at = at
        after.save(update_fields=["observed_at"])
        return 0
    _insert(company, fact)
    return 1


def _same(row: Observation, fact: Fact) -> bool:
    return same_fact(to_model(row), fact, catalog())


def _split(row: Observation, fact: Fact, at: datetime, sightings: Sightings) -> int:
    """Put ``fact`` inside ``row``, which was seen before and after it."""
    earlier, later = sightings(fact.kind, at)
    end = row.last_confirmed_at
    if row.observed_at == at:
        # Two different facts for the same moment: the one that is there stays the first.
        _insert(row.company, fact)
        return 1
    row.last_confirmed_at = max(row.observed_at, min(earlier or row.observed_at, end))
    row.save(update_fields=["last_confirmed_at"])
    _insert(row.company, fact)
    if end > at:
        row.pk = uuid.uuid4()
        row._state.adding = True
        row.observed_at = min(later or end, end)
        row.last_confirmed_at = end
        row.save(force_insert=True)
        return 2
    return 1


def _insert(company: Company, fact: Fact) -> None:
    row = stored(fact)
    Observation.objects.of(company).create(
        company=company,
        kind=row.kind,
        kind_version=row.kind_version,
        subject_kind=row.subject.kind,
        subject_id=row.subject.id,
        slot=slot_of(fact),
        source=row.source,
        observed_at=row.observed_at,
        last_confirmed_at=row.last_confirmed_at,
        fields=row.fields,
        not_seen=msgspec.to_builtins(row.not_seen),
        partly_not_seen=msgspec.to_builtins(row.partly_not_seen),
    )
