"""A signal that was seen in a message."""

import re
from collections.abc import Callable, Iterator

import msgspec

from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Message, Place

QUOTE_CHARACTERS = 160
_BEFORE, _AFTER = 30, 40
_SENTENCE_ENDS = re.compile(r"[\n。！？]|[.!?](?=\s)")


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


def around(text: str, first: int, end: int) -> str:
    """Return a place in a text with what stands around it in its sentence, for a reason to quote.

    It begins and ends with whole words, so that it reads well and is found again in the mail.
    """
    begin = max(0, first - _BEFORE)
    before, after = text[begin:first], text[end : end + _AFTER]
    ends = list(_SENTENCE_ENDS.finditer(before))
    if ends:
        before = before[ends[-1].end() :]
    elif begin and not text[begin - 1].isspace():
        before = before.partition(" ")[2] if " " in before else before
    if closing := _SENTENCE_ENDS.search(after):
        after = after[: closing.end()]
    elif len(after) == _AFTER and " " in after:
        after = after.rpartition(" ")[0]
    return quote(before + text[first:end] + after)
