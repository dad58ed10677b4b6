"""HTML of a stranger's template, rebuilt of what a drill's mail may hold."""

import html
from html.parser import HTMLParser
from typing import Literal

from tojimari.lib.markup import not_too_deep

LostMarkup = Literal["element", "picture", "address", "attribute"]
LINK = "{link}"
_KEPT = frozenset(
    [
        "a",
        "b",
        "br",
        "blockquote",
        "center",
        "code",
        "div",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ]
)
_SILENT = frozenset({"html", "head", "body", "meta", "title", "doctype"})
_EMPTY = frozenset({"br", "hr"})
_WITH_CONTENT = frozenset({"script", "style", "title", "iframe", "object", "noscript", "svg", "math", "textarea", "select", "template"})  # fmt: skip
_ATTRIBUTES = frozenset(
    [
        "align",
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "color",
        "colspan",
        "dir",
        "face",
        "height",
        "lang",
        "rowspan",
        "size",
        "valign",
        "width",
    ]
)
_BLOCKS = frozenset(
    [
        "blockquote",
        "br",
        "center",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "p",
        "table",
        "tr",
    ]
)
_FORBIDDEN_STYLE = ("url(", "expression", "@import", "\\", "/*", "position", "behavior")
_LETTERS = 80


class _Rebuilt(HTMLParser):
    """Writes down what is kept, and notes what is not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.open: list[str] = []
        self.lost: list[tuple[LostMarkup, str]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside:
            if tag == self._inside[-1]:
                self._inside.append(tag)
            return
        if tag in _WITH_CONTENT:
            self._inside.append(tag)
            if tag not in _SILENT:
                self.lost.append(("element", tag))
            return
        if tag not in _KEPT:
            self._refused(tag, dict(attrs))
            return
        kept = "".join(
            f' {name}="{html.escape(value)}"' for name, value in self._attributes(tag, attrs)
        )
        self.out.append(f"<{tag}{kept}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def _refused(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "img":
            self.lost.append(("picture", (attrs.get("src") or "")[:_LETTERS]))
        elif tag not in _SILENT:
            self.lost.append(("element", tag))

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
        kept = []
        for name, given in attrs:
            value = given or ""
            if name == "href" and tag == "a":
                if value.strip() == LINK:
                    kept.append(("href", LINK))
                elif value.strip():
                    self.lost.append(("address", value[:_LETTERS]))
            elif name == "style":
                plain = value.lower()
                if any(part in plain for part in _FORBIDDEN_STYLE):
                    self.lost.append(("attribute", "style"))
                else:
                    kept.append((name, value))
            elif name in _ATTRIBUTES:
                kept.append((name, value))
            elif name not in ("class", "id", "target", "rel"):
                self.lost.append(("attribute", name[:_LETTERS]))
        return kept

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag == self._inside[-1]:
                self._inside.pop()
            return
        if tag in self.open:
            while self.open:
                last = self.open.pop()
                self.out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.out.append(html.escape(data, quote=False))


def rebuilt(source: str) -> tuple[str, list[tuple[LostMarkup, str]]]:
    """Return HTML that holds no program, form, picture, style sheet or foreign address; and what was lost.

    Only ``{link}`` stays an address. What is lost is named once each.
    """
    parser = _Rebuilt()
    parser.feed(not_too_deep(source))
    parser.close()
    parser.out.extend(f"</{tag}>" for tag in reversed(parser.open))
    return "".join(parser.out).strip(), list(dict.fromkeys(parser.lost))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.out.append("\n")
        if tag == "a" and ("href", LINK) in attrs:
            self.out.append(f"{LINK} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        self.out.append(data)


def words(source: str) -> str:
    """Return the words of rebuilt HTML as lines, links as ``{link}``."""
    parser = _Words()
    parser.feed(source)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.out).split("\n"))
    return "\n\n".join(line for line in lines if line)
