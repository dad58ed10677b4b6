"""Results in the columns of GoPhish, as far as they are known here."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from tojimari.drills.events import DrillEvent, EventKind
from tojimari.drills.gophish.groups import Person
from tojimari.drills.outcome import Outcome
from tojimari.lib.formulas import guard

COLUMNS = (
    "id",
    "status",
    "ip",
    "latitude",
    "longitude",
    "send_date",
    "reported",
    "modified_date",
    "email",
    "first_name",
    "last_name",
    "position",
)
"""GoPhish's own; ``ip`` and the places stay empty: nobody's whereabouts are handed on."""
EVENT_COLUMNS = ("campaign_id", "email", "time", "message", "details")
PERSON = "step of a person"
"""Details of a step on our page: what GoPhish calls a click is any fetch."""
MESSAGES: dict[EventKind, str] = {
    "accepted": "Email Sent",
    "refused": "Error Sending Email",
    "opened": "Clicked Link",
    "typed": "Form Entered",
    "replied": "Email Replied",
    "attachment": "Attachment Called",
    "reported": "Email Reported",
    "fetched": "Link Fetched",
}


class ResultRow(msgspec.Struct, frozen=True):
    """One person of a drill and what counts; ``id`` is any text that is the same each time."""

    id: str
    person: Person
    outcome: Outcome


def _status(outcome: Outcome) -> str:
    """Return GoPhish's word. Nobody's data is ever submitted here, so that word is not used."""
    if outcome.fell_for_it:
        return "Clicked Link"
    if outcome.delivered:
        return "Email Sent"
    return "Error" if outcome.sent_at is not None else "Scheduled"


def _said(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else ""


def results_csv(rows: Iterable[ResultRow]) -> str:
    """Return the results as CSV with GoPhish's columns, cells kept from being read as formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        did = row.outcome
        times = (did.sent_at, did.clicked_at, did.typed_at, did.replied_at, did.attachment_at)
        changed = max((at for at in (*times, did.reported_at) if at is not None), default=None)
        cells = (
            row.id,
            _status(did),
            "",
            "",
            "",
            _said(did.sent_at),
            "true" if did.reported_at is not None else "false",
            _said(changed),
            row.person.email,
            row.person.first_name,
            row.person.last_name,
            row.person.position,
        )
        writer.writerow([guard(cell) for cell in cells])
    return out.getvalue()


def events_csv(
    events: Iterable[DrillEvent], people: Mapping[str, Person], campaign: str = ""
) -> str:
    """Return raw events as CSV with GoPhish's columns; no address, no program's name.

    people: recipient -> whose mail it was; events of others are left out. What has no word of
    GoPhish's (a fetch, a form gone into) has one of ours.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(EVENT_COLUMNS)
    for one in sorted(events, key=lambda one: (one.at, one.recipient, one.kind)):
        message = MESSAGES.get(one.kind)
        if message is None or one.recipient not in people:
            continue
        details = PERSON if one.kind == "opened" else ""
        cells = (campaign, people[one.recipient].email, _said(one.at), message, details)
        writer.writerow([guard(cell) for cell in cells])
    return out.getvalue()
