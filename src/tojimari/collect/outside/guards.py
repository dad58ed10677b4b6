"""What a site's answers hold that guards its visitors, as the fact ``site.headers`` has it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tojimari.collect.outside.cookies import (
    HeldCookie,
    cookies_after,
    has_unknown_same_site,
    is_for_all_sites_openly,
)
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.script_tags import script_tags
from tojimari.collect.outside.visit import read_page
from tojimari.lib.ecmascript import trimmed
from tojimari.model.facts import Cookie, SentHeader, SiteHeaders

ORIGIN = "https://tojimari.example"
"""In whose name the site is asked whether it shares with other origins; nobody can own it."""

_HTML = ("text/html", "application/xhtml+xml")
_POLICY = "content-security-policy"
_RECORDED = (
    _POLICY,
    f"{_POLICY}-report-only",
    "cross-origin-resource-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)
_CHARACTERS = 64 * 1024
"""Of all values of one header together."""
_VALUES_AT_MOST = 60
_NONCE = re.compile(r"'nonce-[^'\s;,]*'?", re.IGNORECASE)
_COOKIES_AT_MOST = 500
_NAME_CHARACTERS = 100


class Answers(msgspec.Struct, frozen=True):
    """What a site answered.

    Attributes:
        site: the host that was asked for.
        plain: what ``http://site/`` led to; None when nothing answered.
        secure: the same for ``https://site/``; None also when no browser of today could speak
            to it.
        plain_trusted: every certificate on that chain was valid for its host; so
            ``secure_trusted``.
        shared: answer to a preflight (OPTIONS) for the page in the name of ORIGIN.
    """

    site: str
    plain: RedirectChain | None
    secure: RedirectChain | None
    plain_trusted: bool = True
    secure_trusted: bool = True
    shared: Reply | None = None

    @property
    def chain(self) -> RedirectChain | None:
        """Return the chain that ends with the page: over TLS where there is TLS. None when down."""
        chains = (self.secure, self.plain)
        return next((chain for chain in chains if chain and chain.arrived), None)

    @property
    def page(self) -> Reply | None:
        """Return the page, None when the site is down."""
        return self.chain.walked()[-1] if self.chain else None


def guards_of(answers: Answers) -> SiteHeaders:
    """Return the fact. Raises ValueError when there is no page, Nonsense for an unreadable one."""
    chain, page = answers.chain, answers.page
    if chain is None or page is None:
        raise ValueError("no page")
    html = (page.every("content-type") or [""])[0].split(";")[0] in _HTML
    tree = read_page(page).tree if html else None
    plain = answers.plain if answers.plain and answers.plain.arrived else None
    held = cookies_after(chain.replies)
    shared = answers.shared if answers.shared and 200 <= answers.shared.status < 300 else None
    allowed = (shared.header("access-control-allow-origin") if shared else None) or ""
    credentials = (shared.header("access-control-allow-credentials") if shared else None) or ""
    return SiteHeaders(
        url=page.url[:500],
        redirects=tuple(_origin(reply.url) for reply in plain.walked()) if plain else (),
        http_trusted=answers.plain_trusted,
        https=answers.secure is not None and answers.secure.arrived,
        https_trusted=answers.secure_trusted,
        html=html,
        headers=tuple(_headers(page, tree)),
        scripts=script_tags(tree, answers.site) if tree is not None else (),
        cookies=tuple(_cookie(one) for one in held[:_COOKIES_AT_MOST]),
        cookies_in_all=len(held),
        same_site_unknown=_same_site_not_taken(chain, page, held=bool(held)),
        allowed_origin=allowed[:_NAME_CHARACTERS],
        allows_asker=allowed == ORIGIN,
        allows_credentials=trimmed(credentials).lower() == "true",
    )


def _same_site_not_taken(chain: RedirectChain, page: Reply, *, held: bool) -> bool:
    on_the_way = (line for reply in chain.replies for line in reply.every("set-cookie"))
    unknown = any(map(has_unknown_same_site, page.every("set-cookie")))
    return (held and unknown) or any(map(is_for_all_sites_openly, on_the_way))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"


def _cookie(held: HeldCookie) -> Cookie:
    return Cookie(
        name=held.name[:_NAME_CHARACTERS],
        domain=held.domain,
        secure=held.secure,
        http_only=held.http_only,
        same_site=held.same_site or None,
    )


def _headers(page: Reply, tree: Any) -> Iterator[SentHeader]:
    """Yield what the page sends, then what its ``meta`` elements say, in order."""
    nonces: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        # Another one with every answer, which would make every fact a new one.
        return nonces.setdefault(found[0], f"'nonce-{len(nonces) + 1}'")

    in_page = _said_in_page(tree) if tree is not None else {}
    for name in _RECORDED:
        left = _CHARACTERS
        values = [(value, False) for value in page.every(name)]
        values += [(value, True) for value in in_page.get(name, ())]
        for value, where in values[:_VALUES_AT_MOST]:
            yield SentHeader(name, _NONCE.sub(numbered, value[:left]), where)
            left = max(0, left - len(value))


def _said_in_page(tree: Any) -> dict[str, list[str]]:
    """Return the policies of the ``meta`` elements by the header they stand for."""
    unseen = {node.mem_id for node in tree.css("noscript meta")}
    policies: list[str] = []
    referrers: list[str] = []
    for node in tree.css("meta"):
        if node.mem_id in unseen:
            continue
        content = node.attributes.get("content")
        if "http-equiv" in node.attributes and "content" in node.attributes:
            kind = trimmed(node.attributes["http-equiv"] or "").lower()
            # Browsers take a policy from the head only (HTML Standard, 4.2.5.3).
            if (
                content
                and kind == _POLICY
                and node.parent is not None
                and node.parent.tag == "head"
            ):
                policies.append(content)
        elif content and trimmed(node.attributes.get("name") or "").lower() == "referrer":
            referrers = [content]
    return {_POLICY: policies, "referrer-policy": referrers}
