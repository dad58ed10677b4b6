"""What the web site is made with, as far as it tells: server, CMS, plugins, JavaScript libraries."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import msgspec

from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.addresses import meant
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.visit import Page, Visit, script_urls
from tojimari.knowledge import scripts, technologies
from tojimari.knowledge.files import as_of
from tojimari.knowledge.patterns import Budget
from tojimari.model.facts import SiteSoftware, SiteSoftwareItem

_SECONDS = 8.0
_HTML_CHARACTERS = 500_000
_INLINE_CHARACTERS = 200_000
_ITEMS_AT_MOST = 100
_NO_DISTRIBUTION = frozenset({"UNIX", "Windows Server", "Windows CE"})
"""What a server built by hand says; nobody mends it under old numbers."""
_DEBIAN = re.compile(r"[+~]deb(\d{1,2})u\d")
_LINKS_AT_MOST = 2_000
_HEADER_CHARACTERS = 2_000
_VERSION_CHARACTERS = 40
_PART = re.compile(r"/wp-content/(plugins|themes)/([A-Za-z0-9_.-]{1,80})/")
# Files of WordPress itself that carry its own version; the others carry that of a library.
_CORE = re.compile(r"/wp-includes/(?:js/wp-emoji-release|css/dist/block-library/|js/wp-embed)")
_MOMENT = re.compile(r"\d{9,}")
_PLAIN_VERSION = re.compile(r"v?\d[\w.+-]{0,39}")


@probe(sees=(SiteSoftware,), limit_seconds=60.0)
def software(visit: Visit) -> list[Seen]:
    """See what can be recognised on the first page. Raises Unavailable when there is none."""
    home = visit.own_home()
    budget = Budget(_SECONDS)
    addresses = script_urls(home)
    made_with = technologies.recognise(
        headers=_values(home.reply.headers),
        cookies=[one.partition("=")[0].strip() for one in home.reply.every("set-cookie")],
        meta=_meta(home),
        html=home.html[:_HTML_CHARACTERS],
        scripts=addresses,
        budget=budget,
    )
    system = _system(home, [one.name for one in made_with if one.kind == "system"])
    items = [
        _item(one.name, one.kind, one.version, one.seen_in, system)
        for one in made_with
        if one.kind != "system"
    ]
    items = _with_wordpress(home, items)
    for name, version, seen_in in sorted(_scripts(visit, home, addresses, budget)):
        items.append(_item(name, "script", version, seen_in, ""))
    day = min(as_of("retirejs-v5"), as_of("wappalyzer-fingerprints"))
    return [
        saw(
            SiteSoftware(
                items=tuple(items[:_ITEMS_AT_MOST]),
                items_in_all=len(items),
                all_tried=not budget.spent,
                known_as_of=day.isoformat(),
            )
        )
    ]


def _item(name: str, kind: str, version: str, seen_in: str, system: str) -> SiteSoftwareItem:
    return SiteSoftwareItem(
        name=name[:100],
        kind=cast(Any, kind),
        version=version[:_VERSION_CHARACTERS],
        seen_in=cast(Any, seen_in),
        # What a server says of itself there is the distribution's build, mended under old numbers.
        system=system if seen_in == "header" and kind in ("server", "language") else "",
    )


def _system(page: Page, recognised: list[str]) -> str:
    """Return the distribution the server names, with its release where that is told, else ""."""
    named = [page.reply.header(name) or "" for name in ("server", "x-powered-by")]
    banner = " ".join(named)[:_HEADER_CHARACTERS]
    if release := _DEBIAN.search(banner):
        return f"Debian {release[1]}"
    system = next((name for name in recognised if name not in _NO_DISTRIBUTION), "")
    # The one that follows it has a life of its own.
    return "CentOS Stream" if system == "CentOS" and "centos stream" in banner.lower() else system


def _values(headers: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for name, value in headers:
        found[name.lower()].append(value[:_HEADER_CHARACTERS])
    return found


def _meta(page: Page) -> dict[str, list[str]]:
    found = defaultdict(list)
    for node in page.tree.css("meta[name][content]"):
        name = (node.attributes.get("name") or "").lower()
        found[name].append((node.attributes.get("content") or "")[:500])
    return found


def _scripts(
    visit: Visit, home: Page, addresses: list[str], budget: Budget
) -> set[tuple[str, str, str]]:
    """Return (library, version, where it was seen); inside a file beats its address."""
    found: dict[tuple[str, str], str] = {}
    for url in addresses:
        for name, version in scripts.by_address(url, budget):
            found[name, version] = "address"
    bodies = [reply.body.decode("utf-8", "replace") for reply in visit.scripts().values()]
    inline = "\n".join(node.text() for node in home.tree.css("script:not([src])"))
    for text in [*bodies, inline[:_INLINE_CHARACTERS]]:
        for name, version in scripts.by_content(text, budget):
            found[name, version] = "content"
    return {(name, version, where) for (name, version), where in found.items()}


def _links(page: Page) -> Iterator[str]:
    """Yield the addresses of WordPress's files, also where a script loads them a moment later.

    What makes pages faster keeps them in attributes of its own, e.g. ``data-src``.
    """
    for node in page.tree.css("[src], link, script, img")[:_LINKS_AT_MOST]:
        for written in node.attributes.values():
            if written and "/wp-" in written and " " not in written.strip():
                yield meant(page.base, written)


def _asked_version(url: str) -> str:
    """Return the ``ver=`` of an address, "" for none that looks like a version.

    Many write there when the file was changed, in seconds since 1970.
    """
    try:
        given = parse_qs(urlsplit(url).query).get("ver", [""])[0].strip()
    except ValueError:
        return ""
    return given if _PLAIN_VERSION.fullmatch(given) and not _MOMENT.fullmatch(given) else ""


def _with_wordpress(page: Page, items: list[SiteSoftwareItem]) -> list[SiteSoftwareItem]:
    """Return ``items`` with plugins and themes by the files a page loads, and WordPress's version.

    Files that a plugin registers without a version carry WordPress's, so that number is not taken
    for the plugin's.
    """
    core: Counter[str] = Counter()
    parts: dict[tuple[str, str], Counter[str]] = {}
    for url in _links(page):
        version = _asked_version(url)
        part = _PART.search(url)
        if part:
            parts.setdefault((part.group(1), part.group(2)), Counter())[version] += 1
        elif version and _CORE.search(url):
            core[version] += 1
    newest = core.most_common(1)[0][0] if core else ""
    items = [
        msgspec.structs.replace(item, version=newest, seen_in="address")
        if item.name == "WordPress" and not item.version
        else item
        for item in items
    ]
    known = next((item.version for item in items if item.name == "WordPress"), newest)
    for (kind, name), versions in sorted(parts.items()):
        told = [v for v, _ in versions.most_common() if v and v not in (known, newest)]
        items.append(_item(name, kind.removesuffix("s"), told[0] if told else "", "address", ""))
    return items
