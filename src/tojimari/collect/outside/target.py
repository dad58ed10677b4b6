"""What is looked at: a web site, its domain, an address. Read from what the owner typed."""

import contextlib
import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.records import exists
from tojimari.knowledge.domains import organisational_domain, registered_domain
from tojimari.knowledge.rented import mail_of_everybody, rented_names
from tojimari.lib.printable import printable
from tojimari.model import Subject, TojimariError, ascii_form, shown_name

_KNOCK_SECONDS = 3.0
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_TYPED = 1000
"""Characters that are looked at of what somebody typed."""


class Target(msgspec.Struct, frozen=True):
    """A company as seen from outside.

    Attributes:
        site: host name of the web site, in ASCII, lower case, e.g. ``www.example.co.jp``.
        mail_domain: the domain of the company's mail; unless the owner said otherwise the registered
            domain of the site, "" where there is none to judge.
        address: IP address of the company's own line, "" when none was named.
        registration: what the register of domains says (RDAP or WHOIS), when the owner gave it.
        domain: domain whose sites are the owner's, "" where it is the mail domain.
    """

    site: str = ""
    mail_domain: str = ""
    address: str = ""
    registration: bytes | None = None
    domain: str = ""

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
    found = ascii_name(name.partition("/")[0])
    if not found:
        raise TojimariError(
            f"「{printable(text[:80])}」はホームページの名前として読めません。example.co.jp のように書いてください。",
            f"{text[:80]!r} is not the name of a web site. Write it like example.co.jp.",
        )
    return found


def mail_name(text: str) -> str:
    """Return the domain of a mail address, or the domain itself, as DNS writes it.

    Raises TojimariError for what is neither, and for a provider's domain.
    """
    # People type what stands on their card: full-width signs, "mailto:", a name around < >.
    plain = unicodedata.normalize("NFKC", text[:_TYPED]).strip()
    plain = plain.rpartition("<")[2].removesuffix(">").removeprefix("mailto:")
    found = ascii_name(plain.rpartition("@")[2].strip().rstrip("."))
    if not found:
        raise TojimariError(
            f"「{printable(text[:80])}」はメールのドメインとして読めません。example.co.jp か info@example.co.jp のように"
            "書いてください。自社の名前のメールがなければ none です。",
            f"{text[:80]!r} is not the domain of mail addresses. Write it like example.co.jp or "
            "info@example.co.jp, or none where there is no mail of your own name.",
        )
    provider = registered_domain(found)
    if provider in mail_of_everybody() | rented_names():
        raise TojimariError(
            f"{provider} は多くの人が使う、よその会社のメールの名前です。自社の名前のメールがなければ `--mail none` を"
            "付けてください。",
            f"{provider} is another company's domain that many people have mail in. If you have no mail of "
            "your own name say `--mail none`.",
        )
    return found


def ascii_name(name: str) -> str:
    """Return a host name in the ASCII form of DNS, "" for what is none."""
    try:
        found = ascii_form(name)
    except UnicodeError:
        return ""
    labels = found.split(".")
    fits = len(found) <= 253 and len(labels) > 1 and all(_LABEL.fullmatch(p) for p in labels)
    return found if fits and not labels[-1].isdigit() else ""


def mail_domain_of(site: str) -> str:
    """Return the registered domain a site belongs to, e.g. example.co.jp of www.example.co.jp.

    Returns "" for a name below a provider's own domain: its mail is the provider's affair.
    """
    registered = registered_domain(site)
    below_provider = site != registered and (
        registered in rented_names() or organisational_domain(site) != registered
    )
    return "" if below_provider else registered


def target_of(text: str, *, egress: Egress) -> Target:
    """Return what the owner means by ``text``; where no web server answers, ``www.`` is tried.

    Raises TojimariError for what cannot be read, for a name that DNS does not know, and for a
    private address without a lab.
    """
    site = host_name(text)
    try:
        if _answers(egress, site):
            return Target(site=site, mail_domain=mail_domain_of(site))
    except NotPermitted as error:
        raise TojimariError(
            f"{shown_name(site)} は社内か自分のパソコンを指しています。試験用の自分のサーバーなら --lab を付けてください。",
            f"{shown_name(site)} points to a private address. If it is a test server of your own add --lab.",
        ) from error
    except Unavailable:
        with contextlib.suppress(Unavailable):
            egress.addresses(f"www.{site}")
            return Target(site=f"www.{site}", mail_domain=mail_domain_of(site))
        _refuse_unknown(site, egress)
    else:
        with contextlib.suppress(Unavailable):
            if _answers(egress, f"www.{site}"):
                site = f"www.{site}"
    return Target(site=site, mail_domain=mail_domain_of(site))


def _answers(egress: Egress, site: str) -> bool:
    """Say whether there is a web server. Raises Unavailable where the name has no address."""
    egress.addresses(site)
    for port in (443, 80):
        with contextlib.suppress(Unavailable):
            egress.connect(site, port, seconds=_KNOCK_SECONDS).close()
            return True
    return False


def _refuse_unknown(site: str, egress: Egress) -> None:
    """Raise TojimariError where DNS says that there is no such name; silence says nothing."""
    with contextlib.suppress(Unavailable):
        if exists(egress, site):
            return
        raise TojimariError(
            f"{shown_name(site)} という名前は見つかりません。つづりを確かめてください。正しければ、インターネットに"
            "つながっているか、ドメインの期限が切れていないかを確かめてください。",
            f"There is no such name as {shown_name(site)}. Check the spelling; if it is right, check that you are "
            "connected to the Internet and that the domain has not expired.",
        )


def targets_of(subjects: Iterable[Subject]) -> list[Target]:
    """Return a target for what is among ``subjects``, to be looked at again: each thing once.

    A mail domain that is not that of a site is a target of its own: the owner named it.
    """
    known = sorted(subjects)
    mails = {subject.id for subject in known if subject.kind == "mail_domain"} - rented_names()
    sites = []
    for subject in known:
        if subject.kind == "site":
            own = mail_domain_of(subject.id)
            sites.append(Target(subject.id, own if own in mails else "", domain=own))
    named = sorted(mails - {target.mail_domain for target in sites})
    return [
        *sites,
        *(Target(mail_domain=domain) for domain in named),
        *(Target(address=subject.id) for subject in known if subject.kind == "network"),
    ]


def address_of(text: str, *, egress: Egress) -> str:
    """Return an IP address as the owner typed it. Raises TojimariError for one not to be tried."""
    try:
        address = str(ipaddress.ip_address(text.strip()))
    except ValueError as error:
        raise TojimariError(
            f"「{printable(text[:80])}」はIPアドレスとして読めません。203.0.113.5 のように書いてください。",
            f"{text[:80]!r} is no IP address. Write it like 203.0.113.5.",
        ) from error
    try:
        egress.addresses(address)
    except Unavailable as error:
        raise TojimariError(
            f"{address} は社内のアドレスで、外からは見えません。ルーターの外側のアドレスを書いてください。"
            "試験用の自分の機器なら --lab を付けてください。",
            f"{address} is a private address that nobody sees from outside. Give the address on the "
            "outer side of the router. If it is a test machine of your own add --lab.",
        ) from error
    return address
