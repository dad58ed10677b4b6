"""What HTML of its own a drill's mail may hold, written in one strict way."""

import re

# fmt: off
ELEMENTS = frozenset({
    "a", "b", "blockquote", "br", "center", "code", "div", "em", "font", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})
ATTRIBUTES = frozenset({
    "align", "bgcolor", "border", "cellpadding", "cellspacing", "color", "colspan", "dir",
    "face", "height", "lang", "rowspan", "size", "style", "valign", "width",
})
# fmt: on
LINK, QR = "{link}", "{qr}"
_FORBIDDEN_STYLE = ("url(", "expression", "@import", "\\", "/*", "position", "behavior", "&")
_TAG = re.compile(r'<(/?)([a-z0-9]{1,12})((?: [a-z]{1,20}="[^"<>]{0,2000}"){0,20})>')
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')


def is_harmless_style(style: str) -> bool:
    """Return whether a style fetches nothing and covers nothing of the program around it."""
    plain = style.lower()
    return not any(part in plain for part in _FORBIDDEN_STYLE)


def what_may_not_be(source: str) -> str:
    """Return the first piece of HTML that a mail may not hold; "" where all of it may be.

    Strict: whatever is not a plain tag of the list with plain attributes of the list is refused, so
    nothing hangs on how a mail program reads what is written wrongly.
    """
    at = source.find("<")
    while at >= 0:
        tag = _TAG.match(source, at)
        if tag is None or tag[2] not in ELEMENTS:
            return source[at : at + 40]
        for name, value in _ATTRIBUTE.findall(tag[3]):
            if not _may_have(tag[2], name, value):
                return f'{name}="{value[:40]}"'
        at = source.find("<", tag.end())
    return ""


def _may_have(element: str, name: str, value: str) -> bool:
    if name == "href":
        return element == "a" and value == LINK
    if name == "src":
        return element == "img" and value == QR
    if name == "alt":
        return element == "img"
    return name in ATTRIBUTES and (name != "style" or is_harmless_style(value))
