"""Judges headers, cookies and scripts by the rules of Mozilla's HTTP Observatory (MDN).

The rules are those MDN publishes; where the peer's program does something else than its rule says,
see benchmarks/outside_headers.md. Pure: what is judged is the fact ``site.headers``.
"""

from collections.abc import Callable

from tojimari.assess.headers import cookies, csp, scripts, single, transport
from tojimari.assess.headers.results import TESTS, scored
from tojimari.model.facts import HeaderScore, SiteHeaders

__all__ = ["TESTS", "header_score"]


def header_score(
    seen: SiteHeaders, *, site: str = "", preloaded: Callable[[str], bool] = lambda host: False
) -> HeaderScore:
    """Return every test's outcome, the score and the grade.

    site: the host that was asked for, where ``preloaded`` is given: host -> on the list of hosts
    that browsers ask over TLS only. A fact of version 1 brings its verdict along.
    """
    if seen.judged is not None:
        return seen.judged
    hsts = transport.hsts(seen, preloaded(site))
    policy, directives = csp.judge(
        [", ".join(seen.sent("content-security-policy"))]
        if seen.sent("content-security-policy")
        else [],
        seen.in_page("content-security-policy"),
        ", ".join(seen.sent("content-security-policy-report-only")),
        seen.https,
    )
    guarded = hsts in ("hsts-preloaded", transport.HSTS_LONG_ENOUGH)
    return scored(
        {
            "content-security-policy": policy,
            "cookies": cookies.judge(seen.cookies, seen.same_site_unknown, guarded),
            "cross-origin-resource-sharing": single.sharing(seen),
            "redirection": transport.redirection(seen, preloaded),
            "referrer-policy": single.referrer(seen),
            "strict-transport-security": hsts,
            "subresource-integrity": scripts.judge(seen.scripts, seen.https)
            if seen.html
            else "sri-not-implemented-response-not-html",
            "x-content-type-options": single.sniffing(seen),
            "x-frame-options": single.framing(seen, directives),
            "cross-origin-resource-policy": single.embedding(seen),
        }
    )
