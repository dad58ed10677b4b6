"""What the pages load and where their forms send: mixed content, foreign scripts, open forms."""

import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from urllib.parse import urlsplit

from tojimari.collect.host import Unavailable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.addresses import meant
from tojimari.collect.outside.forms import forms
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.subresources import Stylesheets, Subresource, loaded, parts
from tojimari.collect.outside.visit import Page, Visit, leads_to_a_page, read_page
from tojimari.model.facts import ForeignScript, MixedContent, OpenForm, SiteContent

PAGES_AT_MOST = 6
_ASKED_AT_MOST = 12
_SECONDS = 22.0
"""Of asking for further pages and style sheets; the last one and its robots.txt come on top."""
_LINKS_AT_MOST = 500
_LOADED_AT_MOST = 20_000
_NODES_AT_MOST = 5_000
_LISTED = 30
_CHARACTERS = 200
# Pages on which people write something; looked at before the others.
_FORM_PAGE = re.compile(
    r"contact|inquiry|toiawase|form|mail|login|cart|reserve|yoyaku|entry|apply|order|問|予約|申|注文"
    r"|%E5%95%8F|%E4%BA%88%E7%B4%84",
    re.IGNORECASE,
)


@probe(sees=(SiteContent,), limit_seconds=40.0)
def content(visit: Visit) -> list[Seen]:
    """See the first page and a few more. Raises Unavailable when there is no first page."""
    until = time.monotonic() + _SECONDS
    sheets = Stylesheets(visit, until)
    pages = list(_pages(visit, until))
    open_forms: list[OpenForm] = []
    n_forms = 0
    mixed: dict[tuple[str, str], MixedContent] = {}
    scripts: dict[str, bool] = {}
    for page in pages:
        shown = page.reply.url[:_CHARACTERS]
        for form in forms(page):
            n_forms += 1
            if form.open:
                open_forms.append(OpenForm(shown, form.to[:_CHARACTERS], form.secret, form.open))
        for one in _mixed(page, sheets):
            url = one.url[:_CHARACTERS]
            mixed.setdefault((one.kind, url), MixedContent(one.kind, url, shown))
        for script in _foreign(page, visit):
            scripts[script.host] = script.sealed and scripts.get(script.host, True)
    # What can change the page comes first: the list is cut.
    worst_first = [mixed[key] for key in sorted(mixed, key=lambda key: key[0])]
    return [
        saw(
            SiteContent(
                pages=tuple(page.reply.url[:_CHARACTERS] for page in pages),
                forms=n_forms,
                open_forms=tuple(open_forms[:_LISTED]),
                mixed=tuple(worst_first[:_LISTED]),
                mixed_in_all=len(mixed),
                foreign_scripts=tuple(
                    ForeignScript(host, scripts[host]) for host in sorted(scripts)[:_LISTED]
                ),
            )
        )
    ]


def _pages(visit: Visit, until: float) -> Iterator[Page]:
    """Yield the first page, what else is shown with it, then pages it leads to: six at most.

    What a page shows of others (frames) and where it leads by itself belongs to it, so that comes
    before any link.
    """
    home = visit.own_home()
    yield home
    here = urlsplit(home.reply.url).hostname
    read = {_bare(home.reply.url)}
    asked = set(read)
    waiting = deque((url, True) for url in parts(home))
    links = _in_order(_links(home), home)
    while len(read) < PAGES_AT_MOST and len(asked) <= _ASKED_AT_MOST and time.monotonic() < until:
        if not waiting and not links:
            return
        url, of_home = waiting.popleft() if waiting else (links.popleft(), False)
        if url in asked or not visit.owns(url) or not leads_to_a_page(url):
            continue
        if urlsplit(url).hostname == here and not visit.may_crawl(url):
            continue  # costs no request; of another host its robots.txt has to be asked for first
        asked.add(url)
        page = _page(visit, url)
        if page is None or _bare(page.reply.url) in read:
            continue
        read.add(_bare(page.reply.url))
        yield page
        waiting.extend((part, of_home) for part in parts(page))
        if of_home:  # the menu of a site with frames is in one of them
            links = _in_order([*links, *_links(page)], home)


def _page(visit: Visit, url: str) -> Page | None:
    """Return the page at ``url``, None where there is none, or robots.txt forbids to ask."""
    try:
        reply = visit.page(url)
        if reply.status == 200 and "html" in (reply.header("content-type") or "html"):
            return read_page(reply)
    except Unavailable:
        pass
    return None


def _bare(url: str) -> str:
    return url.partition("#")[0]


def _links(page: Page) -> Iterator[str]:
    for node in page.tree.css("a[href], area[href]")[:_NODES_AT_MOST]:
        yield _bare(meant(page.base, node.attributes.get("href") or ""))


def _in_order(urls: Iterable[str], home: Page) -> deque[str]:
    """Return links in the order they are followed: forms, open pages, those of the same host."""
    here = urlsplit(home.reply.url).hostname

    def rank(url: str) -> tuple[bool, bool, bool]:
        found = urlsplit(url)
        return not _FORM_PAGE.search(url), found.scheme == "https", found.hostname != here

    return deque(sorted(dict.fromkeys(filter(None, urls)), key=rank)[:_LINKS_AT_MOST])


def _mixed(page: Page, sheets: Stylesheets) -> Iterator[Subresource]:
    """Yield what an encrypted page, or a style sheet of it, loads without encryption."""
    if urlsplit(page.reply.url).scheme != "https" or _upgrades(page):
        return
    found = list(islice(loaded(page), _LOADED_AT_MOST))
    for one in chain(found, sheets.loaded(found)):
        if urlsplit(one.url).scheme == "http":
            yield one


def _upgrades(page: Page) -> bool:
    """Say whether the page has browsers ask for all of it by https."""
    policies = [page.reply.header("content-security-policy") or ""]
    policies += [
        node.attributes.get("content") or ""
        for node in page.tree.css("head meta[http-equiv=content-security-policy i][content]")
    ]
    return any("upgrade-insecure-requests" in one.lower() for one in policies)


def _foreign(page: Page, visit: Visit) -> Iterator[ForeignScript]:
    for node in page.tree.css("script[src]")[:_NODES_AT_MOST]:
        url = meant(page.base, node.attributes.get("src") or "")
        host = urlsplit(url).hostname
        if host and not visit.owns(url):
            yield ForeignScript(host[:253], bool(node.attributes.get("integrity")))
