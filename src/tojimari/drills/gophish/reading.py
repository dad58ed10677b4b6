"""Results that GoPhish exported, read for what can honestly be said of them.

GoPhish calls every fetch of a link a click. Here it is a fetch; only a form that was sent in is a
step, and of that form nothing is kept.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from tojimari.drills.events import DrillEvent, EventKind
from tojimari.drills.gophish.errors import BadGophishFile
from tojimari.drills.gophish.groups import mail_address
from tojimari.drills.gophish.results import EVENT_COLUMNS, MESSAGES, PERSON
from tojimari.drills.gophish.table import lines
from tojimari.drills.outcome import Outcome

BYTES_AT_MOST = 20_000_000
_ROWS_AT_MOST = 200_000
_DETAILS_LETTERS = 20_000
_KINDS: dict[str, EventKind] = {
    **{message: kind for kind, message in MESSAGES.items()},
    "Clicked Link": "fetched",
    "Submitted Data": "typed",
}
_OPENED = "Email Opened"
_NEVER_SENT = frozenset({"Error", "Scheduled", "Sending", "Retrying", ""})


class ReadResults(msgspec.Struct, frozen=True):
    """What a file held.

    Attributes:
        events: of a file of raw events, for ``machines.judge``; empty of a file of results.
        outcomes: of a file of results, where no times tell machines apart; empty of raw events.
        fetched: people whose link was asked for, by whatever.
        opened: tracking pictures that were loaded; they say nothing and are left out.
        left_out: lines that could not be used.
    """

    events: tuple[DrillEvent, ...] = ()
    outcomes: dict[str, Outcome] = {}
    fetched: int = 0
    opened: int = 0
    left_out: int = 0


class _Details(msgspec.Struct):
    browser: dict[str, object] = {}


def read_results(data: bytes) -> ReadResults:
    """Return what GoPhish exported: raw events, or results.

    Raises BadGophishFile where it is neither, or too large.
    """
    rows = lines(data, BYTES_AT_MOST)
    _, headings = next(rows, (1, []))
    columns = {heading.strip().lower(): number for number, heading in enumerate(headings)}
    if set(EVENT_COLUMNS[1:4]) <= set(columns):
        return _events(rows, columns)
    if {"email", "status", "reported"} <= set(columns):
        return _results(rows, columns)
    raise BadGophishFile(
        "GoPhishの結果ではありません。「Raw Events」または「Results」のCSVを選んでください。",
        "These are no results of GoPhish. Choose the CSV “Raw Events” or “Results”.",
    )


def _at(row: list[str], columns: dict[str, int], name: str) -> str:
    number = columns.get(name, len(row))
    return row[number].strip() if number < len(row) else ""


def _time(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", written[:40]))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _counted(rows: Iterator[tuple[int, list[str]]]) -> Iterator[list[str]]:
    for number, (_, row) in enumerate(rows):
        if number >= _ROWS_AT_MOST:
            raise BadGophishFile(
                f"{_ROWS_AT_MOST:,}行を超えています。分けて読み込んでください。",
                f"There are more than {_ROWS_AT_MOST:,} lines. Split the file.",
            )
        yield row


def _events(rows: Iterator[tuple[int, list[str]]], columns: dict[str, int]) -> ReadResults:
    found: list[DrillEvent] = []
    opened = left_out = 0
    for row in _counted(rows):
        message, details = _at(row, columns, "message"), _at(row, columns, "details")
        email = mail_address(_at(row, columns, "email")).lower()
        at = _time(_at(row, columns, "time"))
        if message == _OPENED:
            opened += 1
            continue
        kind = _KINDS.get(message)
        if kind is None or at is None or not email:
            left_out += message not in ("Campaign Created", "Campaign Complete")
            continue
        address, agent = _browser(details)
        ours = kind == "fetched" and details == PERSON
        found.append(
            DrillEvent("opened" if ours else kind, email, at, address=address, agent=agent)
        )
    fetched = len({one.recipient for one in found if one.kind == "fetched"})
    return ReadResults(tuple(found), fetched=fetched, opened=opened, left_out=left_out)


def _browser(details: str) -> tuple[str, str]:
    """Return address and agent; what was typed into a form is not looked at."""
    if len(details) > _DETAILS_LETTERS or not details.startswith("{"):
        return "", ""
    try:
        browser = msgspec.json.decode(details, type=_Details).browser
    except (msgspec.DecodeError, RecursionError):
        return "", ""
    address, agent = browser.get("address"), browser.get("user-agent")
    return (
        address[:60] if isinstance(address, str) else "",
        agent[:300] if isinstance(agent, str) else "",
    )


def _results(rows: Iterator[tuple[int, list[str]]], columns: dict[str, int]) -> ReadResults:
    outcomes: dict[str, Outcome] = {}
    fetched = left_out = 0
    for row in _counted(rows):
        email = mail_address(_at(row, columns, "email")).lower()
        if not email or email in outcomes:
            left_out += 1
            continue
        status, at = _at(row, columns, "status"), _time(_at(row, columns, "send_date"))
        changed = _time(_at(row, columns, "modified_date"))
        reported = _at(row, columns, "reported").lower() == "true"
        submitted = status == "Submitted Data"
        asked = submitted or status == "Clicked Link"
        fetched += asked
        outcomes[email] = Outcome(
            sent_at=at,
            delivered=status not in _NEVER_SENT,
            typed_at=(changed or at) if submitted else None,
            reported_at=(changed or at) if reported else None,
            fetches=int(asked),
            unclear=int(asked and not submitted),
        )
    return ReadResults(outcomes=outcomes, fetched=fetched, left_out=left_out)
