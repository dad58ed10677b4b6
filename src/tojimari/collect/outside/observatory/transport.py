"""From http to https, and whether a browser will come back over TLS (HSTS)."""

import re
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from tojimari.collect.outside.egress import HOPS_AT_MOST
from tojimari.collect.outside.observatory.text import trimmed
from tojimari.collect.outside.replies import RedirectChain, Reply

# Six months would be 15,768,000 s; the rule is kinder because many sites send 180 days.
_LONG_ENOUGH_SECONDS = 15_552_000
_HEADER_CHARACTERS = 1024
HSTS_LONG_ENOUGH = "hsts-implemented-max-age-at-least-six-months"


def walked(chain: RedirectChain) -> tuple[Reply, ...]:
    """Return the replies of ``chain``, a loop repeated up to the redirects a browser follows."""
    replies = list(chain.replies)
    if chain.stopped == "redirect loop":
        again = urljoin(replies[-1].url, (replies[-1].header("location") or "").strip())
        start = next((i for i, reply in enumerate(replies) if reply.url == again), 0)
        circle = replies[start:]
        while len(replies) <= HOPS_AT_MOST:
            replies.append(circle[(len(replies) - start) % len(circle)])
    return tuple(replies)


def arrived(chain: RedirectChain | None) -> bool:
    """Say whether ``chain`` ends with an answer, not with a redirect that leads nowhere."""
    ends = ("", "redirect loop", "too many redirects")
    return chain is not None and chain.stopped in ends


def redirection(
    chain: RedirectChain | None, trusted: bool, preloaded: Callable[[str], bool]
) -> str:
    """Return the result code for what ``http://site/`` leads to.

    trusted: every certificate on the way was valid. preloaded: host -> browsers know beforehand
    that it is to be asked over TLS only.
    """
    if chain is None or not arrived(chain):
        return "redirection-not-needed-no-http"
    if not trusted:
        return "redirection-invalid-cert"
    route = [urlsplit(reply.url) for reply in walked(chain)]
    if all(preloaded(url.hostname or "") for url in route):
        return "redirection-all-redirects-preloaded"
    if len(route) == 1:
        return "redirection-missing"
    if route[-1].scheme != "https":
        return "redirection-not-to-https"
    if route[1].scheme == "http":
        return "redirection-not-to-https-on-initial-redirection"
    if route[0].hostname != route[1].hostname:
        return "redirection-off-host-from-http"
    return "redirection-to-https"


def hsts(page: Reply | None, trusted: bool, preloaded: bool) -> str:
    """Return the result code for Strict-Transport-Security on what ``https://site/`` leads to."""
    if page is None:
        return "hsts-not-implemented-no-https"
    if preloaded:
        return "hsts-preloaded"
    if not trusted:
        return "hsts-invalid-cert"
    value = page.header("strict-transport-security")
    if value is None:
        return "hsts-not-implemented"
    seconds = _max_age(value[:_HEADER_CHARACTERS])
    if seconds is None:
        return "hsts-header-invalid"
    if seconds >= _LONG_ENOUGH_SECONDS:
        return HSTS_LONG_ENOUGH
    return "hsts-implemented-max-age-less-than-six-months"


def _max_age(value: str) -> int | None:
    """Return the last ``max-age`` in seconds, None where there is no number.

    A browser ignores a header without a number (RFC 6797, 6.1.1); the number may stand in quotes.
    A comma means that the header was sent twice.
    """
    seconds = None
    if "," in value:
        return None
    for part in value.split(";"):
        name, equals, number = trimmed(part).lower().partition("=")
        if name == "max-age" and equals:
            found = re.match(r'\s*"?([+-]?[0-9]{1,100})', number)
            seconds = int(found[1]) if found else None
    return seconds
