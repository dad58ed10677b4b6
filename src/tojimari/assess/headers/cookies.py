"""How well cookies are guarded."""

from collections.abc import Iterator, Sequence

from tojimari.model.facts import Cookie

_WORST_LAST = (
    "cookies-without-secure-flag-but-protected-by-hsts",
    "cookies-without-secure-flag",
    "cookies-session-without-secure-flag-but-protected-by-hsts",
    "cookies-samesite-flag-invalid",
    "cookies-anticsrf-without-samesite-flag",
    "cookies-session-without-httponly-flag",
    "cookies-session-without-secure-flag",
)


def _faults(cookie: Cookie, hsts: bool) -> Iterator[str]:
    session = any(part in cookie.name.lower() for part in ("login", "sess"))
    guarded = "-but-protected-by-hsts" if hsts else ""
    if not cookie.secure:
        yield f"cookies-without-secure-flag{guarded}"
        if cookie.same_site == "none":
            yield "cookies-samesite-flag-invalid"
        if session:
            yield f"cookies-session-without-secure-flag{guarded}"
    if "csrf" in cookie.name.lower() and not cookie.same_site:
        yield "cookies-anticsrf-without-samesite-flag"
    if session and not cookie.http_only:
        yield "cookies-session-without-httponly-flag"


def judge(held: Sequence[Cookie], same_site_unknown: bool, hsts: bool) -> str:
    """Return the result code for the cookies a browser holds.

    same_site_unknown: one is set with a SameSite that browsers do not take.
    hsts: a browser that was here before comes back over TLS only.
    """
    if not held and not same_site_unknown:
        return "cookies-not-found"
    faults = [fault for cookie in held for fault in _faults(cookie, hsts)]
    if same_site_unknown:
        faults.append("cookies-samesite-flag-invalid")
    if faults:
        return max(faults, key=_WORST_LAST.index)
    every = "-and-samesite" if all(cookie.same_site for cookie in held) else ""
    return f"cookies-secure-with-httponly-sessions{every}"
