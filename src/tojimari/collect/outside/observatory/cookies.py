"""Which cookies a browser would keep after a visit, and how well they are guarded.

Values are dropped while reading: a session's value is a key to somebody's account.
"""

import ipaddress
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from publicsuffixlist import PublicSuffixList

from tojimari.collect.outside.observatory.text import trimmed
from tojimari.collect.outside.replies import Reply

# Set by a hosting company's balancer and of no use to a thief; the Observatory leaves it out.
_IGNORED = "heroku-session-affinity"
_WORST_LAST = (
    "cookies-without-secure-flag-but-protected-by-hsts",
    "cookies-without-secure-flag",
    "cookies-session-without-secure-flag-but-protected-by-hsts",
    "cookies-samesite-flag-invalid",
    "cookies-anticsrf-without-samesite-flag",
    "cookies-session-without-httponly-flag",
    "cookies-session-without-secure-flag",
)


class Cookie(msgspec.Struct, frozen=True):
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

    @property
    def session(self) -> bool:
        """Say whether the name is that of a log-in or session."""
        return any(part in self.name.lower() for part in ("login", "sess"))

    @property
    def token(self) -> bool:
        """Say whether the name is that of a guard against forged requests."""
        return "csrf" in self.name.lower()

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


@cache
def suffixes() -> PublicSuffixList:
    """Return the public suffix list (also what its private part says, e.g. github.io)."""
    return PublicSuffixList()


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


def read_cookie(line: str, url: str) -> Cookie | None:
    """Return the cookie of one Set-Cookie header at ``url``, None where a browser drops it."""
    pair, _, rest = trimmed(line).partition(";")
    name, equals, value = (trimmed(part) for part in pair.partition("="))
    if not equals or not name or any(ord(c) < 0x20 for c in name + value):
        return None
    attributes: dict[str, str] = {}
    for part in rest.split(";"):
        key, _, value = part.partition("=")
        key, value = trimmed(key).lower(), trimmed(value)
        if value or key not in ("domain", "expires", "max-age"):
            attributes[key] = value
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    asked = attributes.get("domain", "").removeprefix(".").lower()
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
    if name.startswith("__Secure-") and not secure:
        return None
    if name.startswith("__Host-") and not (secure and not asked and path == "/"):
        return None
    same_site: dict[str, Literal["", "strict", "lax", "none"]] = {
        "strict": "strict",
        "lax": "lax",
        "none": "none",
    }
    return Cookie(
        name=name,
        domain=asked or host,
        path=path,
        secure=secure,
        http_only="httponly" in attributes,
        same_site=same_site.get(attributes.get("samesite", "").lower(), ""),
        host_only=not asked,
        over=_over(attributes),
    )


def kept(replies: Iterable[Reply]) -> list[Cookie]:
    """Return the cookies a browser holds after ``replies``, in the order they were first set."""
    jar: dict[tuple[str, str, str], Cookie] = {}
    for reply in replies:
        jar = {key: c for key, c in jar.items() if not (c.over and c.goes_to(reply.url))}
        for line in reply.every("set-cookie"):
            cookie = read_cookie(line, reply.url)
            if cookie is not None and cookie.name != _IGNORED:
                jar[cookie.domain, cookie.path, cookie.name] = cookie
    return list(jar.values())


def _odd_same_site(line: str) -> bool:
    for part in line.split(";"):
        words = trimmed(part).split("=")
        if trimmed(words[0]).lower() == "samesite":
            value = trimmed(words[1]).lower() if len(words) > 1 else ""
            if value not in ("lax", "strict", "none"):
                return True
    return False


def _faults(cookie: Cookie, hsts: bool) -> list[str]:
    found = []
    guarded = "-but-protected-by-hsts" if hsts else ""
    if not cookie.secure:
        found.append(f"cookies-without-secure-flag{guarded}")
        if cookie.same_site == "none":
            found.append("cookies-samesite-flag-invalid")
        if cookie.session:
            found.append(f"cookies-session-without-secure-flag{guarded}")
    if cookie.token and not cookie.same_site:
        found.append("cookies-anticsrf-without-samesite-flag")
    if cookie.session and not cookie.http_only:
        found.append("cookies-session-without-httponly-flag")
    return found


def judge(jar: list[Cookie], last: Reply, hsts: bool) -> str:
    """Return the result code for the cookies ``jar``; ``last`` is the page itself.

    hsts: a browser that was here before comes back over TLS only.
    """
    if not jar:
        return "cookies-not-found"
    faults = [fault for cookie in jar for fault in _faults(cookie, hsts)]
    if any(_odd_same_site(line) for line in last.every("set-cookie")):
        faults.append("cookies-samesite-flag-invalid")
    if faults:
        return max(faults, key=_WORST_LAST.index)
    every = "-and-samesite" if all(cookie.same_site for cookie in jar) else ""
    return f"cookies-secure-with-httponly-sessions{every}"
