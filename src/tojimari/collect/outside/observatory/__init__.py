"""The verdicts of Mozilla's HTTP Observatory (MDN), from replies that were already fetched.

The rules are those MDN publishes; where the peer's program does something else than its rule says,
see benchmarks/outside_headers.md. Nothing here goes to the network.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from tojimari.collect.outside.observatory import cookies, csp, headers, scripts, transport
from tojimari.collect.outside.observatory.cookies import Cookie
from tojimari.collect.outside.observatory.results import TESTS, Row, Score, scored
from tojimari.collect.outside.observatory.text import trimmed
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.visit import read_page

__all__ = ["ORIGIN", "TESTS", "Answers", "Cookie", "Row", "Score", "judge", "kept_cookies", "page"]

ORIGIN = "https://tojimari.example"
"""In whose name the site is asked whether it shares with other origins; nobody can own it."""

_HTML = ("text/html", "application/xhtml+xml")


class Answers(msgspec.Struct, frozen=True):
    """What a site answered.

    Attributes:
        site: the host that was asked for.
        plain: what ``http://site/`` led to; None when nothing answered.
        secure: the same for ``https://site/``; None also when no browser of today could speak
            to it.
        plain_trusted: every certificate on the way was valid for its host; so ``secure_trusted``.
        shared: answer to a preflight (OPTIONS) for the page in the name of ORIGIN.
        preloaded: host -> on the list of hosts browsers ask over TLS only.
    """

    site: str
    plain: RedirectChain | None
    secure: RedirectChain | None
    plain_trusted: bool = True
    secure_trusted: bool = True
    shared: Reply | None = None
    preloaded: Callable[[str], bool] = lambda host: False


def _chain(answers: Answers) -> RedirectChain | None:
    for chain in (answers.secure, answers.plain):
        if transport.arrived(chain):
            return chain
    return None


def page(answers: Answers) -> Reply | None:
    """Return the page the tests are about: over TLS where there is TLS. None when down."""
    chain = _chain(answers)
    return transport.walked(chain)[-1] if chain else None


def kept_cookies(answers: Answers) -> list[Cookie]:
    """Return the cookies a browser holds after the visit."""
    chain = _chain(answers)
    return cookies.kept(chain.replies) if chain else []


def judge(answers: Answers) -> Score:
    """Return every test's outcome, the score and the grade. Raises ValueError when it is down."""
    last = page(answers)
    if last is None:
        raise ValueError("no answer to judge")
    secure = transport.arrived(answers.secure)
    over_tls = transport.walked(answers.secure)[-1] if secure and answers.secure else None
    hsts = transport.hsts(over_tls, answers.secure_trusted, answers.preloaded(answers.site))
    html = (last.every("content-type") or [""])[0].split(";")[0] in _HTML
    tree = read_page(last).tree if html else None
    policies, referrers = _said_in_page(tree) if tree is not None else ([], [])
    header = last.header("content-security-policy")
    policy, directives = csp.judge(
        [header] if header is not None else [],
        policies,
        last.header("content-security-policy-report-only"),
        secure,
    )
    kept = kept_cookies(answers)
    return scored(
        {
            "content-security-policy": policy,
            "cookies": cookies.judge(
                kept, last, hsts in ("hsts-preloaded", transport.HSTS_LONG_ENOUGH)
            ),
            "cross-origin-resource-sharing": headers.sharing(answers.shared, ORIGIN),
            "redirection": transport.redirection(
                answers.plain, answers.plain_trusted, answers.preloaded
            ),
            "referrer-policy": headers.referrer(last, referrers),
            "strict-transport-security": hsts,
            "subresource-integrity": scripts.judge(tree, answers.site, secure)
            if tree is not None
            else "sri-not-implemented-response-not-html",
            "x-content-type-options": headers.sniffing(last),
            "x-frame-options": headers.framing(last, "frame-ancestors" in directives),
            "cross-origin-resource-policy": headers.embedding(last),
        }
    )


def _said_in_page(tree: Any) -> tuple[list[str], list[str]]:
    """Return the content security policies and the referrer policy of the ``meta`` elements."""
    unseen = {node.mem_id for node in tree.css("noscript meta")}
    policies: list[str] = []
    referrers: list[str] = []
    for node in tree.css("meta"):
        if node.mem_id in unseen:
            continue
        content = node.attributes.get("content")
        if "http-equiv" in node.attributes and "content" in node.attributes:
            kind = trimmed(node.attributes["http-equiv"] or "").lower()
            if content and kind == "content-security-policy":
                policies.append(content)
        elif content and trimmed(node.attributes.get("name") or "").lower() == "referrer":
            referrers = [content]
    return policies, referrers
