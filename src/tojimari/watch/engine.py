"""What an engine is to those who hear it: what it guards, where it writes, what its lines mean.

A new engine is one module in ``tojimari.watch.engines`` that calls ``declare``.
"""

import pkgutil
from calendar import isleap
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Literal, TypeVar

import msgspec

from tojimari.model import TojimariError
from tojimari.watch.signal import LONGEST_WORD, Signal

Guards = Literal["endpoint", "network", "names", "decoy", "accounts", "records"]
"""What an engine watches: the device itself, the network's door, names that are looked up, a thing
that nobody has business with, log-ins, the machine's records."""


class Unreadable(ValueError):
    """A line that is not what the engine writes."""


class Hearing(msgspec.Struct, frozen=True):
    """What is known when a line is read.

    Attributes:
        zone: time zone of engines that write local time without it.
        now: when the line is read (UTC).
        guests: interfaces of networks that are for visitors.
    """

    zone: tzinfo
    now: datetime
    guests: Collection[str] = ()

    def is_guests(self, interface: str) -> bool:
        """Whether visitors come in there: as the box says, or as its name does ("guest0").

        Their devices are always new and nobody's here: what they are and where they call is passed
        over. What they do wrong is not.
        """
        return interface in self.guests or interface.startswith("guest")


Meaning = Callable[[bytes, Hearing], Iterable[Signal]]


class Engine(msgspec.Struct, frozen=True):
    """One engine.

    Attributes:
        id: what people type.
        title: its own name.
        guards: what it watches.
        usual: where it usually writes.
        signals_of: what one of its lines says; raises Unreadable for what is none of its lines.
        kinds: kinds of signal that it may give.
        whole_network: whether it speaks for the network around it and not for one device.
        beats: whether a working engine writes at least once a day, even when nothing happens.
        proof: how its mapping was tried: with the engine itself, or with what others published.
    """

    id: str
    title: str
    guards: Guards
    usual: tuple[str, ...]
    signals_of: Meaning
    kinds: tuple[str, ...]
    proof: Literal["engine", "published"]
    whole_network: bool = False
    beats: bool = False


_DECLARED: dict[str, Engine] = {}


def declare(engine: Engine) -> Engine:
    """Add an engine. Raises ValueError where its id is taken."""
    known = _DECLARED.get(engine.id)
    if known is not None and known.signals_of.__module__ != engine.signals_of.__module__:
        raise ValueError(f"the engine {engine.id} is declared twice")
    _DECLARED[engine.id] = engine
    return engine


@cache
def engines() -> Mapping[str, Engine]:
    """Return every engine by its id, found in ``watch/engines``."""
    package = import_module("tojimari.watch.engines")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return MappingProxyType(dict(sorted(_DECLARED.items())))


def engine_of(id_: str) -> Engine:
    """Return the engine called ``id_``. Raises TojimariError that names those there are."""
    try:
        return engines()[id_]
    except KeyError:
        names = ", ".join(engines())
        raise TojimariError(
            f"「{id_[:40]}」という見張りのソフトは知りません。使えるのは {names} です。",
            f"No engine is called {id_[:40]!r}. Known are {names}.",
        ) from None


MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
"""Months as programs write them, whatever the language of the machine."""
_LEAP = 5
"""Years among which one is a leap year that has begun."""

T = TypeVar("T")


def record_of(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """Return what a line of JSON holds. Raises Unreadable.

    Bytes that are no UTF-8 are replaced: somebody may have sent them to have the line passed over.
    """
    try:
        try:
            return decoder.decode(line)
        except UnicodeDecodeError:
            return decoder.decode(text_of(line))
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Unreadable("no JSON of this engine") from error


def text_of(line: bytes) -> str:
    """Return a line as text; what is no UTF-8 is replaced."""
    return line.decode("utf-8", "replace")


def word(text: object) -> str:
    """Return what is kept of a name: one short line without signs that steer a terminal."""
    letters = str(text)[: LONGEST_WORD * 2]
    if letters.isascii() and letters.isprintable() and " " not in letters:
        return letters[:LONGEST_WORD]
    return " ".join("".join(c if c.isprintable() else " " for c in letters).split())[:LONGEST_WORD]


def moment(text: str, hearing: Hearing) -> datetime:
    """Return an ISO 8601 moment (``+0900`` too) in UTC; without an offset it is local time.

    Raises Unreadable.
    """
    try:
        at = datetime.fromisoformat(text.strip().replace(",", "."))
    except ValueError as error:
        raise Unreadable("no moment") from error
    return placed(at, hearing)


def placed(at: datetime, hearing: Hearing) -> datetime:
    """Return a moment in UTC; without an offset it is local time.

    Raises Unreadable for one at the end of what can be counted: of the year 1, or 9999.
    """
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=hearing.zone)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("no moment") from error


def yearless(text: str, hearing: Hearing) -> datetime:
    """Return the moment (UTC) of syslog's ``Dec  1 09:30:00``, which names no year.

    It is the last such moment that was, with a day's slack for a clock that is ahead: a line of
    December that is read in January is last year's. Raises Unreadable.
    """
    month, day, clock = MONTHS.get(text[:3], 0), text[4:6].replace(" ", "0"), text[7:15]
    latest = hearing.now + timedelta(days=1)
    for year in range(latest.year, latest.year - _LEAP, -1):
        if (month, day) == (2, "29") and not isleap(year):
            continue
        at = moment(f"{year:04}-{month:02}-{day}T{clock}", hearing)
        if at <= latest:
            return at
    raise Unreadable("no moment")


def counted(seconds: float, hearing: Hearing) -> datetime:
    """Return the moment so many seconds after 1970 (UTC). Raises Unreadable."""
    try:
        return datetime.fromtimestamp(seconds, tz=hearing.now.tzinfo)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("no moment") from error
