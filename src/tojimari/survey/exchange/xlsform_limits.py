"""What a question's constraint in an XLSForm says: edges, lengths, how many, which alone."""

import re

import msgspec

_NUMBER = r"(-?(?:\d{1,16}(?:\.\d{1,16})?|\.\d{1,16}))"
_COMPARED = re.compile(rf"\.\s*(>=|<=|>|<)\s*['\"]?{_NUMBER}['\"]?")
_TURNED = re.compile(rf"{_NUMBER}\s*(>=|<=|>|<)\s*\.")
_COUNT = re.compile(r"count-selected\(\s*\.\s*\)\s*(>=|<=|>|<)\s*(\d{1,9})")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(>=|<=|>|<)\s*(\d{1,9})")
_CHOSEN = r"selected\(\s*\.\s*,\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)"
_MANY = r"count-selected\(\s*\.\s*\)"
_ALONE = tuple(
    re.compile(pattern)
    for pattern in (
        rf"not\(\s*{_CHOSEN}\s+and\s+{_MANY}\s*>\s*1\s*\)",
        rf"not\(\s*{_MANY}\s*>\s*1\s+and\s+{_CHOSEN}\s*\)",
        rf"if\(\s*{_CHOSEN}\s*,\s*{_MANY}\s*=\s*1\s*,\s*true\(\s*\)\s*\)",
        rf"not\(\s*{_CHOSEN}\s*\)\s+or\s+{_MANY}\s*=\s*1",
        rf"{_MANY}\s*=\s*1\s+or\s+not\(\s*{_CHOSEN}\s*\)",
    )
)
_TURN = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


class Limits(msgspec.Struct):
    """What a constraint allows.

    Attributes:
        open_edges: an edge that itself is not allowed became one that is (numbers with decimals).
        unread: parts that cannot be carried over.
    """

    minimum: float | None = None
    maximum: float | None = None
    at_most: int | None = None
    max_chars: int | None = None
    alone: set[str] = msgspec.field(default_factory=set)
    open_edges: bool = False
    unread: list[str] = msgspec.field(default_factory=list)


def read_limits(constraint: str, *, kind: str, whole: bool) -> Limits:
    """Return what ``constraint`` says of a question of type ``kind``, part by part."""
    found = Limits()
    for part in _parts(constraint.strip()):
        if not _read_part(part, kind, whole, found):
            found.unread.append(part)
    return found


def _parts(text: str) -> list[str]:
    """Split at every "and" that stands outside of brackets and quotation marks."""
    text = _bare(text)
    parts, depth, quote, begin = [], 0, "", 0
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif depth == 0 and re.match(r"\band\b", text[at:]) and not text[at - 1 : at].isalnum():
            parts.append(text[begin:at])
            begin = at + 3
    rest = [*parts, text[begin:]]
    if len(rest) == 1:
        return [text] if text else []
    return [inner for part in rest for inner in _parts(part.strip())]


def _bare(text: str) -> str:
    """Take off brackets around the whole."""
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        for at, char in enumerate(text):
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth == 0 and at < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def _read_part(part: str, kind: str, whole: bool, found: Limits) -> bool:
    if kind == "number":
        if match := _COMPARED.fullmatch(part):
            return _edge(match[1], float(match[2]), whole, found)
        if match := _TURNED.fullmatch(part):
            return _edge(_TURN[match[2]], float(match[1]), whole, found)
    if kind == "text" and (match := _LENGTH.fullmatch(part)):
        return _length(match[1], int(match[2]), found)
    if kind == "several":
        if match := _COUNT.fullmatch(part):
            most = int(match[2]) - (match[1] == "<")
            if match[1] in ("<=", "<") and most >= 1:
                found.at_most = most if found.at_most is None else min(most, found.at_most)
                return True
            return (match[1], int(match[2])) in ((">=", 1), (">", 0))
        for pattern in _ALONE:
            if match := pattern.fullmatch(part):
                found.alone.add(next(name for name in match.groups() if name is not None))
                return True
    return False


def _edge(sign: str, number: float, whole: bool, found: Limits) -> bool:
    if sign in (">", "<"):
        if not whole:
            found.open_edges = True
        elif number == int(number):
            number += 1 if sign == ">" else -1
    if sign.startswith(">"):
        found.minimum = number if found.minimum is None else max(number, found.minimum)
    else:
        found.maximum = number if found.maximum is None else min(number, found.maximum)
    return True


def _length(sign: str, number: int, found: Limits) -> bool:
    if sign in ("<=", "<") and number - (sign == "<") >= 1:
        most = number - (sign == "<")
        found.max_chars = most if found.max_chars is None else min(most, found.max_chars)
        return True
    return (sign, number) in ((">=", 1), (">", 0))  # an answer has a letter at least
