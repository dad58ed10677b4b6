"""What is looked at: a web site, a mail domain, an address. Read from what the owner typed."""

import ipaddress
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
        mail_domain: what stands behind the @ of its mail addresses.
        address: host name or IP address whose doors are tried; "" for none.
    """

    site: str
    mail_domain: str
    address: str = ""


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


def target_of(text: str, *, mail: str | None, address: str, door: Door) -> Target:
    """Return what the owner means by ``text``; without an address ``www.`` before it is tried.

    mail: the mail domain where it is another one. address: host name or IP whose doors are tried.
    Raises TojimariError for what cannot be read, and where no such site is known.
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
        try:
            door.addresses(f"www.{site}")
            site = f"www.{site}"
        except Unavailable:
            pass  # no site there; mail domain and DNS are still worth a look
    return Target(
        site=site,
        mail_domain=host_name(mail) if mail else mail_domain_of(host_name(text)),
        address=_address(address) if address else "",
    )


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return host_name(text)


def targets_of(subjects: Iterable[Subject]) -> list[Target]:
    """Return targets that cover everything that was looked at before: each subject once."""
    sites = sorted(s.id for s in subjects if s.kind == "site")
    domains = sorted(s.id for s in subjects if s.kind == "mail_domain")
    addresses = sorted(s.id for s in subjects if s.kind == "network" and s.id)
    longest = max(len(sites), len(domains), len(addresses), 0)
    columns = (sites, domains, addresses)
    return [
        Target(*(column[number] if number < len(column) else "" for column in columns))
        for number in range(longest)
    ]
