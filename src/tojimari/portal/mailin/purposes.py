"""Who takes the mail that comes in: an app declares it, with whose mail it takes."""

from collections.abc import Callable
from typing import Any

import msgspec

from tojimari.portal.mailin.discretion import keep_discreet
from tojimari.portal.mailin.models import ReceivedMail

Take = Callable[[ReceivedMail, bytes], str]
"""Deals with a mail and returns its outcome; raises OSError to be asked again later."""
KnownTo = Callable[[Any, str], bool]
"""For a company or organisation and a sender's address: whether mail of theirs is taken."""


class Purpose(msgspec.Struct, frozen=True):
    """A declared purpose.

    Attributes:
        take: deals with a mail.
        known: whose mail is taken; of others an address of a company counts the senders, and one of
            an organisation takes none for now.
        keep: keeps a mail that ``take`` stumbled over, for a person to read, and returns its
            outcome; None where such a mail is erased. With it no mail is ever erased undealt with.
    """

    take: Take
    known: KnownTo
    keep: Take | None = None


_PURPOSES: dict[str, Purpose] = {}


def takes_mail(
    purpose: str, *, known: KnownTo, keep: Take | None = None, discreet: bool = False
) -> Callable[[Take], Take]:
    """Declare the function that deals with mail for ``purpose``. Raises ValueError for a second.

    discreet: who wrote is not told to the company either, in what it takes along.
    """

    def declare(take: Take) -> Take:
        if purpose in _PURPOSES:
            raise ValueError(f"{purpose}: there is such a purpose already")
        _PURPOSES[purpose] = Purpose(take, known, keep)
        if discreet:
            keep_discreet(purpose)
        return take

    return declare


def purpose_of(name: str) -> Purpose:
    """Return what is declared of a purpose. Raises LookupError for one no app declares."""
    return _PURPOSES[name]
