"""Reads a sitemap: the list of pages a site hands to search engines. No entities, bounded."""

import contextlib
import re
import zlib
from functools import partial
from urllib.parse import unquote, urlsplit
from xml.parsers import expat

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.defacement.places import address, host_of
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.visit import Visit
from tojimari.knowledge.spam import spam_name
from tojimari.model.snapshots import SitemapDigest

FILES_AT_MOST = 10
"""WordPress alone has an index and a file for each of articles, pages, categories, tags, authors."""
ADDRESSES_AT_MOST = 20_000
_BYTES = 4_000_000


def read_sitemap(data: bytes) -> tuple[list[str], list[str]]:
    """Return the addresses of (pages, further sitemaps) in a sitemap; what is broken ends it.

    A document type or an entity ends the reading: none belongs into a sitemap.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(wbits=31).decompress(data, _BYTES)
        except zlib.error:
            return [], []
    if b"<" not in data[:200]:
        lines = data[:_BYTES].decode("utf-8", "replace").split()
        return [line for line in lines if host_of(line)][:ADDRESSES_AT_MOST], []
    found: dict[str, list[str]] = {"url": [], "sitemap": []}
    inside: list[str] = []
    text: list[str] = []

    def begin(name: str, _: dict[str, str]) -> None:
        inside.append(name.rpartition(":")[2])
        text.clear()
        if len(inside) > 10:
            raise ValueError("deep")

    def end(_: str) -> None:
        if inside[-1] == "loc" and len(inside) > 1 and inside[-2] in found:
            url = "".join(text).strip()[:2000]
            if host_of(url):
                found[inside[-2]].append(url)
            if len(found["url"]) >= ADDRESSES_AT_MOST:
                raise ValueError("long")
        inside.pop()

    def refuse(*_: object) -> None:
        raise ValueError("document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda part: text.append(part) if len(text) < 1000 else None
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    with contextlib.suppress(expat.ExpatError, ValueError):
        parser.Parse(data[:_BYTES], True)
    return found["url"], found["sitemap"]


def addresses(visit: Visit, home: str) -> list[str]:
    """Return the addresses on the site's own host that its sitemaps list, in order, each once."""
    here = host_of(home)
    waiting = [*list(visit.robots().sitemaps)[:FILES_AT_MOST], address(home, "/sitemap.xml")]
    waiting.append(address(home, "/wp-sitemap.xml"))
    seen: set[str] = set()
    found: dict[str, None] = {}
    while waiting and len(seen) < FILES_AT_MOST and len(found) < ADDRESSES_AT_MOST:
        url = waiting.pop(0)
        if url in seen or host_of(url) != here:
            continue
        if url.endswith("/wp-sitemap.xml") and found:
            continue
        seen.add(url)
        try:
            chain = visit.egress.get(url, follow=3, limit=_BYTES, allow=partial(_once, seen, url))
        except Unavailable:
            continue
        reply = chain.last
        seen.add(reply.url)
        if reply.status == 200:
            pages, further = read_sitemap(reply.body)
            found |= dict.fromkeys(page for page in pages if host_of(page) == here)
            # After those the site names itself: else an index of many leaves no turn for the others.
            waiting += further[:FILES_AT_MOST]
    return list(found)[:ADDRESSES_AT_MOST]


def _once(seen: set[str], asked: str, url: str) -> None:
    """Refuse what was read already: every WordPress leads sitemap.xml to the one it names itself."""
    if url != asked and url in seen:
        raise NotPermitted(url)


def shape_of(url: str) -> str:
    """Return what kind of address it is: its folders, numbers as 9, its last part as *."""
    parts = urlsplit(url)
    folders, _, last = parts.path.rstrip("/").rpartition("/")
    kind = re.sub(r"\d+", "9", "/".join(folders.split("/")[:4])[:60])
    return f"{kind}/{'*' if last else ''}{'?' if parts.query else ''}"


def spread(urls: list[str], most: int) -> list[str]:
    """Return at most so many, of as many kinds as there are, from all along the list."""
    kinds: dict[str, str] = {}
    for url in urls:
        kinds.setdefault(shape_of(url), url)
    of_each = list(kinds.values())
    step = max(1, len(urls) // most)
    evenly = dict.fromkeys([*of_each[:: max(1, len(of_each) // most)][:most], *urls[::step]])
    return list(evenly)[:most]


def sitemap_digest(urls: list[str]) -> SitemapDigest:
    """Return what is recorded of a sitemap's addresses."""
    spam = [url for url in urls if spam_name(unquote(urlsplit(url).path + urlsplit(url).query))]
    return SitemapDigest.of(urls, spam)
