"""Where a page leads its visitors by itself: ``meta`` refresh, the Refresh header, a script."""

import re
from collections.abc import Iterator

from tojimari.collect.outside.addresses import meant, refreshed
from tojimari.collect.outside.encodings import text_of
from tojimari.collect.outside.markup import Tag, Words, read
from tojimari.collect.outside.replies import Reply

_PLACE = r"\blocation(?:\.href)?+\s*+=(?!=)\s*+|\blocation\.(?:replace|assign)\(\s*+"
_TO_TLS = re.compile(
    r"\blocation\.protocol\s*+=(?!=)\s*+[\"']https:"
    rf"|(?:{_PLACE})(?:[\"'`]https:(?://)?+[\"']\s*+\+|`https://\$\{{"
    r"|(?:window\.|document\.|self\.|top\.)?+location\.href\.replace\(\s*+[\"'/^]*+http:)"
)
"""A script that puts together the same address with https."""
_LEADS = re.compile(rf"(?:{_PLACE})[\"'`](https?://[^\"'`\s]{{1,300}}+)")
_SCRIPT_CHARACTERS = 20_000
_STUB_CHARACTERS = 200
"""Of text; only in a page with no more than this a whole address in a script is where it leads:
elsewhere it is what a button does."""


def page_redirect(reply: Reply) -> str:
    """Return the full address a page leads to by itself, "" where it stays."""
    if reply.status >= 300 or "html" not in (reply.header("content-type") or "html").lower():
        return ""
    said, scripts, length = refreshed(reply.header("refresh") or ""), [], 0
    for token in read(text_of(reply)):
        if isinstance(token, Words):
            length += len(token.text.strip())
        elif isinstance(token, Tag) and not token.quiet:
            if token.name == "script":
                scripts.append(token.raw[:_SCRIPT_CHARACTERS])
            elif _refreshes(token):
                said = said or refreshed(token.attributes.get("content", ""))
    if said:
        return meant(reply.url, said) or ""
    return next(_scripted(reply.url, scripts, stub=length <= _STUB_CHARACTERS), "")


def _refreshes(tag: Tag) -> bool:
    return tag.name == "meta" and tag.attributes.get("http-equiv", "").strip().lower() == "refresh"


def _scripted(url: str, scripts: list[str], *, stub: bool) -> Iterator[str]:
    for code in scripts:
        if _TO_TLS.search(code):
            yield "https" + url.removeprefix("https").removeprefix("http")
        elif stub and (found := _LEADS.search(code)):
            yield found[1]
