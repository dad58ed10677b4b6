"""The tests that read one header: framing, MIME sniffing, referrer, sharing between origins."""

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

    A header sent twice counts as one with a comma, which most of these tests do not take.
    """
    return trimmed(", ".join(seen.sent(name))[:_CHARACTERS]).lower()


def framing(seen: SiteHeaders, by_policy: bool) -> str:
    """Return the result code for X-Frame-Options; ``by_policy``: frame-ancestors is set."""
    if by_policy:
        return "x-frame-options-implemented-via-csp"
    value = _value(seen, "x-frame-options")
    if value in ("deny", "sameorigin"):
        return "x-frame-options-sameorigin-or-deny"
    if value.startswith("allow-from"):
        return "x-frame-options-allow-from-origin"
    sent = ", ".join(seen.sent("x-frame-options"))
    return f"x-frame-options-{'header-invalid' if sent else 'not-implemented'}"


def sniffing(seen: SiteHeaders) -> str:
    """Return the result code for X-Content-Type-Options."""
    if _value(seen, "x-content-type-options") == "nosniff":
        return "x-content-type-options-nosniff"
    sent = ", ".join(seen.sent("x-content-type-options"))
    return f"x-content-type-options-{'header-invalid' if sent else 'not-implemented'}"


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
