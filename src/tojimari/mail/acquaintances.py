"""Whom a company knows: its own domains, its contacts, and since when. All of it optional, none of it sent.

The verdict reads it and changes nothing. Whoever fills it (the portal from its own memory, the
command from its options) calls :func:`gather_known`; fields that stay empty simply say nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.signals.names import plain

Expected = Literal["", "yes", "no"]
"""The reader's answer to "did you expect it?"; "" where nobody asked or nobody knows."""


class Contact(msgspec.Struct, frozen=True):
    """Somebody the company deals with, or one of its own people.

    Attributes:
        address: the mail address, or only a domain where any address of it is meant.
        names: how mails show this sender; none where that is not known.
    """

    address: str
    names: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """What the company knows, in the form in which it is looked up. Made by :func:`gather_known`.

    Attributes:
        own: its own registered domains.
        contacts: registered domains of those it deals with; none that anybody can have an address in.
        addresses: whole addresses of those it deals with and of its own people, in lower case.
        names: name as it is compared -> registered domains and whole addresses that it is known from.
        first_seen: sender, as :func:`remembered_as` has it -> day of the first mail from it.
        since: from which day mails were remembered; None: not at all, so nobody is new.
        today: the day of the verdict; None where newness is not asked.
        expected: whether the reader expected this mail.
        key: of the digests that stand for free addresses in ``first_seen``; b"" for none.
    """

    own: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    names: dict[str, frozenset[str]] = {}
    first_seen: dict[str, date] = {}
    since: date | None = None
    today: date | None = None
    expected: Expected = ""
    key: bytes = b""


def gather_known(
    own: Iterable[str] = (),
    contacts: Iterable[Contact] = (),
    first_seen: Mapping[str, date] | None = None,
    *,
    since: date | None = None,
    today: date | None = None,
    expected: Expected = "",
    key: bytes = b"",
) -> Known:
    """Return what a company knows, ready for the verdict.

    ``own``: its domains. ``contacts``: those it deals with and its own people (whose names a false
    boss bears). ``first_seen``: sender, as :func:`remembered_as` has it, -> the first day.
    """
    own_domains = frozenset(owner_domain(each.lower()) for each in own)
    domains, addresses = set(), set()
    names: dict[str, set[str]] = {}
    for contact in contacts:
        address = contact.address.strip().lower()
        domain = owner_domain(address.rpartition("@")[2])
        if not domain:
            continue
        everybody = domain in mail_of_everybody()
        if "@" in address:
            addresses.add(address)
        if not everybody and domain not in own_domains:
            domains.add(domain)
        for name in contact.names:
            names.setdefault(plain(name), set()).add(address if everybody else domain)
    return Known(
        own_domains,
        frozenset(domains),
        frozenset(addresses),
        {name: frozenset(where) for name, where in names.items() if name},
        dict(first_seen or {}),
        since,
        today,
        expected,
        key,
    )


def remembered_as(address: str, key: bytes = b"") -> str:
    """Return by what a sender is remembered: the registered domain, of a free address the whole one.

    ``key`` (64 bytes at most): a digest by it stands for a free address, which is a person's.
    """
    plain_address = address.strip().lower()
    domain = owner_domain(plain_address.rpartition("@")[2])
    if domain not in mail_of_everybody():
        return domain
    return f"#{_digest(plain_address, key)}" if key else plain_address


def _digest(address: str, key: bytes) -> str:
    import hashlib  # OpenSSL comes with it, 4 MB that the command does without

    return hashlib.blake2b(address.encode("utf-8", "replace"), digest_size=16, key=key).hexdigest()
