"""Ties rows of a record to each other. Without models: the migration that began it uses it too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tojimari.respond.record import Entry, blind, digest_of, moment_text, new_salt

CHAINED = "chained"


def entry_of(row: Any) -> Entry:
    """Return what is chained of a row."""
    return Entry(
        record=str(row.incident_id),
        number=row.number,
        kind=row.kind,
        written_at=moment_text(row.made_at),
        previous=row.previous,
        happened_at=moment_text(row.at) if row.claimed else "",
        about=row.about,
        size=row.size,
        digests=dict(row.digests),
    )


def tie(row: Any, last: Any | None, *, data: bytes | None = None) -> None:
    """Give a row its number, its salted digests, and its place behind ``last``; data: its file."""
    row.number = last.number + 1 if last is not None else 1
    row.previous = last.digest if last is not None else ""
    row.digests, row.salts = {}, {}
    values: dict[str, bytes] = {
        "who": row.who.encode(),
        "said_by": row.said_by.encode(),
        "text": row.text.encode(),
        "name": row.file_name.encode(),
    }
    if data is not None:
        values["file"] = data
    for name, value in values.items():
        if value or name == "file":
            row.salts[name] = new_salt()
            row.digests[name] = blind(row.salts[name], value)
    row.digest = digest_of(entry_of(row))


def tie_earlier(
    model: Any, rows: Sequence[Any], last: Any | None, now: datetime
) -> tuple[list[Any], Any]:
    """Chain rows that were written before there was a chain, in their order.

    Returns them and a further row, not saved yet, that says how many they are: until then nobody
    would have noticed a change.
    """
    for row in rows:
        row.claimed = row.kind in ("note", "device", "person") and row.at != row.made_at
        if row.by is not None:
            row.who = row.by.name or row.by.email
        tie(row, last)
        last = row
    mark = model(
        company_id=rows[0].company_id,
        incident_id=rows[0].incident_id,
        kind=CHAINED,
        text=str(len(rows)),
        at=now,
        made_at=now,
    )
    tie(mark, last)
    return list(rows), mark
