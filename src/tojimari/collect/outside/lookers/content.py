"""What the pages load and where their forms send: mixed content, foreign scripts, open forms."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from tojimari.collect.host import Unavailable
from tojimari.collect.look import Seen
from tojimari.collect.outside.door import URL_CHARACTERS
from tojimari.collect.outside.look import looker
from tojimari.collect.outside.visit import Page, Visit, leads_to_a_page, read_page

PAGES_AT_MOST = 6
_LINKS_AT_MOST = 500
_NODES_AT_MOST = 5_000
_FORMS_AT_MOST = 500
_LISTED = 30
_CHARACTERS = 200
# Pages on which people write something; looked at before the others.
_FORM_PAGE = re.compile(
    r"contact|inquiry|toiawase|form|mail|login|cart|reserve|yoyaku|entry|apply|order|問|予約|申|注文"
    r"|%E5%95%8F|%E4%BA%88%E7%B4%84",
    re.IGNORECASE,
)
# Fields that hold what should not be read on the way.
_LINE = "input:not([type]), input[type=text]"
_PERSONAL = (
    f"{_LINE}, input[type=password], input[type=email], input[type=tel], input[type=number], "
    "input[type=date], input[type=file], select, textarea"
)
# "Blockable" content by the Mixed Content specification of the W3C; the rest is shown or upgraded.
_ACTIVE = (
    ("script[src]", "src"),
    ("iframe[src]", "src"),
    ("object[data]", "data"),
    ("embed[src]", "src"),
    ("link[rel~=stylesheet][href]", "href"),
)
_PASSIVE = (
    ("img[src]", "src"),
    ("audio[src]", "src"),
    ("video[src]", "src"),
    ("source[src]", "src"),
)


@looker(sees=("site.content",), limit_seconds=40.0)
def content(visit: Visit) -> list[Seen]:
    """See the first page and a few more. Raises Unavailable when there is no first page."""
    pages = list(_pages(visit))
    own = visit.target.mail_domain or visit.target.site
    mixed = [row for page in pages for row in _mixed(page)]
    forms = [row for page in pages for row in _forms(page)]
    scripts: dict[str, dict[str, Any]] = {}
    for page in pages:
        for row in _foreign(page, own):
            known = scripts.setdefault(row["host"], row)
            known["sealed"] = known["sealed"] and row["sealed"]
    return [
        Seen(
            "site.content",
            fields={
                "pages": [page.reply.url[:_CHARACTERS] for page in pages],
                "forms": len(forms),
                "open_forms": [row for row in forms if row["open"]][:_LISTED],
                "mixed": _once(mixed)[:_LISTED],
                "mixed_in_all": len(_once(mixed)),
                "foreign_scripts": sorted(scripts.values(), key=lambda row: str(row["host"]))[
                    :_LISTED
                ],
            },
        )
    ]


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({(row["kind"], row["url"]): row for row in rows}.values())


def _pages(visit: Visit) -> Iterator[Page]:
    home = visit.own_home()
    yield home
    here = urlsplit(home.reply.url).hostname
    links = []
    for url in _addresses(home, (("a[href]", "href"),)):
        plain = url.partition("#")[0]
        if urlsplit(plain).hostname == here and plain != home.reply.url:
            links.append(plain)
    links.sort(key=lambda url: not _FORM_PAGE.search(url))
    left = PAGES_AT_MOST - 1
    for url in list(dict.fromkeys(links))[:_LINKS_AT_MOST]:
        if left == 0:
            return
        if not leads_to_a_page(url) or not visit.may_crawl(url):
            continue
        left -= 1
        try:
            reply = visit.page(url)
            if reply.status == 200 and "html" in (reply.header("content-type") or "html"):
                yield read_page(reply)
        except Unavailable:
            continue


def _addresses(page: Page, where: tuple[tuple[str, str], ...]) -> Iterator[str]:
    base = _base(page)
    for selector, attribute in where:
        for node in page.tree.css(selector)[:_NODES_AT_MOST]:
            try:
                written = (node.attributes.get(attribute) or "").strip()
                if len(written) > URL_CHARACTERS:
                    continue
                url = urljoin(base, written)
                if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname:
                    yield url
            except ValueError:
                continue


def _base(page: Page) -> str:
    node = page.tree.css_first("base[href]")
    written = str(node.attributes.get("href") or "") if node else ""
    try:
        return urljoin(page.reply.url, written if len(written) <= URL_CHARACTERS else "")
    except ValueError:
        return page.reply.url


def _mixed(page: Page) -> Iterator[dict[str, Any]]:
    if urlsplit(page.reply.url).scheme != "https":
        return
    policy = page.reply.header("content-security-policy") or ""
    if "upgrade-insecure-requests" in policy.lower():
        return  # browsers then ask for all of it by https
    for kind, where in (("active", _ACTIVE), ("passive", _PASSIVE)):
        for url in _addresses(page, where):
            if urlsplit(url).scheme == "http":
                yield {"kind": kind, "url": url[:_CHARACTERS], "page": page.reply.url[:_CHARACTERS]}


def _forms(page: Page) -> Iterator[dict[str, Any]]:
    base = _base(page)
    for form in page.tree.css("form")[:_FORMS_AT_MOST]:
        if form.css_first(_PERSONAL) is None:
            continue
        try:
            written = (form.attributes.get("action") or "").strip()
            action = urljoin(base, written if len(written) <= URL_CHARACTERS else "")
            scheme, host = urlsplit(action).scheme, urlsplit(action).hostname or ""
        except ValueError:
            continue
        if (form.attributes.get("role") or "") == "search" or _search(form):
            continue
        yield {
            "page": page.reply.url[:_CHARACTERS],
            "to": f"{scheme}://{host}"[:_CHARACTERS] if host else scheme[:_CHARACTERS],
            "secret": form.css_first("input[type=password]") is not None,
            # Sent openly, or filled in on a page that others could change on its way.
            "open": scheme == "http" or urlsplit(page.reply.url).scheme == "http",
        }


def _search(form: Any) -> bool:
    """Say whether a form only searches: one line of text, asked for with GET."""
    fields = form.css(_PERSONAL)
    method = (form.attributes.get("method") or "get").lower()
    return len(fields) == len(form.css(_LINE)) == 1 and method == "get"


def _foreign(page: Page, own: str) -> Iterator[dict[str, Any]]:
    base = _base(page)
    for node in page.tree.css("script[src]")[:_NODES_AT_MOST]:
        try:
            written = (node.attributes.get("src") or "").strip()[:URL_CHARACTERS]
            host = urlsplit(urljoin(base, written)).hostname
        except ValueError:
            continue
        if host and host != own and not host.endswith(f".{own}"):
            yield {"host": host[:253], "sealed": bool(node.attributes.get("integrity"))}
