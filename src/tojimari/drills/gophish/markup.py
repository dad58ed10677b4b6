"""HTML of a stranger's template, rebuilt of what a drill's mail may hold."""

import html
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from tojimari.catalog.drill_markup import ATTRIBUTES, ELEMENTS, LINK, is_harmless_style
from tojimari.drills.gophish.errors import BadGophishFile
from tojimari.lib.markup import not_too_deep

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LostMarkup = Literal["element", "picture", "address", "attribute"]
Lost = tuple[LostMarkup, str]
# fmt: off
_KEPT = ELEMENTS - {"img"}
_SILENT = frozenset({"html", "head", "body", "meta", "title"})
_EMPTY = frozenset({"br", "hr"})
_GONE = frozenset({
    "head", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea", "title",
})
"""Elements that go with all that is in them."""
_SAY_NOTHING = frozenset({"class", "id", "name", "rel", "role", "target"})
_BLOCKS = frozenset({
    "blockquote", "br", "center", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "p",
    "pre", "table", "tr",
})
# fmt: on
_LETTERS = 80
_VALUE_LETTERS = 2_000


def _root(source: str) -> "LexborNode | None":
    """Return the tree that a browser would make of it. Raises BadGophishFile without a reader."""
    if find_spec("selectolax") is None:
        raise BadGophishFile(
            "HTMLを読む部品が入っていません。`pip install tojimari[mail]` で入れてください。",
            "What reads HTML is not installed. Install it with `pip install tojimari[mail]`.",
        )
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(not_too_deep(source)).root


def rebuilt(source: str) -> tuple[str, list[Lost]]:
    """Return HTML that holds no program, form, picture, style sheet or foreign address; and what was lost.

    Only ``{link}`` stays an address. What is lost is named once each. Raises BadGophishFile where
    what reads HTML is not installed.
    """
    if not source.strip():
        return "", []
    out: list[str] = []
    lost: list[Lost] = []
    stack: list[LexborNode | str] = []
    root = _root(source)
    if root is not None:
        stack.append(root)
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            out.append(node)
            continue
        tag = node.tag or ""
        if tag == "-text":
            out.append(html.escape(node.text_content or "", quote=False))
        elif tag in _KEPT:
            attributes = "".join(_attributes(tag, node.attributes, lost))
            out.append(f"<{tag}{attributes}>")
            if tag not in _EMPTY:
                stack.append(f"</{tag}>")
                stack += _children_reversed(node)
        else:
            lost += _refused(tag, node)
            if tag not in _GONE:
                stack += _children_reversed(node)
    return "".join(out).strip(), list(dict.fromkeys(lost))


def _children_reversed(node: "LexborNode") -> Iterator["LexborNode"]:
    child = node.last_child
    while child is not None:
        yield child
        child = child.prev


def _refused(tag: str, node: "LexborNode") -> Iterator[Lost]:
    """Name an element that is not kept; of a page's head, what would have acted."""
    if tag == "img":
        yield "picture", (node.attributes.get("src") or "")[:_LETTERS]
    elif tag == "head":
        for each in node.css("script, style, link, base"):
            yield "element", each.tag or ""
    elif tag not in _SILENT and not tag.startswith(("-", "!")):
        yield "element", tag[:_LETTERS]


def _attributes(tag: str, given: dict[str, str | None], lost: list[Lost]) -> Iterator[str]:
    for name, value in ((name, value or "") for name, value in given.items()):
        if tag == "a" and name == "href":
            if value.strip() == LINK:
                yield f' href="{LINK}"'
            elif value.strip():
                lost.append(("address", value[:_LETTERS]))
        elif (written := _written(name, value)) is not None:
            yield written
        elif name not in _SAY_NOTHING:
            lost.append(("attribute", name[:_LETTERS]))


def _written(name: str, value: str) -> str | None:
    """Return an attribute as it may stand in a mail; None where it may not."""
    plain = html.escape(value.replace('"', "'"), quote=False)
    if name not in ATTRIBUTES or len(plain) > _VALUE_LETTERS:
        return None
    if name == "style" and not is_harmless_style(plain):
        return None
    return f' {name}="{plain}"'


def words(source: str) -> str:
    """Return the words of rebuilt HTML as paragraphs, links as ``{link}``."""
    root = _root(source) if source else None
    pieces: list[str] = []
    stack: list[LexborNode | str] = [root] if root is not None else []
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        tag = node.tag or ""
        if tag == "-text":
            pieces.append(node.text_content or "")
            continue
        if tag == "a" and node.attributes.get("href") == LINK:
            pieces.append(f"{LINK} ")
        if tag in _BLOCKS:
            pieces.append("\n")
            stack.append("\n")
        stack += _children_reversed(node)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n\n".join(line for line in lines if line)
