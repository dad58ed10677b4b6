"""What is looked at: a web site and its domain. Read from what the owner typed."""

import contextlib
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec
from publicsuffixlist import PublicSuffixList

from tojimari.collect.host import Refused, Unavailable
from tojimari.collect.outside.door import Door
from tojimari.model import Subject, TojimariError

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class Target(msgspec.Struct, frozen=True):
    """A company as seen from outside.

    Attributes:
        site: host name of the web site, in ASCII, lower case, e.g. ``www.example.co.jp``.
        mail_domain: the registered domain it belongs to.
    """

    site: str
    mail_domain: str


def host_name(text: str) -> str:
    """Return a host name as DNS writes it. Raises TojimariError for what is none."""
    name = text.strip().rstrip(".")
    if "//" in name:
        try:
            name = urlsplit(name).hostname or ""
        except ValueError:
            name = ""
    name = name.partition("/")[0]
    try:
        ascii_ = name.encode("idna").decode().lower()
    except UnicodeError:
        ascii_ = ""
    labels = ascii_.split(".")
    fits = len(ascii_) <= 253 and len(labels) > 1 and all(_LABEL.fullmatch(p) for p in labels)
    if not fits or labels[-1].isdigit():
        raise TojimariError(
            f"「{text[:80]}」はホームページの名前として読めません。example.co.jp のように書いてください。",
            f"{text[:80]!r} is not the name of a web site. Write it like example.co.jp.",
        )
    return ascii_


def mail_domain_of(site: str) -> str:
    """Return the registered domain a site belongs to, e.g. example.co.jp of www.example.co.jp.

    By the list of public suffixes that the library carries; names it does not know stay whole.
    """
    found = PublicSuffixList().privatesuffix(site)
    return str(found) if found else site


def target_of(text: str, *, door: Door) -> Target:
    """Return what the owner means by ``text``; without an address ``www.`` before it is tried.

    Raises TojimariError for what cannot be read, and for a private address without a lab.
    """
    site = host_name(text)
    try:
        door.addresses(site)
    except Refused as error:
        raise TojimariError(
            f"{site} は社内か自分のパソコンを指しています。試験用の自分のサーバーなら --lab を付けてください。",
            f"{site} points to a private address. If it is a test server of your own add --lab.",
        ) from error
    except Unavailable:
        with contextlib.suppress(Unavailable):
            door.addresses(f"www.{site}")
            site = f"www.{site}"
    return Target(site=site, mail_domain=mail_domain_of(site))


def targets_of(subjects: Iterable[Subject]) -> list[Target]:
    """Return a target for each site among ``subjects``, to be looked at again."""
    sites = sorted(subject.id for subject in subjects if subject.kind == "site")
    return [Target(site, mail_domain_of(site)) for site in sites]
