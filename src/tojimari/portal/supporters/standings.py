"""Where each way of showing something stands, in a line: a higher app says it, one page lists all."""

from collections.abc import Callable
from typing import Any

import msgspec


class Standing(msgspec.Struct, frozen=True):
    """How a page stands for a company.

    Attributes:
        words: one line in the reader's language.
        waits: whether somebody waits for the company there.
    """

    words: str
    waits: bool = False


Source = Callable[[Any], Standing | None]
_SOURCES: dict[str, Source] = {}


def standing_comes_from(page: str, source: Source) -> None:
    """Declare what says how ``page`` (a name for ``reverse``) stands for a company."""
    _SOURCES[page] = source


def standing(page: str, company: Any) -> Standing | None:
    """Return how ``page`` stands for ``company``; None where there is nothing to say."""
    source = _SOURCES.get(page)
    return source(company) if source else None
