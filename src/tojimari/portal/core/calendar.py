"""An appointment as a calendar file (iCalendar RFC 5545, sent as iTIP RFC 5546).

A pure function: the same event gives the same bytes. Who moves or cancels an appointment keeps its
``uid`` and raises its ``sequence``; then every calendar replaces what it has. The library is in the
extra ``desk``, which an owner's own computer does without: it is imported only when one is written.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from tojimari.lib.printable import printable
from tojimari.model import TojimariError

METHODS = ("REQUEST", "CANCEL")
Method = Literal["REQUEST", "CANCEL"]
TOKYO = ZoneInfo("Asia/Tokyo")
CONTENT_TYPE = "text/calendar; charset=utf-8; method={}"
"""Of the part of a mail, with the method: without it mail programs show a file and no invitation."""
_PRODUCT = "-//Tojimari//Appointments//EN"


class NoCalendar(TojimariError):
    """The library that writes calendar files is not installed."""


class Party(msgspec.Struct, frozen=True):
    """Somebody who takes part: a mail address, and the name shown; "" for none."""

    address: str
    name: str = ""


class Appointment(msgspec.Struct, frozen=True):
    """One meeting.

    Attributes:
        uid: never changes, unlike anything else of it; unique in the world.
        sequence: 0, and one more with every change and with its cancellation.
        starts, ends: with a zone; shown in the portal's own.
        made_at: when this version was made.
        title, place, words: plain text; control characters go.
        organiser: who invites.
        guests: who is invited.
    """

    uid: str
    sequence: int
    starts: datetime
    ends: datetime
    made_at: datetime
    title: str
    organiser: Party
    guests: tuple[Party, ...] = ()
    place: str = ""
    words: str = ""


def calendar_file(
    appointment: Appointment, method: Method = "REQUEST", zone: ZoneInfo = TOKYO
) -> bytes:
    """Return the file that invites to an appointment, moves it, or calls it off.

    zone: of the calendar; its rules travel with the file. Raises ValueError for a moment without a
    zone, for an end that is not after its start, and for a method of another kind; NoCalendar where
    the extra ``desk`` is not installed.
    """
    moments = (appointment.starts, appointment.ends, appointment.made_at)
    if any(each.tzinfo is None for each in moments) or appointment.ends <= appointment.starts:
        raise ValueError("an appointment has a start, a later end, and both have a zone")
    if method not in METHODS or appointment.sequence < 0:
        raise ValueError("an appointment is asked for or called off, and its changes are counted")
    try:
        from icalendar import Calendar, Event
    except ImportError as error:
        raise _no_calendar() from error
    event = Event()
    event.add("uid", _line(appointment.uid))
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.made_at.astimezone(ZoneInfo("UTC")))
    event.add("dtstart", appointment.starts.astimezone(zone))
    event.add("dtend", appointment.ends.astimezone(zone))
    event.add("summary", _line(appointment.title))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    if appointment.place:
        event.add("location", _line(appointment.place))
    if appointment.words:
        event.add("description", printable(appointment.words, keep="\n"))
    event["organizer"] = _party(appointment.organiser)
    for guest in appointment.guests:
        event.add("attendee", _party(guest, guest=True), encode=False)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


class Day(msgspec.Struct, frozen=True):
    """A whole day on which something ends or is due.

    Attributes:
        uid: the same for the same thing every year, so that a newer file moves it.
        made_at: when that day was set, with a zone.
    """

    uid: str
    day: date
    title: str
    made_at: datetime


def days_file(days: Iterable[Day]) -> bytes:
    """Return a calendar file of whole days. The same days give the same bytes.

    Raises NoCalendar where the extra ``desk`` is not installed.
    """
    try:
        from icalendar import Calendar, Event
    except ImportError as error:
        raise _no_calendar() from error
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    for one in sorted(days, key=lambda day: (day.day, day.uid)):
        event = Event()
        event.add("uid", _line(one.uid))
        event.add("dtstamp", one.made_at.astimezone(ZoneInfo("UTC")))
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", _line(one.title))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _no_calendar() -> NoCalendar:
    return NoCalendar(
        "カレンダーのファイルを作る部品がありません。運営者は `pip install 'tojimari[desk]'` を実行してください。",
        "The part that writes calendar files is missing. The operator runs "
        "`pip install 'tojimari[desk]'`.",
    )


def _line(text: str) -> str:
    return " ".join(printable(text, keep="\n").split())


def _party(party: Party, *, guest: bool = False) -> Any:
    from icalendar import vCalAddress, vText

    found = vCalAddress(f"mailto:{_line(party.address)}")
    # A quote cannot stand in a parameter (RFC 5545, 3.1).
    name = _line(party.name).replace('"', "'")
    if name:
        found.params["cn"] = vText(name)
    if guest:
        found.params["role"] = vText("REQ-PARTICIPANT")
        found.params["partstat"] = vText("NEEDS-ACTION")
        found.params["rsvp"] = vText("TRUE")
    return found
