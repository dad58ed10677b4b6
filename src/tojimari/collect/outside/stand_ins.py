"""What a server answers in place of a page: errors, maintenance, guards that keep robots out."""

import re

from tojimari.collect.host import ErrorAnswered
from tojimari.collect.outside.encodings import text_of
from tojimari.collect.outside.markup import Tag, Words, read
from tojimari.collect.outside.replies import Reply

_GUARDS = (
    ("cf-mitigated", "challenge"),
    ("x-amzn-waf-action", "challenge"),
    ("x-amzn-waf-action", "captcha"),
)
"""Headers by which a guard says that the answer is its own, whatever the status code."""
_MAINTENANCE = re.compile(
    r"メンテナンス(?:中|のお知らせ|モード)|サーバー?メンテナンス|(?:under|scheduled) maintenance"
    r"|maintenance mode|down for maintenance|briefly unavailable",
    re.IGNORECASE,
)
_TEXT_AT_MOST = 800
"""Characters; a page with more to say is one of the site."""
_LINKS_AT_MOST = 2


def is_guarded(reply: Reply) -> bool:
    """Say whether a guard before the site answered, not the site."""
    return any((reply.header(name) or "").strip().lower() == word for name, word in _GUARDS)


def refuse_stand_in(reply: Reply) -> Reply:
    """Return ``reply``. Raises ErrorAnswered for what stands in place of the page asked for."""
    if reply.status >= 400 or is_guarded(reply):
        raise ErrorAnswered(f"HTTP {reply.status}: {reply.url[:150]}")
    return reply


def refuse_maintenance(reply: Reply) -> Reply:
    """Return ``reply``. Raises ErrorAnswered for a page that says no more than "maintenance".

    Some servers answer so with a good status code. A page that loads or leads to anything is not
    taken for one: an intruder may write the word too.
    """
    title, length, links = "", 0, 0
    for token in read(text_of(reply)):
        if isinstance(token, Words):
            length += len(token.text.strip())
        elif isinstance(token, Tag):
            title = title or (token.raw if token.name == "title" else "")
            links += token.name in ("a", "form")
            if token.name in ("script", "iframe", "frame", "object", "embed"):
                return reply
        if length > _TEXT_AT_MOST or links > _LINKS_AT_MOST:
            return reply
    if _MAINTENANCE.search(title[:400]):
        raise ErrorAnswered(f"HTTP {reply.status}, maintenance: {reply.url[:150]}")
    return reply
