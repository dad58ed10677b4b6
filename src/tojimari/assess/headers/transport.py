"""From http to https, and whether a browser will come back over TLS (HSTS)."""

from collections.abc import Callable

from tojimari.lib.hsts import max_age
from tojimari.model.facts import SiteHeaders

# Six months would be 15,768,000 s; the rule is kinder because many sites send 180 days.
_LONG_ENOUGH_SECONDS = 15_552_000
HSTS_LONG_ENOUGH = "hsts-implemented-max-age-at-least-six-months"


def redirection(seen: SiteHeaders, preloaded: Callable[[str], bool]) -> str:
    """Return the result code for what ``http://site/`` leads to.

    preloaded: host -> browsers know beforehand that it is to be asked over TLS only.
    """
    if not seen.redirects:
        return "redirection-not-needed-no-http"
    if not seen.http_trusted:
        return "redirection-invalid-cert"
    route = [step.partition("://")[::2] for step in seen.redirects]
    if all(preloaded(host) for _, host in route):
        return "redirection-all-redirects-preloaded"
    if len(route) == 1:
        return "redirection-missing"
    if route[-1][0] != "https":
        return "redirection-not-to-https"
    if route[1][0] == "http":
        return "redirection-not-to-https-on-initial-redirection"
    if route[0][1] != route[1][1]:
        return "redirection-off-host-from-http"
    return "redirection-to-https"


def hsts(seen: SiteHeaders, preloaded: bool) -> str:
    """Return the result code for Strict-Transport-Security on what ``https://site/`` leads to."""
    if not seen.https:
        return "hsts-not-implemented-no-https"
    if preloaded:
        return "hsts-preloaded"
    if not seen.https_trusted:
        return "hsts-invalid-cert"
    sent = seen.sent("strict-transport-security")
    if not sent:
        return "hsts-not-implemented"
    # A browser processes the first one only (RFC 6797, 8.1).
    seconds = max_age(sent[0])
    if seconds is None:
        return "hsts-header-invalid"
    if seconds >= _LONG_ENOUGH_SECONDS:
        return HSTS_LONG_ENOUGH
    return "hsts-implemented-max-age-less-than-six-months"
