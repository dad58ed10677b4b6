"""A signal that was seen in a message."""

from collections.abc import Callable, Iterator

import msgspec

from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Message, Place

QUOTE_CHARACTERS = 160


class Seen(msgspec.Struct, frozen=True):
    """A signal in one message.

    Attributes:
        id: the signal's; its points are in ``points.py``, its words in the catalog.
        place: where in the message.
        quote: the words or the name by which it was seen.
        expected: what it pretends to be, where it does; fills the sentence's second place.
        degree: how much of it there is, above 0 to 1.
    """

    id: str
    place: Place
    quote: str = ""
    expected: str = ""
    degree: float = 1.0


Signals = Callable[[Message, Known], Iterator[Seen]]


def quote(text: str) -> str:
    """Return ``text`` on one line, as long as a reason may quote it."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTE_CHARACTERS else f"{line[: QUOTE_CHARACTERS - 1]}…"
