"""The tests that read one header: framing, MIME sniffing, referrer, sharing between origins."""

from tojimari.assess.headers.csp import Directives, forbids_framing
from tojimari.lib.ecmascript import trimmed
from tojimari.model.facts import SiteHeaders

_CHARACTERS = 1024
_REFERRER_FINE = (
    "no-referrer",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
)
_REFERRER_TELLS = (
    "origin",
    "origin-when-cross-origin",
    "unsafe-url",
    "no-referrer-when-downgrade",
)


def _value(seen: SiteHeaders, name: str) -> str:
    """Return a header's value in lower case, "" where it was not sent or is empty.

    A header sent twice counts as one with a comma.
    """
    return trimmed(", ".join(seen.sent(name))[:_CHARACTERS]).lower()


def _values(seen: SiteHeaders, name: str) -> list[str]:
    """Return the values between the commas of a header, in lower case; none where it is empty."""
    value = _value(seen, name)
    return [trimmed(part) for part in value.split(",")] if value else []


def framing(seen: SiteHeaders, directives: Directives) -> str:
    """Return the result code for X-Frame-Options; ``directives``: the policies in force.

    With ``frame-ancestors`` browsers pass over the header. Without, they read all values of it as
    one list (HTML Standard, 7.6): several different ones forbid framing, ALLOW-FROM does nothing.
    """
    if "frame-ancestors" in directives:
        fits = forbids_framing(directives)
        return "x-frame-options-" + ("implemented-via-csp" if fits else "not-implemented")
    values = set(_values(seen, "x-frame-options"))
    if values & {"deny", "sameorigin"}:
        return "x-frame-options-sameorigin-or-deny"
    return f"x-frame-options-{'header-invalid' if values else 'not-implemented'}"


def sniffing(seen: SiteHeaders) -> str:
    """Return the result code for X-Content-Type-Options; the first value counts (Fetch, 3.5)."""
    values = _values(seen, "x-content-type-options")
    if values[:1] == ["nosniff"]:
        return "x-content-type-options-nosniff"
    return f"x-content-type-options-{'header-invalid' if values else 'not-implemented'}"


def referrer(seen: SiteHeaders) -> str:
    """Return the result code for Referrer-Policy; the page's own ``meta`` comes last and wins."""
    name = "referrer-policy"
    values = [*seen.sent(name), *seen.in_page(name)]
    if not values:
        return "referrer-policy-not-implemented"
    words = [trimmed(word).lower() for word in ",".join(values).split(",")]
    known = [word for word in words if word in _REFERRER_FINE + _REFERRER_TELLS]
    if not known:
        return "referrer-policy-header-invalid"
    return f"referrer-policy-{'private' if known[-1] in _REFERRER_FINE else 'unsafe'}"


def sharing(seen: SiteHeaders) -> str:
    """Return the result code for CORS, by the answer to a request in the name of another origin.

    A site that lets whoever asks read along with the visitor's log-in has no walls at all.
    """
    test = "cross-origin-resource-sharing"
    if not seen.allowed_origin:
        return f"{test}-not-implemented"
    if trimmed(seen.allowed_origin) == "*":
        return f"{test}-implemented-with-public-access"
    if seen.allows_asker and seen.allows_credentials:
        return f"{test}-implemented-with-universal-access"
    return f"{test}-implemented-with-restricted-access"


def embedding(seen: SiteHeaders) -> str:
    """Return the result code for Cross-Origin-Resource-Policy."""
    value = _value(seen, "cross-origin-resource-policy")
    if value in ("same-origin", "same-site", "cross-origin"):
        return f"corp-implemented-with-{value}"
    return "corp-header-invalid" if value else "corp-not-implemented"
