"""What a page makes a browser load, as it is written in the page and in its own style sheets."""

import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from tojimari.collect.host import Unavailable
from tojimari.collect.outside import stylesheets
from tojimari.collect.outside.addresses import meant, refreshed
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.visit import Page, Visit

SHEETS_AT_MOST = 30
SHEET_BYTES = 256 * 1024
_SHEET_SECONDS = 5.0
_NODES_AT_MOST = 5_000
_STYLES_AT_MOST = 200
_PARTS_AT_MOST = 500
_PICTURES_AT_MOST = 50
_SHEET = "link[rel~=stylesheet i][href]"

Kind = Literal["active", "passive"]

# Active: what can change the page ("blockable" in the Mixed Content specification of the W3C).
_ACTIVE = (
    ("script[src]", "src"),
    ("iframe[src]", "src"),
    ("frame[src]", "src"),
    ("object[data]", "data"),
    ("embed[src]", "src"),
    (_SHEET, "href"),
    ("link[rel~=modulepreload i][href]", "href"),
    ("link[rel~=preload i][as=script i][href]", "href"),
    ("link[rel~=preload i][as=style i][href]", "href"),
)
# Passive: what is only shown. Browsers ask for it by https, show it, or leave it out.
_PASSIVE = (
    ("img[src]", "src"),
    ("audio[src]", "src"),
    ("video[src]", "src"),
    ("video[poster]", "poster"),
    ("source[src]", "src"),
    ("track[src]", "src"),
    ("input[type=image i][src]", "src"),
    ("[background]", "background"),
    ("link[rel~=icon i][href]", "href"),
    ("link[rel~=preload i][as=image i][href]", "href"),
    ("link[rel~=preload i][as=font i][href]", "href"),
)
_WHERE: dict[Kind, tuple[tuple[str, str], ...]] = {"active": _ACTIVE, "passive": _PASSIVE}
_SEVERAL = (
    ("img[srcset]", "srcset"),
    ("source[srcset]", "srcset"),
    ("link[imagesrcset]", "imagesrcset"),
)
_CANDIDATE = re.compile(r"[\s,]*+(\S++)")


class Subresource(msgspec.Struct, frozen=True):
    """One thing that is loaded.

    Attributes:
        kind: active where it can change the page, else passive.
        sheet: it is a style sheet, which may load more.
    """

    kind: Kind
    url: str
    sheet: bool = False


def loaded(page: Page) -> Iterator[Subresource]:
    """Yield what is written in the page itself."""
    for kind, where in _WHERE.items():
        for selector, attribute in where:
            for node in page.tree.css(selector)[:_NODES_AT_MOST]:
                written = node.attributes.get(attribute) or ""
                yield from _of(kind, page.base, written, sheet=selector == _SHEET)
    for selector, attribute in _SEVERAL:
        for node in page.tree.css(selector)[:_NODES_AT_MOST]:
            for written in _candidates(node.attributes.get(attribute) or ""):
                yield from _of("passive", page.base, written)
    for node in page.tree.css("style")[:_STYLES_AT_MOST]:
        yield from _styled(page.base, node.text())
    for node in page.tree.css("[style]")[:_NODES_AT_MOST]:
        style = node.attributes.get("style") or ""
        if "(" in style:
            yield from _styled(page.base, style)


def parts(page: Page, *, within: bool = True) -> list[str]:
    """Return the pages that are shown as parts of a page, and those it leads to by itself.

    within: also those that are shown as one thing among others on the page.
    """
    shown = "frame[src], iframe[src]" if within else "frame[src]"
    urls = [
        meant(page.base, node.attributes.get("src") or "")
        for node in page.tree.css(shown)[:_PARTS_AT_MOST]
    ]
    for node in page.tree.css("meta[http-equiv=refresh i][content]")[:_PARTS_AT_MOST]:
        if written := refreshed(node.attributes.get("content") or ""):
            urls.append(meant(page.base, written))
    return list(dict.fromkeys(url.partition("#")[0] for url in urls if url))


class Stylesheets:
    """The site's own style sheets, each fetched once, so many in all, until ``until``.

    ``until`` is a moment of time.monotonic(). They are parts of a page that is read, not pages
    that links lead to, so robots.txt is not asked.
    """

    def __init__(self, visit: Visit, until: float) -> None:
        """Fetch nothing yet."""
        self._visit, self._until = visit, until
        self._read: set[str] = set()

    def loaded(self, found: Iterable[Subresource]) -> Iterator[Subresource]:
        """Yield what is written in those style sheets among ``found`` that were not read before."""
        waiting = deque(one.url for one in found if one.sheet)
        while waiting:
            url = waiting.popleft().partition("#")[0]
            # One by http is on the list already: browsers do not load it.
            if urlsplit(url).scheme != "https" or url in self._read or not self._visit.owns(url):
                continue
            if len(self._read) >= SHEETS_AT_MOST or time.monotonic() > self._until:
                return
            self._read.add(url)
            for one in self._sheet(url):
                yield one
                if one.sheet:
                    waiting.append(one.url)

    def _sheet(self, url: str) -> Iterator[Subresource]:
        def allow(step: str) -> None:
            if not self._visit.owns(step):
                raise NotPermitted(f"{step[:150]}: somebody else's")

        try:
            reply = self._visit.egress.get(
                url, limit=SHEET_BYTES, follow=3, seconds=_SHEET_SECONDS, allow=allow
            ).last
        except Unavailable:
            return
        if reply.status == 200 and "css" in (reply.header("content-type") or "css"):
            yield from _styled(reply.url, reply.body.decode("utf-8", "replace"))


def _styled(base: str, css: str) -> Iterator[Subresource]:
    for written, sheet in stylesheets.addresses(css):
        yield from _of("active" if sheet else "passive", base, written, sheet=sheet)


def _of(kind: Kind, base: str, written: str, *, sheet: bool = False) -> Iterator[Subresource]:
    # Nothing, or a place in the page: nothing is loaded.
    if written and not written.startswith("#") and (url := meant(base, written)):
        yield Subresource(kind, url, sheet)


def _candidates(text: str) -> Iterator[str]:
    """Yield the addresses of a ``srcset``, by the HTML Standard (4.8.4.3.10)."""
    at = 0
    for _ in range(_PICTURES_AT_MOST):
        found = _CANDIDATE.match(text, at)
        if found is None:
            return
        yield found[1].rstrip(",")
        at = found.end()
        if not found[1].endswith(","):
            # A size or density follows, up to the next comma.
            at = text.find(",", at)
            if at < 0:
                return
