"""Files that should not lie open on a web site: copies, secrets, listings, log-in pages."""

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from tojimari.collect.host import TookTooLong, Unavailable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.addresses import meant
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.exposed_paths import ExposedPath, exposed_paths_of, is_listing
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.replies import Reply
from tojimari.collect.outside.subresources import parts
from tojimari.collect.outside.visit import Page, Visit
from tojimari.model.facts import ExposedFile, SiteExposed

FOLDERS_AT_MOST = 2
_BYTES = 4096
_PAGE_BYTES = 64 * 1024
"""Of a page to log in: what stands in its head can be long."""
_HOPS = 3
_SECONDS = 5.0
_SECONDS_IN_ALL = 45.0
_REFUSED_SHARE = 0.8
_NODES_AT_MOST = 2_000
_CHARACTERS = 200
_FOLDER = re.compile(r"/(?:[\w~-]{1,60}/){1,3}", re.ASCII)
_WORDPRESS = re.compile(rf"({_FOLDER.pattern})wp-(?:content|includes)/", re.ASCII)


@probe(sees=(SiteExposed,), limit_seconds=60.0)
def exposed(visit: Visit) -> list[Seen]:
    """See which of the places hold what they should not. Only the first bytes are asked for.

    What is in a file is not recorded: the path and the kind say enough. Raises Unavailable when the
    site is down, TookTooLong when most places gave no answer.
    """
    until = time.monotonic() + _SECONDS_IN_ALL
    home = visit.own_home()
    folders = _folders(home)
    places = exposed_paths_of(visit.target.site, folders)
    found: dict[str, ExposedFile] = {}
    if is_listing(home.reply.body[:_BYTES]):
        path = urlsplit(home.reply.url).path or "/"
        found[path] = ExposedFile(path[:_CHARACTERS], "listing")
    to_all = [_answer_to_all(visit, urljoin(home.reply.url, one)) for one in ("/", *folders)]
    refused = silent = 0
    for place, reply in _asked(visit, home.reply.url, places, until):
        if reply is None or reply.status == 429 or reply.status >= 500:
            silent += 1
        elif reply.status in (401, 403, 406):
            refused += 1  # of a few places as it should be; of all a guard that keeps robots out
        elif reply.status not in (200, 206) or _elsewhere(place, reply):
            continue
        elif place.is_there(reply.body) and not any(place.is_there(body) for body in to_all):
            # Where large and small letters are the same, two places are one.
            found.setdefault(place.path.lower(), ExposedFile(place.path, place.kind))
    if refused > _REFUSED_SHARE * len(places):
        raise NotPermitted(f"{visit.target.site}: {refused} of {len(places)}")
    if silent > len(places) // 2:
        raise TookTooLong(f"{visit.target.site}: {silent} of {len(places)}")
    return [saw(SiteExposed(len(places), silent, tuple(found.values())))]


def _folders(home: Page) -> list[str]:
    """Return the folders that the site lies in, where the first page or its files show one.

    The first page may lead there (at once, by itself after a moment, or by a frame), or stand at
    the top while WordPress lies below.
    """
    here = urlsplit(home.reply.url).hostname
    found: dict[str, None] = {}
    for url in (home.reply.url, *parts(home, within=False)):
        folder = urlsplit(url).path.rpartition("/")[0] + "/"
        if urlsplit(url).hostname == here and _FOLDER.fullmatch(folder):
            found[folder] = None
    for node in home.tree.css("[src], link[href]")[:_NODES_AT_MOST]:
        written = node.attributes.get("src") or node.attributes.get("href") or ""
        url = meant(home.base, written)
        match = _WORDPRESS.match(urlsplit(url).path)
        if match and urlsplit(url).hostname == here:
            found[match[1]] = None
    return list(found)[:FOLDERS_AT_MOST]


def _answer_to_all(visit: Visit, folder: str) -> bytes:
    """Return what is shown at a place that nobody can have made, b"" for "not there"."""
    try:
        url = urljoin(folder, secrets.token_hex(10))
        reply = _got(visit, url, limit=_PAGE_BYTES, follow=_HOPS)
    except Unavailable:
        return b""
    return reply.body if reply.status == 200 else b""


def _asked(
    visit: Visit, home: str, places: list[ExposedPath], until: float
) -> Iterator[tuple[ExposedPath, Reply | None]]:
    """Yield what each place answers, None for no answer, and where the time is over."""
    given_up = 0
    for place in places:
        reply = None
        # A site that has stopped answering is left in peace.
        if given_up < 3 and time.monotonic() < until:
            try:
                reply = _answer(visit, urljoin(home, place.path), place)
                given_up = 0
            except Unavailable:
                given_up += 1
        yield place, reply


def _answer(visit: Visit, url: str, place: ExposedPath) -> Reply:
    if place.kind == "admin":  # many first lead from there to where one logs in
        return _got(visit, url, limit=_PAGE_BYTES, follow=_HOPS)
    return _got(visit, url, limit=_BYTES, headers={"range": f"bytes=0-{_BYTES - 1}"})


def _got(
    visit: Visit,
    url: str,
    *,
    limit: int,
    follow: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Return what ``url`` leads to on its own host. Raises Unavailable when there is no answer."""

    def allow(step: str) -> None:
        if urlsplit(step).hostname != urlsplit(url).hostname:
            raise NotPermitted(f"{step[:150]}: another host")

    chain = visit.egress.get(
        url, headers=headers, limit=limit, follow=follow, seconds=_SECONDS, allow=allow
    )
    if chain.stopped.startswith(("TookTooLong", "Unreachable")):
        raise TookTooLong(chain.stopped)
    return chain.last


def _elsewhere(place: ExposedPath, reply: Reply) -> bool:
    """Say whether a place leads to a page that is not its own, e.g. where customers log in."""
    return not urlsplit(reply.url).path.lower().startswith(place.path.lower().rstrip("/"))
