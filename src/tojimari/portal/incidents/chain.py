"""The record's chain: lines are added at its end, one writer at a time, and read for checking."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import pre_delete
from django.utils import timezone

from tojimari.portal.core.sealing import seal, unseal
from tojimari.portal.incidents.models import (
    AUTHOR_LETTERS,
    FILE_NAME_LETTERS,
    Incident,
    IncidentEntry,
    IncidentFile,
)
from tojimari.portal.incidents.tying import entry_of, tie, tie_earlier
from tojimari.respond.record import Checked, Leaf, Shown, check_lines

_PURPOSE = "tojimari incident file 1"
_VALUES = {"who": "who", "said_by": "said_by", "text": "text", "name": "file_name"}
"""Leaf -> the column it stands in."""


def append(
    incident: Incident,
    kind: str,
    text: str = "",
    *,
    by: Any = None,
    at: datetime | None = None,
    said_by: str = "",
    about: int = 0,
    file: tuple[str, bytes] | None = None,
) -> IncidentEntry:
    """Write a line at the end of a record.

    at: when it happened, where somebody says another time than now. said_by: who says so.
    file: name and content of a piece of evidence.
    """
    now = timezone.now()
    length = IncidentEntry._meta.get_field("text").max_length
    row = IncidentEntry(
        company_id=incident.company_id,
        incident=incident,
        kind=kind,
        text=text[:length],
        at=at or now,
        claimed=at is not None,
        said_by=said_by,
        made_at=now,
        by=by,
        who=_name(by),
        about=about,
        file_name=file[0][:FILE_NAME_LETTERS] if file else "",
        size=len(file[1]) if file else 0,
    )
    with transaction.atomic():
        # One writer at a time: the row is locked on PostgreSQL, all of the database on SQLite.
        Incident.objects.of(incident.company_id).select_for_update().get(pk=incident.pk)
        tie(row, catch_up(incident), data=file[1] if file else None)
        row.save(force_insert=True)
        if file is not None:
            _keep_file(row, file[1])
    return row


def _name(by: Any) -> str:
    """Return the name of who writes; the owner of this very computer may have none."""
    if by is None:
        return ""
    return str(by.name if settings.LOCAL else by)[:AUTHOR_LETTERS]


def _keep_file(row: IncidentEntry, data: bytes) -> None:
    kept = IncidentFile(
        company_id=row.company_id,
        entry=row,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
    )
    kept.sealed = seal(data, purpose=_PURPOSE, about=str(kept.pk))
    kept.save(force_insert=True)


def opened_file(kept: IncidentFile) -> bytes:
    """Return the bytes of a piece of evidence. Raises core.sealing.Sealed."""
    return unseal(bytes(kept.sealed), purpose=_PURPOSE, about=str(kept.pk))


def catch_up(incident: Incident) -> IncidentEntry | None:
    """Chain rows that are not yet, of a backup from before the chain; returns the last line.

    Two who look at the same record at once chain it once: the second finds nothing left.
    """
    rows = IncidentEntry.objects.of(incident.company_id).filter(incident=incident)
    unchained = rows.filter(number=None).select_related("by").order_by("made_at", "pk")
    numbered = rows.filter(number__isnull=False).order_by("-number")
    if unchained.exists():
        with transaction.atomic():
            Incident.objects.of(incident.company_id).select_for_update().get(pk=incident.pk)
            earlier = list(unchained.all())
            if earlier:
                made, mark = tie_earlier(IncidentEntry, earlier, numbered.first(), timezone.now())
                for row in made:
                    row.save()
                mark.save(force_insert=True)
    last: IncidentEntry | None = numbered.first()
    return last


def erase(row: IncidentEntry, leaves: tuple[str, ...], by: Any) -> None:
    """Take words, a name or a file of a line away, with its salt; a new line says who did.

    The digest stays, and the chain is whole. What is erased already is passed over.
    """
    with transaction.atomic():
        incident = Incident.objects.of(row.company_id).select_for_update().get(pk=row.incident_id)
        found = IncidentEntry.objects.of(row.company_id).get(pk=row.pk)
        gone = [name for name in leaves if name in found.salts]
        if not gone:
            return
        _take_away(found, gone)
        if "file" in gone:
            IncidentFile.objects.of(row.company_id).filter(entry=found).delete()
        append(incident, IncidentEntry.ERASED, " ".join(gone), by=by, about=found.number or 0)


def _take_away(row: IncidentEntry, leaves: list[str]) -> None:
    row.salts = {name: salt for name, salt in row.salts.items() if name not in leaves}
    columns = [_VALUES[name] for name in leaves if name in _VALUES]
    for column in columns:
        setattr(row, column, "")
    if "who" in leaves:  # nor does an account tell the name
        row.by = None
        columns.append("by")
    row.save(update_fields=["salts", *columns])


def forget_author(sender: Any, instance: Any, **_: Any) -> None:
    """Take the name of somebody whose account is deleted from the lines they wrote."""
    rows = IncidentEntry.objects.across("somebody deletes their account").filter(by=instance)
    written = rows.order_by("incident").values_list("company", "incident").distinct()
    for company, incident in list(written):
        with transaction.atomic():
            # Read under the lock: else a salt that is just being erased would come back.
            Incident.objects.of(company).select_for_update().filter(pk=incident).first()
            for row in IncidentEntry.objects.of(company).filter(incident=incident, by=instance):
                if "who" in row.salts:
                    _take_away(row, ["who"])


def listen() -> None:
    """Take names away when accounts are deleted."""
    pre_delete.connect(forget_author, sender=settings.AUTH_USER_MODEL, dispatch_uid="record names")


def lines_of(incident: Incident, members: dict[int, str] | None = None) -> list[Shown]:
    """Return the lines of a record as they are exported and checked.

    members: line -> name of the part of an export that holds its file.
    """
    with transaction.atomic():
        Incident.objects.of(incident.company_id).select_for_update().get(pk=incident.pk)
        catch_up(incident)
        rows = list(
            IncidentEntry.objects.of(incident.company_id)
            .filter(incident=incident)
            .order_by("number")
        )
    return [_shown(row, (members or {}).get(row.number or 0, "")) for row in rows]


def check_rows(incident: Incident, rows: Iterable[IncidentEntry]) -> Checked:
    """Return whether rows that were read already are the record; ``catch_up`` came before."""
    in_turn = sorted(rows, key=lambda row: row.number or 0)
    return check_lines(str(incident.pk), [_shown(row, "") for row in in_turn])


def _shown(row: IncidentEntry, member: str) -> Shown:
    leaves = {
        name: Leaf(salt, member if name == "file" else getattr(row, _VALUES[name]))
        for name, salt in row.salts.items()
    }
    return Shown(entry_of(row), row.digest, leaves)


def checked_lines(incident: Incident) -> Checked:
    """Return whether the lines in the database are whole; files are checked where they are read."""
    return check_lines(str(incident.pk), lines_of(incident))
