"""Turns bytes of a page into tags and text, in time linear in its length.

Whoever reads pages that somebody else may have written starts here: the watch, and the guard before
the parser that builds a tree (lexbor). Nested elements and long lists of attributes cost that one
the square of their number, 23 seconds for 500 KB of nested ``div`` and minutes for 2 MB of
attributes. What is left out is the repair of wrongly nested elements; tags, attributes, comments and
the elements that hold plain text are read by the rules of the HTML standard (13.2.5).
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from html import unescape

import msgspec

from tojimari.collect.outside.hiding_paths import Paths, Rule, paths_of

TOKENS_AT_MOST = 60_000
_ATTRIBUTES_KEPT = 60
_VALUE_CHARACTERS = 100_000
_DEPTH = 400
_NESTED_AT_MOST = 512
_ATTRIBUTES_AT_MOST = 1000
_TAGS_COUNTED = 200_000
_SEARCHED = 64


class Tag(msgspec.Struct, frozen=True):
    """An element's start. ``raw``: the text in it, of an element that holds only text.

    Attributes:
        name: in lower case.
        attributes: name in lower case -> value; the first of each name counts.
        hidden: how it or something around it is hidden by its own style, "" when it is not.
        quiet: within ``noscript`` or ``template``: not shown by an ordinary browser.
        parents: names of the innermost elements around it, outermost first, at most three.
        attributes_in_all: how many were written, kept or not.
    """

    name: str
    attributes: dict[str, str]
    raw: str = ""
    hidden: str = ""
    quiet: bool = False
    parents: tuple[str, ...] = ()
    attributes_in_all: int = 0


class Words(msgspec.Struct, frozen=True):
    """Text that a visitor reads. ``inside``: name of the element around it; ``hidden`` as of Tag."""

    text: str
    inside: str = ""
    hidden: str = ""


class Cut(msgspec.Struct, frozen=True):
    """The page goes on, but is not read any further."""


class _End(msgspec.Struct, frozen=True):
    name: str


_NAME = re.compile(r"[a-zA-Z][^\s/>]*+")
_ATTRIBUTE = re.compile(r"[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+")
_RAW = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})
_CLOSERS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
# Elements that end where the next of their kind begins.
_ONE_BY_ONE = frozenset(["p", "li", "dt", "dd", "td", "th", "tr", "option"])


def _tokens(text: str, most: int = TOKENS_AT_MOST) -> Iterator[Tag | _End | str | Cut]:
    at, end = 0, len(text)
    for _ in range(most):
        if at >= end:
            return
        start = text.find("<", at)
        if start < 0:
            yield text[at:]
            return
        if start > at:
            yield text[at:start]
        following = text[start + 1 : start + 4]
        if following[:1].isalpha() and following[:1].isascii():
            name = _NAME.match(text, start + 1)
            assert name is not None  # noqa: S101  # the letter was seen
            attributes, at, count = _attributes(text, name.end())
            if at < 0:
                return
            kind, raw = name[0].lower()[:40], ""
            if kind in _RAW:
                closer = _CLOSERS[kind].search(text, at)
                raw = text[at : closer.start() if closer else end]
                at = closer.start() if closer else end
            yield Tag(kind, attributes, raw, attributes_in_all=count)
            if kind == "plaintext":
                return
        elif following == "!--":
            at = text.find("-->", start + 2) + 3
            if at < 3:
                return
        elif following[:1] in ("!", "?") or (following[:1] == "/" and len(following) > 1):
            name = _NAME.match(text, start + 2) if following[0] == "/" else None
            if name:
                yield _End(name[0].lower()[:40])
            at = text.find(">", start) + 1
            if at < 1:
                return
        else:
            yield "<"
            at = start + 1
    yield Cut()


def _attributes(text: str, at: int) -> tuple[dict[str, str], int, int]:
    """Return the attributes from ``at`` on, where the tag ends (-1: never), and how many."""
    found: dict[str, str] = {}
    for count in itertools.count():
        match = _ATTRIBUTE.match(text, at)
        if match is None:
            end = text.find(">", at)
            return found, end + 1 if end >= 0 else -1, count
        at = match.end()
        value = match[2] or ""
        if value[:1] in ("'", '"'):
            if len(value) < 2 or value[-1] != value[0]:
                return found, -1, count
            value = value[1:-1]
        if len(found) < _ATTRIBUTES_KEPT:
            found.setdefault(match[1].lower()[:60], unescape(value[:_VALUE_CHARACTERS]))
    raise AssertionError("counting ends nowhere")


def is_heavy(text: str) -> bool:
    """Say whether a parser that builds a tree would need more than linear time for ``text``.

    Browsers stop nesting at 512 elements. Where there is foreign content (SVG, MathML) scripts and
    styles may be markup as well, so their text is counted too.
    """
    open_: Counter[str] = Counter()
    foreign, deep, waiting = False, 0, [text]
    while waiting:
        for token in _tokens(waiting.pop(), _TAGS_COUNTED):
            if isinstance(token, Cut):
                return True
            if isinstance(token, Tag):
                foreign = foreign or token.name in ("svg", "math")
                if token.attributes_in_all > _ATTRIBUTES_AT_MOST:
                    return True
                if token.name in _RAW:
                    if foreign and "<" in token.raw and token.name != "script":
                        waiting.append(token.raw)
                elif token.name not in _VOID and token.name not in _ONE_BY_ONE:
                    open_[token.name] += 1
                    deep += 1
                    if deep > _NESTED_AT_MOST:
                        return True
            elif isinstance(token, _End) and open_[token.name]:
                open_[token.name] -= 1
                deep -= 1
    return False


def read(text: str, sheet: Mapping[str, str] | None = None) -> Iterator[Tag | Words | Cut]:
    """Yield tags and text of a page in order, with what hides them.

    sheet: what style sheets of other files hide, as of ``rules_of``.
    """
    open_: list[tuple[str, str, bool]] = []
    around: list[frozenset[str]] = []
    rules, paths = dict(sheet or {}), Paths()
    for token in _tokens(text):
        if isinstance(token, str):
            if token.strip():
                inside, hidden, quiet = open_[-1] if open_ else ("", "", False)
                if not quiet:
                    yield Words(unescape(token), inside, hidden)
        elif isinstance(token, _End):
            for back in range(1, min(_SEARCHED, len(open_)) + 1):
                if open_[-back][0] == token.name:
                    del open_[-back:], around[-back:]
                    break
        elif isinstance(token, Cut):
            yield token
        else:
            name = token.name
            if open_ and name in _ONE_BY_ONE and open_[-1][0] == name:
                open_.pop()
                around.pop()
            _, outer, quiet = open_[-1] if open_ else ("", "", False)
            keys = _keys(token)
            hidden = outer or _hidden(token, rules)
            hidden = hidden or paths.hide(keys, around, frame=name in FRAMES)
            if name == "style":
                rules.update(rules_of(token.raw))
                paths.add(paths_of(_sheet_rules(token.raw)))
            yield Tag(
                name,
                token.attributes,
                token.raw,
                hidden,
                quiet,
                tuple(entry[0] for entry in open_[-3:]),
            )
            if name not in _VOID and name not in _RAW and len(open_) < _DEPTH:
                open_.append((name, hidden, quiet or name in ("noscript", "template")))
                around.append(keys)


def _keys(tag: Tag) -> frozenset[str]:
    """Return what a selector may name of an element."""
    classes = tag.attributes.get("class", "").split()[:20]
    one = tag.attributes.get("id", "").strip()
    return frozenset((tag.name, *(f".{name}" for name in classes), *([f"#{one}"] if one else [])))


FRAMES = frozenset({"iframe", "frame", "object", "embed"})
_LENGTH = r"\s*+:\s*+-?+\s*+(\d{1,9})(?:\.\d*+)?+\s*+(px|em|rem|pt|%|vw|vh)?"
_AWAY = re.compile(
    r"(?:^|[;\s{])(left|right|top|bottom|text-indent|margin-left|margin-top)" + _LENGTH
)
_SIZE = re.compile(r"(?:^|[;\s{])(width|height|max-width|max-height|font-size)" + _LENGTH)
_MOVED = re.compile(
    r"translate(?:x|y|3d)?\((?:[\d.]{1,9}[a-z%]{0,4},)?-(\d{1,9})(?:\.\d{1,9})?(px|em|rem|pt|%|vw|vh)?"
)
_CLIPPED = re.compile(r"clip-path:(?:inset\((?:50|100)%|circle\(0|polygon\(0(?:px|%)?0)")
_NO_SIZE = re.compile(
    r"scale(?:x|y|3d)?\(0(?:\.0{1,9})?[,)]|rect\(0(?:px)?,?0(?:px)?,?0(?:px)?,?0(?:px)?\)"
)
_INK = re.compile(r"(?:^|[;{])(color|background|background-color):([^;}]{1,60})")
_CLEAR = re.compile(
    r"transparent$|#[0-9a-f]{3}0$|#[0-9a-f]{6}00$"
    r"|(?:rgb|hsl)a?\((?:(?:[^,()/]{1,20},){3}|[^,()/]{1,40}/)0(?:\.0{1,9}|%)?\)$"
)
_NAMED = {"white": "fff", "black": "000"}
_FAR = {"px": 300, "pt": 300, "em": 50, "rem": 50, "%": 100, "vw": 100, "vh": 100}


def hides(style: str, *, frame: bool = False) -> str:
    """Return how a style hides its element: gone, off-screen, tiny, see-through; else "".

    frame: of a window onto another page, which shows nothing beyond its own size.
    """
    style = style[:2000].lower().replace("!important", "")
    plain = style.replace(" ", "")
    if "display:none" in plain or "visibility:hidden" in plain:
        return "gone"
    if "visibility:collapse" in plain or "content-visibility:hidden" in plain:
        return "gone"
    if re.search(r"(?:^|[;{])opacity:0(?:\.0\d*)?(?:;|$|})", plain) or _without_ink(plain):
        return "see-through"
    for found in _AWAY.finditer(style):
        minus = "-" in found[0].partition(":")[2]
        # A picture in place of a heading moves its text aside; links in it still lead home.
        if minus and int(found[2]) >= _FAR.get(found[3] or "px", 300):
            return "off-screen"
    for moved in _MOVED.finditer(plain):
        if int(moved[1]) >= _FAR.get(moved[2] or "px", 300):
            return "off-screen"
    for found in _SIZE.finditer(style):
        small = int(found[2]) <= 2 and found[3] != "%" and "." not in found[0]
        if small and (frame or "overflow:hidden" in plain or found[1] == "font-size"):
            return "tiny"
    if _NO_SIZE.search(plain) or _CLIPPED.search(plain):
        return "tiny"
    return ""


def _without_ink(plain: str) -> bool:
    """Return whether text has the colour of what it stands on, or none.

    Where the ground is cut out in the form of the letters, they are seen by it.
    """
    if "background-clip:text" in plain:
        return False
    inks: dict[str, str] = {}
    for found in _INK.finditer(plain):
        inks[found[1].partition("-")[0]] = _spelled(found[2])
    ink = inks.get("color", "")
    if ink in ("inherit", "initial", "unset", "revert") or ink.startswith("var("):
        return False
    return bool(ink) and (_CLEAR.search(ink) is not None or ink == inks.get("background"))


def _spelled(colour: str) -> str:
    """Return a colour in one spelling: "white", "#FFF" and "#ffffff" are one."""
    colour = _NAMED.get(colour, colour.removeprefix("#") if len(colour) in (4, 7) else colour)
    halved = colour[::2]
    return halved if len(colour) == 6 and colour == "".join(c * 2 for c in halved) else colour


def _hidden(tag: Tag, rules: dict[str, str]) -> str:
    attributes = tag.attributes
    if "hidden" in attributes:
        return "gone"
    frame = tag.name in FRAMES
    how = hides(attributes.get("style", ""), frame=frame)
    if how:
        return how
    if frame or tag.name == "marquee":
        sizes = [attributes[side].strip() for side in ("width", "height") if side in attributes]
        if any(size.rstrip("px") in ("0", "1", "2") for size in sizes):
            return "tiny"
    if rules:
        kind = "frame" if frame else ""
        for name in attributes.get("class", "").split()[:20]:
            how = rules.get(f".{name}") or rules.get(f"{kind}.{name}", "")
            if how:
                return how
        one = attributes.get("id", "")
        return rules.get(f"#{one}") or rules.get(f"{kind}#{one}", "")
    return ""


_REMARK = re.compile(r"/\*(?:[^*]++|\*(?!/))*+(?:\*/)?")
_BRACE = re.compile(r"([{}])")
_ALWAYS = re.compile(r"@(?:layer|supports)\b|@media\s*+(?:only\s++)?(?:screen|all)\s*+$")
_SHEET_DEPTH = 20
_SELECTOR = re.compile(r"[.#][\w-]{1,80}")


def rules_of(css: str) -> dict[str, str]:
    """Return which single classes and ids a style sheet hides, and how.

    Those that it hides only where they are of a window onto another page begin with ``frame``.
    What holds only in print or on a narrow screen is left out.
    """
    found: dict[str, str] = {}
    for rule in _sheet_rules(css):
        if rule.always:
            for kind, how in (("", rule.how), ("frame", rule.frame)):
                for selector in rule.selectors.split(",")[:20] if how else ():
                    if _SELECTOR.fullmatch(selector.strip()):
                        found.setdefault(f"{kind}{selector.strip()}", how)
    return found


def _sheet_rules(css: str) -> Iterator[Rule]:
    """Yield the rules of a style sheet in order; what holds only in print is left out."""
    around: list[str] = []
    parts = _BRACE.split(_REMARK.sub("", css[:200_000]), 12_000)
    for text, brace in zip(parts[::2], parts[1::2], strict=False):
        if brace == "{":
            around.append(text.rpartition(";")[2].strip()[:2000])
        elif around:
            selectors = around.pop()
            if not any("print" in outer[:200] for outer in around[:_SHEET_DEPTH]):
                always = len(around) < _SHEET_DEPTH and all(map(_ALWAYS.match, around))
                yield Rule(selectors, text, hides(text), hides(text, frame=True), always)
