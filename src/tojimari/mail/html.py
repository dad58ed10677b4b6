"""An HTML part as its reader sees it: visible text, hidden text, links, forms, pictures."""

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tojimari.lib.markup import not_too_deep
from tojimari.mail.links import link, links_in
from tojimari.mail.message import HTML_BYTES, LINKS, TEXT_CHARACTERS, Form, Hidden, Link

_NODES = 60_000
_NOT_TEXT = {
    "script",
    "style",
    "head",
    "title",
    "template",
    "noscript",
    "-comment",
    "!doctype",
    "object",
    "svg",
}
_BREAKS = {
    "p",
    "div",
    "br",
    "tr",
    "table",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "td",
    "blockquote",
    "section",
    "pre",
}
_ELEMENTS = {"a", "area", "img", "iframe", "embed"}
"""What leads somewhere or is a picture."""
_SPACES = re.compile(r"[ \t\r\f\v\xa0\u2007\u202f]{2,}|[\t\r\f\v\xa0\u2007\u202f]")
_LINES = re.compile(r" \n[\n ]*|\n[\n ]+")
_SPACES_AND_LINES = re.compile(r"[ \t\r\f\v\n\xa0\u2007\u202f]{2,}|[\t\r\f\v\n\xa0\u2007\u202f]")
"""What is not one plain space, or one end of a line, already."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\uffa0]"
)
"""Characters that take no room on the screen; they cut words in two before a filter."""
_STYLE = re.compile(r"([a-z-]{2,30})\s*:\s*([^;]{1,200})")
_RULE = re.compile(r"\.([\w-]{1,60})[^{}]{0,60}\{([^{}]{0,400})\}")
_CHANGES = re.compile(r"@media[^{]{0,300}\{")
_NUMBER = re.compile(r"^(-?\d{0,6}(?:\.\d{1,6})?)\s*(px|pt|em|rem|%|)\s*$")
_RGB = re.compile(r"^rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})")
_NAMES = {"white": "#ffffff", "black": "#000000", "snow": "#fffafa", "ivory": "#fffff0"}
_SECRET = re.compile(r"pass|pwd|暗証|pin\b|cvv|cvc|card|secur", re.IGNORECASE)


class Page:
    """What was read of one HTML part.

    Attributes:
        text: visible, in lines.
        hidden: pieces of text that are not seen, longest first, 20 at most.
        links: where it leads, in order.
        forms: forms in it.
        pictures: pictures shown, tracking dots left out.
        remote_pictures: hosts of pictures that would be fetched.
        refresh: it sends the reader elsewhere by itself, or runs a script.
        cut: more was there than is read.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.text = ""
        self.hidden: list[Hidden] = []
        self.links: list[Link] = []
        self.forms: list[Form] = []
        self.pictures = 0
        self.scripted = False
        self.cut = False


def read_html(source: str) -> Page:
    """Return what an HTML part shows and hides; never fetches, never runs anything."""
    page = Page()
    readable = not_too_deep(source[:HTML_BYTES])
    page.cut = len(readable) < len(source)
    tree = LexborHTMLParser(readable)
    root = tree.body or tree.root
    if root is None:
        return page
    _walk(root, page, _hidden_classes(tree))
    _forms(tree, page)
    page.scripted = tree.css_first("script, meta[http-equiv=refresh i]") is not None
    return page


def plain_text(text: str) -> tuple[str, Hidden | None]:
    """Return ``text`` without characters that nobody sees, and those where there are many."""
    if text.isascii() or not _INVISIBLE.search(text):
        return text, None
    plain = _INVISIBLE.sub("", text)
    inside = len(re.findall(r"\w[\u00ad\u034f\u200b-\u200d\u2060-\u2064\ufeff]+(?=\w)", text))
    if inside < 5:
        return plain, None
    return plain, Hidden("invisible_characters", plain[:300], inside)


def _walk(root: LexborNode, page: Page, classes: dict[str, str]) -> None:
    pieces: list[str] = []
    hidden: dict[str, list[str]] = {}
    seen = characters = 0
    stack: list[tuple[LexborNode, str, str]] = [(root, "", "")]
    while stack:  # most of a page's time: without calls where there is nothing to look at
        node, how, background = stack.pop()
        seen += 1
        if seen > _NODES or characters > TEXT_CHARACTERS:
            page.cut = True
            break
        tag = node.tag
        if tag == "-text":
            text = node.text_content or ""
            characters += len(text)
            if how:
                hidden.setdefault(how, []).append(text)
            else:
                pieces.append(text)
        elif tag not in _NOT_TEXT and tag:
            attributes = node.attributes
            if attributes:
                how, background = _seen(attributes, how, background, classes, tag)
            if tag in _BREAKS and not how:
                pieces.append("\n")
            if tag in _ELEMENTS:
                _element(node, tag, attributes, how, page, pieces)
            child = node.last_child
            while child is not None:
                stack.append((child, how, background))
                child = child.prev
    page.text = _tidy("".join(pieces))[:TEXT_CHARACTERS]
    for how, texts in hidden.items():
        text = _on_one_line("".join(texts))
        visible = _INVISIBLE.sub("", text).strip()
        if len(visible) > 2:
            page.hidden.append(Hidden(how, visible[:300], len(visible)))
    page.hidden.sort(key=lambda each: -each.characters)
    del page.hidden[20:]


def _element(
    node: LexborNode,
    tag: str,
    attributes: dict[str, str | None],
    how: str,
    page: Page,
    pieces: list[str],
) -> None:
    if tag in ("a", "area"):
        target = attributes.get("href") or ""
        if target and not target.startswith("#") and len(page.links) < LINKS:
            shown = _on_one_line(node.text(deep=True)[:600])
            page.links.append(link(target, shown, "hidden" if how else "link"))
    elif tag == "img":
        size = [_length(attributes.get(each) or "") for each in ("width", "height")]
        tiny = any(each is not None and each <= 3 for each in size)
        if not how and not tiny:
            page.pictures += 1
            pieces.append(f" {(attributes.get('alt') or '')[:200]} ")
    elif tag in ("iframe", "embed"):
        target = attributes.get("src") or ""
        if target and len(page.links) < LINKS:
            page.links.append(link(target, "", "link"))


def _seen(
    attributes: dict[str, str | None],
    how: str,
    background: str,
    classes: dict[str, str],
    tag: str,
) -> tuple[str, str]:
    """Return how a node's text is hidden ("" where it is seen), and what it stands on."""
    if classes and not how:
        for name in (attributes.get("class") or "")[:300].split():
            how = how or classes.get(name, "")
    if "hidden" in attributes:
        how = how or "display"
    style, colour = attributes.get("style"), ""
    if style:
        hides, own, colour = _styled(style[:2000])
        background, how = own or background, how or hides
    else:
        own = ""
    if not own and (behind := attributes.get("bgcolor")):
        background = _colour(behind) or background
    if tag == "font" and not colour:
        colour = _colour(attributes.get("color") or "")
    if colour:
        if not how and _alike(colour, background or "#ffffff"):
            how = "colour"
        elif how == "colour":
            how = ""
    return how, background


@lru_cache(maxsize=2048)
def _styled(style: str) -> tuple[str, str, str]:
    """Return how a style hides, its background and its colour ("" each where it does not say)."""
    rules = {
        name: text.replace("!important", "").strip() for name, text in _STYLE.findall(style.lower())
    }
    background = _colour(rules.get("background-color") or rules.get("background") or "")
    return _hides(rules), background, _colour(rules.get("color") or "")


def _hides(rules: dict[str, str]) -> str:
    if (
        rules.get("display", "").startswith("none")
        or rules.get("visibility") in ("hidden", "collapse")
        or rules.get("mso-hide") == "all"
    ):
        return "display"
    size = _length(rules.get("font-size", ""))
    if size is not None and size <= 1:
        return "size"
    opacity = _length(rules.get("opacity", ""))
    if opacity is not None and opacity < 0.05:
        return "opacity"
    for name in ("max-height", "max-width", "height", "width"):
        length = _length(rules.get(name, ""))
        if length is not None and length <= 1 and rules.get("overflow", "").startswith("hidden"):
            return "size"
    for name in ("text-indent", "left", "top", "margin-left"):
        length = _length(rules.get(name, ""))
        if length is not None and length <= -500:
            return "off_screen"
    return ""


@lru_cache(maxsize=1024)
def _length(text: str) -> float | None:
    found = _NUMBER.match(text.strip().lower())
    if not found or found[1] in ("", "-"):
        return None
    return float(found[1]) * (16 if found[2] in ("em", "rem") else 1)


@lru_cache(maxsize=1024)
def _colour(text: str) -> str:
    text = text.strip().lower()
    if found := _RGB.match(text):
        return "#" + "".join(f"{min(int(each), 255):02x}" for each in found.groups())
    text = _NAMES.get(text, text)
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        return "#" + "".join(each * 2 for each in text[1:])
    return text[:7] if re.match(r"#[0-9a-f]{6}", text) else ""


def _alike(one: str, other: str) -> bool:
    return all(
        abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) <= 12 for at in (1, 3, 5)
    )


def _hidden_classes(tree: LexborHTMLParser) -> dict[str, str]:
    """Return classes whose rules hide, with how. Rules for other screens (@media) are left out."""
    found: dict[str, str] = {}
    for node in tree.css("style")[:20]:
        sheet = (node.text_content or node.text(deep=True) or "")[:100_000].lower()
        sheet = _CHANGES.split(sheet)[0] if "@media" in sheet else sheet
        for name, body in _RULE.findall(sheet):
            how = _hides(
                {key: text.replace("!important", "").strip() for key, text in _STYLE.findall(body)}
            )
            if how and len(found) < 200:
                found[name] = how
    return found


def _forms(tree: LexborHTMLParser, page: Page) -> None:
    for form in tree.css("form")[:20]:
        target = link(form.attributes.get("action") or "", "", "link")
        fields = form.css("input, textarea")[:100]
        secret = any(
            each.attributes.get("type") == "password"
            or _SECRET.search(
                f"{each.attributes.get('name') or ''} {each.attributes.get('placeholder') or ''}"
            )
            for each in fields
        )
        if fields:
            page.forms.append(Form(target.host, secret))


def _on_one_line(text: str) -> str:
    return _SPACES_AND_LINES.sub(" ", text).strip()


def _tidy(text: str) -> str:
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def text_links(page: Page) -> list[Link]:
    """Return the addresses that stand in the visible text without being links."""
    known = {text for each in page.links for text in (each.target, each.shown)}
    return [each for each in links_in(page.text, "text", LINKS) if each.target not in known]
