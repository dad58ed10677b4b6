"""What is known of a company when a paper is written."""

from datetime import date

import msgspec

from tojimari.model import Assessment
from tojimari.papers.paper import Kept


class Person(msgspec.Struct, frozen=True):
    """Somebody who works there."""

    name: str
    part: str = ""


class Contact(msgspec.Struct, frozen=True):
    """Whom the company calls. kind: id of a contact of the catalog; reach: telephone or mail."""

    kind: str
    title: str
    name: str
    reach: str


class Device(msgspec.Struct, frozen=True):
    """A computer that was looked at. seen: the last day; "" for never."""

    name: str
    system: str
    seen: str = ""


class Known(msgspec.Struct, frozen=True):
    """Everything a paper may be made of.

    Attributes:
        company: its name; "" where it is not known.
        assessment: where it stands.
        today: the day on which the paper is made.
        outside: sites, mail domains and lines that were looked at: (what, name).
        due: papers and records of the year: (control id, day or None).
        kept: papers in force, by id of their kind.
    """

    company: str
    assessment: Assessment
    today: date
    people: tuple[Person, ...] = ()
    contacts: tuple[Contact, ...] = ()
    devices: tuple[Device, ...] = ()
    outside: tuple[tuple[str, str], ...] = ()
    due: tuple[tuple[str, date | None], ...] = ()
    kept: dict[str, Kept] = {}
