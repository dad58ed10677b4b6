"""One incident as it is handed out, in one language; what every form of it is written from."""

import re
from collections.abc import Iterable
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address
from typing import Literal

import msgspec

from tojimari.mail.links import links_in

SightKind = Literal["url", "ip", "sha256"]
SEEN_AT_MOST = 200
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])", re.ASCII)
_SHA256 = re.compile(r"(?<!\w)[0-9a-fA-F]{64}(?!\w)", re.ASCII)


class CaseFile(msgspec.Struct, frozen=True):
    """A piece of evidence. ``sha256``: "" where it was erased."""

    name: str
    size: int
    sha256: str


class CaseLine(msgspec.Struct, frozen=True):
    """A line of the record.

    Attributes:
        kind: its id; ``title``: what that is called.
        text: the words; "" where there are none, or where they were erased.
        written_at, who: when the portal wrote it, and who had it written; "" for the portal itself.
        happened_at, said_by: another time that somebody claims, and who; None and "" for none.
        sayer_erased: whether the name of who claims it was erased: nobody else said so.
        about: the line it corrects or erases something of; 0 for none.
        corrected_by: the line that corrects it; 0 for none.
        erased: what was erased of it, in words.
    """

    number: int
    kind: str
    title: str
    text: str
    written_at: datetime
    who: str
    digest: str
    happened_at: datetime | None = None
    said_by: str = ""
    sayer_erased: bool = False
    about: int = 0
    corrected_by: int = 0
    erased: tuple[str, ...] = ()
    file: CaseFile | None = None

    @property
    def at(self) -> datetime:
        """When it happened, as far as anybody says."""
        return self.happened_at or self.written_at


class CaseHead(msgspec.Struct, frozen=True):
    """The newest signed head. ``stamped_at``: the moment of its time stamp; None for none."""

    number: int
    digest: str
    kid: str
    made_at: datetime
    stamped_at: datetime | None = None


class Case(msgspec.Struct, frozen=True):
    """One incident.

    Attributes:
        reference: what people call it by: the beginning of its id.
        answers: (question, answer) in words.
        devices, persons: names of what and who was touched, each once.
        done: what was done, in words, with when.
        told: who was told, and when.
        issuer: address of the portal.
        broken: line at which the record is not as it was written; 0 where it is whole.
    """

    id: str
    reference: str
    title: str
    company: str
    known_at: datetime
    closed_at: datetime | None
    made_at: datetime
    summary: str
    learned: str
    lines: tuple[CaseLine, ...]
    head: CaseHead | None = None
    answers: tuple[tuple[str, str], ...] = ()
    devices: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    done: tuple[tuple[str, datetime], ...] = ()
    told: tuple[tuple[str, datetime], ...] = ()
    issuer: str = ""
    broken: int = 0


class Seen(msgspec.Struct, frozen=True):
    """An address or digest that somebody wrote down. Nobody judged it."""

    kind: SightKind
    value: str
    line: int


def seen_in(lines: Iterable[CaseLine]) -> list[Seen]:
    """Return the web addresses, IP addresses and digests in the words of lines, each once."""
    found: dict[tuple[str, str], Seen] = {}
    for line in lines:
        if line.corrected_by:
            continue
        for one in _in_text(line.text):
            found.setdefault(one, Seen(*one, line.number))  # type: ignore[arg-type]
    return list(found.values())[:SEEN_AT_MOST]


def _in_text(text: str) -> Iterable[tuple[str, str]]:
    for one in links_in(text, "text", 20):
        if one.target.lower().startswith(("http://", "https://")):
            yield "url", one.target
    for match in _IP.finditer(text):
        try:
            yield "ip", str(IPv4Address(match.group()))
        except AddressValueError:
            continue
    for match in _SHA256.finditer(text):
        yield "sha256", match.group().lower()
