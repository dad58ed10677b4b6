"""Which pages are looked at: the first one, those known from before, then what they lead to."""

import contextlib
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.defacement.places import host_of, place
from tojimari.collect.outside.defacement.script_features import script_features
from tojimari.collect.outside.defacement.sitemap import (
    addresses,
    shape_of,
    sitemap_digest,
    spread,
)
from tojimari.collect.outside.defacement.snapshot import PageReading, frames_of, read_snapshot
from tojimari.collect.outside.egress import AGENT
from tojimari.collect.outside.encodings import text_of
from tojimari.collect.outside.markup import rules_of
from tojimari.collect.outside.replies import Reply
from tojimari.collect.outside.stand_ins import is_guarded, refuse_maintenance, refuse_stand_in
from tojimari.collect.outside.visit import SCRIPT_BYTES, Visit, leads_to_a_page
from tojimari.knowledge.services import FAMILIAR
from tojimari.model.snapshots import PageSnapshot, ScriptFeatures, SitemapDigest, SiteSnapshot

PAGES_AT_MOST = 20
NEW_AT_LEAST = 6
"""Of these pages so many may always be ones nobody has seen before."""
FILES_AT_MOST = 10
SHEETS_AT_MOST = 6
_SHEET_BYTES = 200_000
SECONDS = 90.0
_OF_ONE_PATH = 3
_FROM_SITEMAP = 4
# How many a visitor comes, whom intruders lead elsewhere while the owner sees nothing: the search
# engine itself, and somebody who found the site on a phone or on a computer. Each says at its end
# who asks and what for: whoever keeps logs is not deceived, and whoever looks for that name and
# then hides is not found out.
_SEARCH = "https://www.google.co.jp/"
_VISITORS = (
    {
        "referer": _SEARCH,
        "user-agent": f"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) {AGENT}",
    },
    {
        "referer": _SEARCH,
        "user-agent": f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile Safari {AGENT}",
    },
    {
        "referer": _SEARCH,
        "user-agent": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome Safari {AGENT}",
    },
)


def crawl(
    visit: Visit, *, known: Iterable[str] = (), listed_before: SitemapDigest | None = None
) -> SiteSnapshot:
    """Return the site's pages as they are now, breadth first, at most twenty.

    known: addresses of the pages of last time, which come first.
    listed_before: what its sitemap listed last time; a few of what came since are looked at.

    robots.txt is respected for all but the first page. Raises Unavailable when there is no first
    page: then nothing can be said.
    """
    until = time.monotonic() + SECONDS
    home = visit.front()
    refuse_maintenance(refuse_stand_in(home))
    first = read_snapshot(home, known_as=f"{urlsplit(home.url).scheme}://{visit.target.site}/")
    if not visit.owns(home.url):
        return SiteSnapshot(pages=(first.snapshot,))  # what lies there is somebody else's
    listed = addresses(visit, home.url)
    walk = _Walk(visit, first, until)
    walk.readings[first.snapshot.url] = walk.with_sheets(first, home)
    walk.go(list(known), PAGES_AT_MOST - NEW_AT_LEAST)
    new = listed_before.new_among(listed) if listed_before and listed_before.known else []
    some = spread(new, _FROM_SITEMAP)
    walk.go(some, len(walk.readings) + len(some))
    walk.go([*walk.links, *listed], PAGES_AT_MOST, on=True)
    return SiteSnapshot(
        pages=tuple(one.snapshot for one in walk.readings.values()),
        files=walk.files(),
        listing=sitemap_digest(listed),
        from_search=tuple(walk.from_search(home.url)),
        fresh=(len(new), Counter(map(shape_of, new)).most_common(1)[0][0]) if new else (0, ""),
        gone=tuple(walk.gone),
        missed=tuple(walk.missed),
    )


class _Walk:
    def __init__(self, visit: Visit, first: PageReading, until: float) -> None:
        self.visit, self.until = visit, until
        self.here = first.snapshot.landed
        self.readings: dict[str, PageReading] = {first.snapshot.url: first}
        self.links: dict[str, None] = dict.fromkeys(first.links)
        self.tried = {first.snapshot.url, visit.front().url.partition("#")[0]}
        self.paths: Counter[str] = Counter()
        self.sheets: dict[str, dict[str, str]] = {}
        self.gone: list[str] = []
        self.missed: list[str] = []

    def go(self, urls: list[str], most: int, *, on: bool = False) -> None:
        """Look at ``urls``, and ``on`` at what they lead to, until there are ``most`` pages."""
        waiting = deque(urls)
        asked = 0
        while waiting and len(self.readings) < most and asked < 2 * PAGES_AT_MOST:
            url = waiting.popleft()
            if not self._fits(url, followed=on):
                continue
            self.tried.add(url)
            if time.monotonic() > self.until:
                self.missed.append(url)
                continue
            asked += 1
            found = self._page(url)
            if found is not None:
                self.readings[url] = found
                fresh = [link for link in found.links if link not in self.links]
                self.links |= dict.fromkeys(fresh)
                if on:
                    waiting.extend(fresh)

    def _fits(self, url: str, *, followed: bool) -> bool:
        if url in self.tried or host_of(url) != self.here:
            return False
        if not leads_to_a_page(url):
            return False
        path = urlsplit(url).path
        self.paths[path] += 1
        # A calendar or a filter makes pages without end out of one path.
        few = not followed or self.paths[path] <= _OF_ONE_PATH
        return few and self.visit.may_crawl(url)

    def _page(self, url: str) -> PageReading | None:
        try:
            # Where a page leads visitors away, that is what there is to see.
            reply = self.visit.page(url, leave=True)
        except Unavailable:
            self.missed.append(url)
            return None
        if reply.status in (404, 410):
            self.gone.append(url)
        elif reply.status >= 400 or is_guarded(reply):
            self.missed.append(url)
        elif _is_page(reply):
            return self.with_sheets(read_snapshot(reply, known_as=url), reply)
        return None

    def with_sheets(self, one: PageReading, reply: Reply) -> PageReading:
        """Return a page with what the site's own style sheets say of windows onto other sites."""
        open_ = [frame for frame in one.snapshot.frames if not frame.hidden]
        if all(frame.place.partition("/")[0] in {*FAMILIAR, self.here} for frame in open_):
            return one
        rules: dict[str, str] = {}
        for url in one.own_sheets:
            rules = self._sheet(url) | rules
        if not rules:
            return one
        snapshot = msgspec.structs.replace(one.snapshot, frames=frames_of(reply, rules))
        return msgspec.structs.replace(one, snapshot=snapshot)

    def _sheet(self, url: str) -> dict[str, str]:
        if url not in self.sheets:
            if len(self.sheets) >= SHEETS_AT_MOST or time.monotonic() > self.until:
                return {}
            self.sheets[url] = {}
            with contextlib.suppress(Unavailable):
                reply = self.visit.egress.get(url, limit=_SHEET_BYTES, follow=3).last
                if reply.status == 200:
                    self.sheets[url] = rules_of(text_of(reply))
        return self.sheets[url]

    def files(self) -> dict[str, ScriptFeatures]:
        """Return the site's own script files that the pages load."""
        urls = dict.fromkeys(url for one in self.readings.values() for url in one.own_scripts)
        found: dict[str, ScriptFeatures] = {}
        for url in list(urls)[: 2 * FILES_AT_MOST]:
            if len(found) >= FILES_AT_MOST or time.monotonic() > self.until:
                break
            if place(url) in found or host_of(url) != self.here:
                continue
            try:
                reply = self.visit.egress.get(url, limit=SCRIPT_BYTES, follow=3).last
            except Unavailable:
                continue
            if reply.status == 200:
                found[place(url)] = script_features(text_of(reply))
        return found

    def from_search(self, home: str) -> Iterator[PageSnapshot]:
        """Look again, as visitors from a search engine; ``home``: where the first page really is."""
        first, *others = self.readings
        # Articles and goods lie deepest, and are what spam is hidden in.
        deep = max(others, key=lambda url: urlsplit(url).path.count("/"), default="")
        for known_as, url, visitors in ((first, home, _VISITORS), (deep, deep, _VISITORS[:2])):
            for headers in visitors:
                if not url or time.monotonic() > self.until:
                    continue
                try:
                    reply = self.visit.egress.get(url, headers=headers, follow=3).last
                except Unavailable:
                    continue
                if _is_page(reply):
                    yield read_snapshot(reply, known_as=known_as).snapshot


def _is_page(reply: Reply) -> bool:
    return (
        reply.status < 300
        and not is_guarded(reply)
        and "html" in (reply.header("content-type") or "html")
    )
