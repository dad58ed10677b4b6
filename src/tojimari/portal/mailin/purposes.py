"""Who takes the mail that comes in: an app declares it, with whose mail it takes."""

from collections.abc import Callable
from typing import Any

import msgspec

from tojimari.portal.mailin.models import ReceivedMail

Take = Callable[[ReceivedMail, bytes], str]
"""Deals with a mail and returns its outcome; raises OSError to be asked again later."""
KnownTo = Callable[[Any, str], bool]
"""For a company and a sender's address: whether mail of theirs is taken."""


class Purpose(msgspec.Struct, frozen=True):
    """A declared purpose."""

    take: Take
    known: KnownTo


_PURPOSES: dict[str, Purpose] = {}


def takes_mail(purpose: str, *, known: KnownTo) -> Callable[[Take], Take]:
    """Declare the function that deals with mail for ``purpose``. Raises ValueError for a second."""

    def declare(take: Take) -> Take:
        if purpose in _PURPOSES:
            raise ValueError(f"{purpose}: there is such a purpose already")
        _PURPOSES[purpose] = Purpose(take, known)
        return take

    return declare


def purpose_of(name: str) -> Purpose:
    """Return what is declared of a purpose. Raises LookupError for one no app declares."""
    return _PURPOSES[name]
