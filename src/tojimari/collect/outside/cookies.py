"""Which cookies a browser holds after a visit.

Values are dropped while reading: a session's value is a key to somebody's account.
"""

import ipaddress
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from tojimari.collect.outside.replies import Reply
from tojimari.knowledge.domains import suffixes
from tojimari.lib.ecmascript import trimmed
from tojimari.model import ascii_form

# Set by a hosting company's balancer and of no use to a thief; the Observatory leaves it out.
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PAIR_CHARACTERS = 4096
_ATTRIBUTE_CHARACTERS = 1024
_IGNORED = "heroku-session-affinity"


class HeldCookie(msgspec.Struct, frozen=True):
    """A cookie without its value. ``same_site``: strict, lax, none, or "" for not said.

    Attributes:
        domain: host (``host_only``) or domain it is sent to.
        over: it was deleted in the same breath (its time had run out).
    """

    name: str
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: Literal["", "strict", "lax", "none"]
    host_only: bool
    over: bool

    def goes_to(self, url: str) -> bool:
        """Say whether a browser would send it with a request for ``url``."""
        parts = urlsplit(url)
        host, path = parts.hostname or "", parts.path or "/"
        fits = host == self.domain or (not self.host_only and _below(host, self.domain))
        folder = self.path if self.path.endswith("/") else self.path + "/"
        return (
            fits
            and (path == self.path or path.startswith(folder))
            and (parts.scheme == "https" or not self.secure)
        )


def is_address(host: str) -> bool:
    """Say whether ``host`` is an IP address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _below(host: str, domain: str) -> bool:
    return host.endswith(f".{domain}") and not is_address(host)


def _over(attributes: dict[str, str]) -> bool:
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age):
        return age.startswith("-") or not age.strip("0")
    try:
        until = parsedate_to_datetime(attributes.get("expires", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return until.replace(tzinfo=until.tzinfo or UTC) <= datetime.now(UTC)


def _ascii(name: str) -> str:
    """Return a domain as DNS writes it; what is none stays as it is, and fits no host."""
    try:
        return ascii_form(name) if name and not name.isascii() else name
    except UnicodeError:
        return name


def read_cookie(line: str, url: str) -> HeldCookie | None:
    """Return the cookie of one Set-Cookie header at ``url``, None where a browser drops it.

    By RFC 6265bis (5.7): too long, of a domain that is not the sender's or of everybody, Secure or
    with a guarded name and not sent so, for all sites (SameSite=None) and not Secure.
    """
    pair, _, rest = trimmed(line).partition(";")
    name, equals, value = (trimmed(part) for part in pair.partition("="))
    if not equals or not name or _CONTROLS.search(line):
        return None
    if len(name) + len(value) > _PAIR_CHARACTERS:
        return None
    attributes: dict[str, str] = {}
    for part in rest.split(";"):
        key, _, value = part.partition("=")
        key, value = trimmed(key).lower(), trimmed(value)
        fits = len(value) <= _ATTRIBUTE_CHARACTERS
        if fits and (value or key not in ("domain", "expires", "max-age")):
            attributes[key] = value
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    asked = _ascii(attributes.get("domain", "").removeprefix(".").lower())
    if asked == host and not suffixes().privatesuffix(asked):
        asked = ""  # a public suffix may set one for itself alone
    if asked and (
        not suffixes().privatesuffix(asked)
        or is_address(asked)
        or not (asked == host or _below(host, asked))
    ):
        return None
    path = attributes.get("path", "")
    if not path.startswith("/"):
        path = (parts.path or "/").rpartition("/")[0] or "/"
    secure = "secure" in attributes
    if secure and parts.scheme != "https":
        return None
    if name.lower().startswith(("__secure-", "__host-")) and not secure:
        return None
    if name.lower().startswith("__host-") and (asked or attributes.get("path") != "/"):
        return None
    if attributes.get("samesite", "").lower() == "none" and not secure:
        return None
    same_site: dict[str, Literal["", "strict", "lax", "none"]] = {
        "strict": "strict",
        "lax": "lax",
        "none": "none",
    }
    return HeldCookie(
        name=name,
        domain=asked or host,
        path=path,
        secure=secure,
        http_only="httponly" in attributes,
        same_site=same_site.get(attributes.get("samesite", "").lower(), ""),
        host_only=not asked,
        over=_over(attributes),
    )


def cookies_after(replies: Iterable[Reply]) -> list[HeldCookie]:
    """Return the cookies a browser holds after ``replies``, in the order they were first set."""
    jar: dict[tuple[str, str, str], HeldCookie] = {}
    for reply in replies:
        jar = {key: c for key, c in jar.items() if not (c.over and c.goes_to(reply.url))}
        for line in reply.every("set-cookie"):
            cookie = read_cookie(line, reply.url)
            if cookie is not None and cookie.name != _IGNORED:
                jar[cookie.domain, cookie.path, cookie.name] = cookie
    return [cookie for cookie in jar.values() if not cookie.over]


def has_unknown_same_site(line: str) -> bool:
    """Say whether a Set-Cookie header says SameSite with a word that browsers do not know."""
    for part in line.split(";"):
        words = trimmed(part).split("=")
        if trimmed(words[0]).lower() == "samesite":
            value = trimmed(words[1]).lower() if len(words) > 1 else ""
            if value not in ("lax", "strict", "none"):
                return True
    return False


def is_for_all_sites_openly(line: str) -> bool:
    """Say whether a Set-Cookie header is for all sites and not Secure, which browsers refuse."""
    said: dict[str, str] = {}
    for part in line.split(";")[1:]:
        name, _, value = part.partition("=")
        said[trimmed(name).lower()] = trimmed(value).lower()
    return said.get("samesite") == "none" and "secure" not in said
