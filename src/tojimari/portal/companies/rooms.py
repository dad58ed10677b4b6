"""Places a person may go to first, beside their companies: the app that has them declares them."""

from collections.abc import Callable
from typing import Any

import msgspec


class Room(msgspec.Struct, frozen=True):
    """A place: what it is called in the reader's language, and its address."""

    title: str
    address: str


Rooms = Callable[[Any], list[Room]]
"""For a person, their places of one kind."""

_SOURCES: list[Rooms] = []


def rooms_come_from(rooms: Rooms) -> None:
    """Declare where places come from; declaring the same again changes nothing."""
    if rooms not in _SOURCES:
        _SOURCES.append(rooms)


def rooms_of(user: Any) -> list[Room]:
    """Return the places of a person, as the apps declare them."""
    return [room for rooms in _SOURCES for room in rooms(user)]
