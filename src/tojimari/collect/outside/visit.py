"""One visit to a target: what several probes need is fetched once."""

import re
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urljoin, urlsplit

import msgspec
from protego import Protego
from selectolax.lexbor import LexborHTMLParser

from tojimari.collect.host import Nonsense, Unavailable, Unreachable
from tojimari.collect.outside.addresses import base_of, meant
from tojimari.collect.outside.egress import AGENT, REQUEST_SECONDS, Egress
from tojimari.collect.outside.encodings import text_of
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.markup import is_heavy
from tojimari.collect.outside.page_redirects import page_redirect
from tojimari.collect.outside.records import exists
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.stand_ins import refuse_stand_in
from tojimari.collect.outside.target import Target

T = TypeVar("T")
SCRIPTS_AT_MOST = 20
ADDRESSES_AT_MOST = 200
_HOPS = 3
SCRIPT_BYTES = 1024 * 1024
ROBOTS_BYTES = 64 * 1024
_ROBOTS_SECONDS = 5.0
"""Of another host of the owner, where less depends on it."""
_NOTHING = "User-agent: *\nDisallow: /"
_NO_PAGE = re.compile(
    r"\.(?:pdf|jpe?g|png|gif|webp|svg|ico|zip|lzh|gz|docx?|xlsx?|pptx?|mp[34]|mov|css|js|xml|txt"
    r"|rss|atom)$",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"log-?out|sign-?out|delete|remove|unsubscribe|add-?to-?cart|cart/add|vote=", re.IGNORECASE
)


class Page(msgspec.Struct, frozen=True):
    """A page that was read: the reply, its text and its parsed HTML.

    Attributes:
        base: address from which those in the page start.
    """

    reply: Reply
    html: str
    tree: Any
    base: str


class Visit:
    """What is fetched from a target; each part once, whoever asks first. Safe for threads.

    Every method raises Unavailable (Unreachable, NotPermitted, TookTooLong, Nonsense) when it cannot.
    """

    def __init__(self, target: Target, egress: Egress) -> None:
        """Fetch nothing yet."""
        self.target, self.egress = target, egress
        self._results: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Return ``make()``, called at most once for ``key``; its failure is remembered as well."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._results:
                try:
                    self._results[key] = make()
                except Unavailable as error:
                    self._results[key] = error
        found = self._results[key]
        if isinstance(found, Unavailable):
            raise found
        return cast(T, found)

    def domain(self) -> str:
        """Return the mail domain. Raises Unreachable where DNS has no such name.

        What is not there says nothing: a mistyped name, or a resolver that is cut off and answers
        "no such name" to everything.
        """

        def make() -> str:
            name = self.target.mail_domain
            if not exists(self.egress, name):
                raise Unreachable(f"{name}: no such domain")
            return name

        return self.once("domain", make)

    def plain(self) -> RedirectChain:
        """Return what ``http://site/`` leads to."""
        return self.once("plain", lambda: self.egress.get(f"http://{self.target.site}/"))

    def secure(self) -> RedirectChain:
        """Return what ``https://site/`` leads to."""
        return self.once("secure", lambda: self.egress.get(f"https://{self.target.site}/"))

    def led_by_page(self) -> str:
        """Return the address that the page at the end of ``plain`` leads to by itself, "" for none."""

        def make() -> str:
            last = self.plain().last
            url = page_redirect(last)
            return "" if url.partition("#")[0] == last.url else url

        return self.once("led by page", make)

    def plain_by_page(self) -> RedirectChain | None:
        """Return what ``led_by_page`` gives; None for no address, or somebody else's."""
        url = self.led_by_page()
        if not url or not self.owns(url):
            return None
        return self.once("plain by page", lambda: self.egress.get(url))

    def owns(self, url: str) -> bool:
        """Say whether ``url`` is on the site, or on the domain of its owner where that is known.

        A site may lead its visitors to somebody else's, which nobody asked us to look at.
        """
        host, target = (urlsplit(url).hostname or "").removesuffix("."), self.target
        own = target.domain or target.mail_domain
        return host == target.site or bool(own and (host == own or host.endswith(f".{own}")))

    def own_home(self) -> "Page":
        """Return the first page where it is the site's own, and is what visitors see.

        Raises NotPermitted where the site leads to somebody else's, ErrorAnswered where it shows us
        something instead (out of order, or a guard that keeps robots out).
        """
        home = self.home()
        refuse_stand_in(home.reply)
        if not self.owns(home.reply.url):
            raise NotPermitted(
                f"{self.target.site} leads to {urlsplit(home.reply.url).hostname}"[:200]
            )
        return home

    def front(self) -> Reply:
        """Return the first page as it came, over TLS where there is TLS; nothing is parsed."""
        try:
            return self.secure().last
        except Unavailable:
            return self.plain().last

    def home(self) -> Page:
        """Return the first page, over TLS where there is TLS."""
        return self.once("home", lambda: read_page(self.front()))

    def robots(self) -> Protego:
        """Return the site's robots.txt; everything is allowed where there is none.

        Where the server fails to tell, nothing is (RFC 9309, 2.3.1.4).
        """
        return self.once("robots", lambda: self._robots(self.front().url, REQUEST_SECONDS))

    def _robots(self, url: str, seconds: float) -> Protego:
        text = ""
        try:
            reply = self.egress.get(urljoin(url, "/robots.txt"), seconds=seconds).last
            if reply.status == 200:
                text = reply.body[:ROBOTS_BYTES].decode("utf-8", "replace")
            elif reply.status >= 500:
                text = _NOTHING
        except Unavailable:
            text = _NOTHING
        return Protego.parse(text)

    def may_crawl(self, url: str) -> bool:
        """Say whether robots.txt lets us follow a link to ``url``; each host has its own."""
        parts = urlsplit(url)
        if parts.hostname == urlsplit(self.front().url).hostname:
            rules = self.robots()
        else:
            key = f"robots {parts.scheme} {parts.netloc}"
            rules = self.once(key, lambda: self._robots(url, _ROBOTS_SECONDS))
        return bool(rules.can_fetch(url, AGENT.partition("/")[0]))

    def page(self, url: str, *, leave: bool = False) -> Reply:
        """Return what a link to ``url`` leads to; with ``leave`` also somebody else's page.

        Raises NotPermitted where robots.txt forbids a step, or where it leads elsewhere or nowhere.
        """

        def allow(step: str) -> None:
            if not self.owns(step):
                if not leave and step != url:
                    raise NotPermitted(f"{url[:100]}: leads elsewhere")
            elif not self.may_crawl(step):
                raise NotPermitted(f"{step[:150]}: robots.txt")

        chain = self.egress.get(url, follow=_HOPS, allow=allow)
        if chain.stopped:
            raise NotPermitted(f"{url[:100]}: {chain.stopped}"[:200])
        return chain.last

    def scripts(self) -> dict[str, Reply]:
        """Return the scripts of the first page that lie on the site itself, url -> reply."""

        def make() -> dict[str, Reply]:
            home = self.own_home()
            found: dict[str, Reply] = {}
            for url in script_urls(home):
                if len(found) >= SCRIPTS_AT_MOST:
                    break
                if urlsplit(url).hostname == urlsplit(home.reply.url).hostname:
                    try:
                        found[url] = self.egress.get(url, limit=SCRIPT_BYTES).last
                    except Unavailable:
                        continue
            return found

        return self.once("scripts", make)


def read_page(reply: Reply) -> Page:
    """Return a reply with its HTML parsed.

    Raises Nonsense for elements nested without end, or with thousands of attributes: the parser
    takes anything, but needs a time that grows with the square of both.
    """
    html = text_of(reply)
    if is_heavy(html):
        raise Nonsense(f"{reply.url[:100]}: nested too deep, or too many attributes")
    tree = LexborHTMLParser(html)
    return Page(reply, html, tree, base_of(tree, reply.url))


def leads_to_a_page(url: str) -> bool:
    """Say whether following a link gives a page, and does nothing else ("log out", "delete")."""
    return not (_NO_PAGE.search(urlsplit(url).path) or _DOES.search(url))


def script_urls(page: Page) -> list[str]:
    """Return the full addresses of the scripts a page loads, in order, each once."""
    nodes = page.tree.css("script[src]")[:ADDRESSES_AT_MOST]
    found = (meant(page.base, node.attributes.get("src") or "") for node in nodes)
    return list(dict.fromkeys(url for url in found if url))
