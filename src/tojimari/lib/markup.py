"""HTML of strangers, before a parser is given it."""

import re

_TAG = re.compile(r"<(/?)([a-zA-Z]{1,12})")
_DEEPEST = 2_000
_CLOSED_BY_THEMSELVES = {
    "p",
    "li",
    "td",
    "th",
    "tr",
    "tbody",
    "thead",
    "option",
    "dd",
    "dt",
    "br",
    "img",
    "input",
    "meta",
    "link",
    "hr",
    "area",
    "col",
    "base",
    "wbr",
    "source",
    "o",
}


def not_too_deep(source: str) -> str:
    """Return the source as far as not too much is open at once: the parser's time is its square."""
    if source.count("<") <= _DEEPEST:
        return source
    depth = 0
    for found in _TAG.finditer(source):
        if found[2].lower() not in _CLOSED_BY_THEMSELVES:
            depth = max(0, depth - 1) if found[1] else depth + 1
            if depth > _DEEPEST:
                return source[: found.start()]
    return source
