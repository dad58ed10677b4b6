"""Texts that a script holds in another form: brought into the open without running it."""

import base64
import binascii
import re
from urllib.parse import unquote

_DECODED_CHARACTERS = 60_000
_ROUNDS = 3
_BEFORE = 300

ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}){6,3000}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,20000}={0,2}")
_UNICODE = re.compile(r"(?:\\u[0-9a-fA-F]{4}){6,3000}")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){6,3000}")
_NUMBERS = re.compile(r"(?:(?:0x)?[0-9a-fA-F]{1,3}\s?,\s?){8,3000}(?:0x)?[0-9a-fA-F]{1,3}")
_REVERSED = re.compile(
    r"([\"'`])([^\"'`\n]{8,2000}+)\1\s?\.split\(\s?[\"'`]{2}\s?\)\s?\.reverse\(\s?\)"
)
_JOINED = re.compile(
    r"\[((?:\s{0,3}[\"'`][^\"'`\n]{0,100}+[\"'`]\s{0,3},?){2,60}+)\]\s?\.join\(\s?[\"'`]{2}\s?\)"
)
_QUOTED = re.compile(r"[\"'`]([^\"'`\n]*+)[\"'`]")

_PLUS = re.compile(r"([\"'`])\s{0,5}\+\s{0,5}\1")
_LETTERS = re.compile(r"\)\s?\+\s?String\.fromCharCode\(")
_LINE = re.compile(r"(?:(?<=[\s;{}),])|^)//[^\n]*+", re.MULTILINE)
# What is written between the marks of a remark may be a string's and hold a program.
_PROGRAM = re.compile(
    r"\beval\b|Function\s?\(|\batob\b|fromCharCode|unescape|createElement|\.src\b|\bfetch\b"
    r"|XMLHttpRequest|sendBeacon|WebSocket|location\s?[.=\[]|document\.write|import\s?\("
)
_PICTURE = re.compile(r"\s*+<(?:svg|\?xml)\b", re.IGNORECASE)
_LIVE = re.compile(r"<script|javascript:|\bon[a-z]{3,20}\s?=|<foreignObject", re.IGNORECASE)


def joined(text: str) -> str:
    """Return a script with the pieces of its texts put together."""
    return _PLUS.sub("", _LETTERS.sub(",", text.replace("\\/", "/")))


def without_comments(text: str) -> str:
    """Return a script without its remarks: licences and links to manuals, which nothing comes of.

    What may be part of a text instead, and holds what may be a program, stays.
    """
    pieces, at = [], 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        end = len(text) if end < 0 else end + 2
        pieces.append(text[at:start])
        if _in_a_text(text, start) and _PROGRAM.search(text, start, end):
            pieces.append(text[start:end])
        at = end
    pieces.append(text[at:])
    text = "".join(pieces)

    def line(found: re.Match[str]) -> str:
        stays = _in_a_text(text, found.start()) and _PROGRAM.search(found[0])
        return found[0] if stays else ""

    return _LINE.sub(line, text)


def _in_a_text(text: str, at: int) -> bool:
    """Say whether a text may have begun before ``at``, on the same line."""
    begun = text.rfind("\n", max(0, at - _BEFORE), at) + 1
    before = text[begun or max(0, at - _BEFORE) : at]
    return any(before.count(mark) % 2 for mark in "\"'`")


def unveil(text: str) -> list[str]:
    """Return the readable texts that a script holds in another form, also one within the other."""
    found: list[str] = []
    left = _DECODED_CHARACTERS
    layer = text
    for _ in range(_ROUNDS):
        texts = []
        for decoded in _decoded(layer):
            if left <= 0:
                break
            texts.append(decoded[:left])
            left -= len(decoded)
        if not texts:
            break
        layer = joined("\n".join(texts))
        found += texts
    return found


def _decoded(text: str) -> list[str]:
    texts = [
        bytes.fromhex(match[0].replace("\\x", "")).decode("latin-1")
        for match in ESCAPES.finditer(text)
    ]
    texts += [
        "".join(chr(int(four, 16)) for four in match[0].split("\\u")[1:])
        for match in _UNICODE.finditer(text)
    ]
    texts += [unquote(match[0], errors="replace") for match in _PERCENT.finditer(text)]
    texts += [match[2][::-1] for match in _REVERSED.finditer(text)]
    texts += ["".join(_QUOTED.findall(match[1])) for match in _JOINED.finditer(text)]
    for match in _NUMBERS.finditer(text):
        for base in (10, 16):
            try:
                numbers = [int(part.strip(), base) for part in match[0].split(",")]
            except ValueError:
                continue
            texts.append("".join(map(chr, numbers)))
            break
    for match in _BASE64.finditer(text):
        try:
            texts.append(base64.b64decode(match[0] + "==", validate=False).decode("utf-8"))
        except (binascii.Error, ValueError):
            continue
    return [decoded for decoded in texts if _readable(decoded) and not _is_picture(decoded)]


def _readable(text: str) -> bool:
    return bool(text) and sum(32 <= ord(c) < 127 or c in "\t\r\n" for c in text) > len(text) * 0.85


def _is_picture(text: str) -> bool:
    """Say whether it is a drawing that only shows: updates of libraries bring new icons."""
    return bool(_PICTURE.match(text)) and not _LIVE.search(text)
