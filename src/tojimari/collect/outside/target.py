"""What is looked at: a web site, its domain, an address. Read from what the owner typed."""

import contextlib
import ipaddress
import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import urlsplit

import msgspec
from publicsuffixlist import PublicSuffixList

from tojimari.collect.host import Refused, Unavailable
from tojimari.collect.outside.door import Door
from tojimari.collect.outside.records import exists
from tojimari.model import Subject, TojimariError

_KNOCK_SECONDS = 3.0
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class Target(msgspec.Struct, frozen=True):
    """A company as seen from outside.

    Attributes:
        site: host name of the web site, in ASCII, lower case, e.g. ``www.example.co.jp``.
        mail_domain: the registered domain it belongs to.
        address: IP address of the company's own line, "" when none was named.
        registration: what the register of domains says (RDAP or WHOIS), when the owner gave it.
    """

    site: str = ""
    mail_domain: str = ""
    address: str = ""
    registration: bytes | None = None

    def has(self, part: str) -> bool:
        """Say whether a part (site, address, registration) was named.

        What the register says is about the domain, so it counts only with one.
        """
        return bool(getattr(self, part)) and (part != "registration" or bool(self.mail_domain))


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


@cache
def suffixes(*, registries_only: bool = False) -> PublicSuffixList:
    """Return the list of public suffixes, read once; with or without providers' own names."""
    return PublicSuffixList(only_icann=registries_only)


def mail_domain_of(site: str) -> str:
    """Return the registered domain a site belongs to, e.g. example.co.jp of www.example.co.jp.

    By the list of public suffixes that the library carries; names it does not know stay whole.
    Returns "" for a name below a provider's own domain: its mail is the provider's affair.
    """
    found = suffixes().privatesuffix(site)
    if found and found != suffixes(registries_only=True).privatesuffix(site):
        return ""
    return str(found) if found else site


def target_of(text: str, *, door: Door) -> Target:
    """Return what the owner means by ``text``; where no web server answers, ``www.`` is tried.

    Raises TojimariError for what cannot be read, for a name that DNS does not know, and for a
    private address without a lab.
    """
    site = host_name(text)
    try:
        door.addresses(site)
        if _answers(door, site):
            return Target(site=site, mail_domain=mail_domain_of(site))
    except Refused as error:
        raise TojimariError(
            f"{site} は社内か自分のパソコンを指しています。試験用の自分のサーバーなら --lab を付けてください。",
            f"{site} points to a private address. If it is a test server of your own add --lab.",
        ) from error
    except Unavailable:
        with contextlib.suppress(Unavailable):
            door.addresses(f"www.{site}")
            return Target(site=f"www.{site}", mail_domain=mail_domain_of(site))
        _refuse_unknown(site, door)
    else:
        with contextlib.suppress(Unavailable):
            if _answers(door, f"www.{site}"):
                site = f"www.{site}"
    return Target(site=site, mail_domain=mail_domain_of(site))


def _answers(door: Door, site: str) -> bool:
    """Say whether there is a web server. Raises Unavailable where the name has no address."""
    door.addresses(site)
    for port in (443, 80):
        with contextlib.suppress(Unavailable):
            door.connect(site, port, seconds=_KNOCK_SECONDS).close()
            return True
    return False


def _refuse_unknown(site: str, door: Door) -> None:
    """Raise TojimariError where DNS says that there is no such name; silence says nothing."""
    with contextlib.suppress(Unavailable):
        if exists(door, site):
            return
        raise TojimariError(
            f"{site} という名前は見つかりません。つづりを確かめてください。正しければ、インターネットに"
            "つながっているか、ドメインの期限が切れていないかを確かめてください。",
            f"There is no such name as {site}. Check the spelling; if it is right, check that you are "
            "connected to the Internet and that the domain has not expired.",
        )


def targets_of(subjects: Iterable[Subject]) -> list[Target]:
    """Return a target for each site and address among ``subjects``, to be looked at again."""
    known = sorted(subjects)
    sites = [subject.id for subject in known if subject.kind == "site"]
    return [
        *(Target(site, mail_domain_of(site)) for site in sites),
        *(Target(address=subject.id) for subject in known if subject.kind == "network"),
    ]


def address_of(text: str, *, door: Door) -> str:
    """Return an IP address as the owner typed it. Raises TojimariError for one not to be tried."""
    try:
        address = str(ipaddress.ip_address(text.strip()))
    except ValueError as error:
        raise TojimariError(
            f"「{text[:80]}」はIPアドレスとして読めません。203.0.113.5 のように書いてください。",
            f"{text[:80]!r} is no IP address. Write it like 203.0.113.5.",
        ) from error
    try:
        door.addresses(address)
    except Unavailable as error:
        raise TojimariError(
            f"{address} は社内のアドレスで、外からは見えません。ルーターの外側のアドレスを書いてください。"
            "試験用の自分の機器なら --lab を付けてください。",
            f"{address} is a private address that nobody sees from outside. Give the address on the "
            "outer side of the router. If it is a test machine of your own add --lab.",
        ) from error
    return address
