"""What a script is up to, read without running it: hides itself, reads keys or cards, sends away."""

import base64
import binascii
import re
from hashlib import blake2b
from urllib.parse import unquote

import msgspec

CODE_CHARACTERS = 300_000
_DECODED_CHARACTERS = 60_000
_ROUNDS = 3

_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,20000}={0,2}")
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}){6,3000}")
_UNICODE = re.compile(r"(?:\\u[0-9a-fA-F]{4}){6,3000}")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){6,3000}")
_NUMBERS = re.compile(r"(?:(?:0x)?[0-9a-fA-F]{1,3}\s?,\s?){8,3000}(?:0x)?[0-9a-fA-F]{1,3}")
_JOIN = re.compile(r"([\"'`])\s{0,5}\+\s{0,5}\1")
_WORDS = re.compile(r"[A-Za-z_$]{3,40}")
_HOST = re.compile(
    r"(?:https?:|wss?:|[\"'`(= ])//((?:[a-zA-Z0-9-]{1,63}\.){1,8}[a-zA-Z]{2,24})(?=[/\"'`:?#\s\\)]|$)"
)

_DECODES = re.compile(
    r"\b(?:atob|unescape|fromCharCode|decodeURIComponent|charCodeAt)\b|\\x[0-9a-f]{2}"
)
_RUNS = re.compile(
    r"\beval\b|\bFunction\s?\(|\.write(?:ln)?\s?\(|\[\s?[\"']constructor[\"']\s?\]|\bexecScript\b"
    r"|set(?:Timeout|Interval)\s?\(\s?(?:atob|unescape|String|[\"'])"
)
_PACKED = re.compile(r"eval\(function\(p,a,c,k,e,[dr]\)")
_NAMES = re.compile(r"\b_0x[0-9a-f]{2,8}\b")
_KEYS = re.compile(
    r"key(?:down|press|up)\b|onkey(?:down|press|up)|addEventListener\([\"']input[\"']",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"card[_-]?(?:no\b|num|number|holder)|cc[_-]?(?:num|number|no\b|exp|csc)|\bcvv2?\b|\bcvc\b"
    r"|security[_-]?code|credit[_-]?card|カード番号|セキュリティコード",
    re.IGNORECASE,
)
_FIELDS = re.compile(
    r"\.value\b|FormData\s?\(|\.serialize(?:Array)?\s?\(|querySelectorAll\(\s?[\"'`](?:input|form|select)"
    r"|getElementsByTagName\(\s?[\"'](?:input|form)",
)
_SENDS = re.compile(
    r"\bfetch\s?\(|XMLHttpRequest|sendBeacon|new\s+Image\b|\.src\s?=|WebSocket|\$\.(?:post|get|ajax)\b"
    r"|\.action\s?="
)
_LOADS = re.compile(
    r"createElement\(\s?[\"'`]script|<script[\s/>]|\bimport\s?\(|importScripts|getScript\s?\(",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r"(?:\bsrc\s?=|import\s?\(|getScript\s?\(|importScripts\s?\()\s?\\?[\"'`]?(?:https?:)?//([a-zA-Z0-9.-]{4,253})"
    r"|[\"'`](?:https?:)?//([a-zA-Z0-9.-]{4,253})/[^\"'`\s]{0,200}\.js\b"
)
_FRAMES = re.compile(r"createElement\(\s?[\"'`]iframe|<iframe[\s/>]", re.IGNORECASE)
_UNSEEN = re.compile(
    r"display\s?[:=]\s?[\"']?none|(?:width|height)[\"']?\s?[:=,]\s?[\"']?[01](?:px)?\b|-\d{3,5}px"
    r"|visibility\s?[:=]\s?[\"']?hidden",
    re.IGNORECASE,
)
_GOES = re.compile(
    r"location(?:\.href)?\s?=(?!=)|location\.(?:replace|assign)\s?\(|location\[[\"']href[\"']\]\s?=",
)
_ACTIVE = re.compile(
    r"<script|<iframe|https?:|//[a-z0-9-]+\.|document\.|\beval\b|function\b|window\."
)


class Code(msgspec.Struct, frozen=True):
    """A script within a page, or a file of the site's own.

    Attributes:
        print: fingerprint of its words; numbers, tokens and spaces do not count.
        signs: what it does, by the names below.
        hosts: hosts written in it, also in what it hides, at most twelve.
        sources: those of them from which it loads a program.
    """

    print: str
    signs: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def code_of(text: str) -> Code:
    """Return what can be told of a script without running it.

    Signs: hides (it decodes a text of its own and runs it, or its names are made unreadable),
    hides_active (what it hides, when decoded, does something), keys, card, fields, sends, loads,
    frame (makes one nobody sees), goes.
    """
    text = text[:CODE_CHARACTERS]
    shown = _JOIN.sub("", text.replace("\\/", "/"))
    inner = unveil(shown)
    every = f"{shown}\n{inner}"
    signs = {name for name, found in _SIGNS.items() if found.search(every)}
    if _FRAMES.search(every) and _UNSEEN.search(every):
        signs.add("frame")
    if _hides(shown, inner):
        signs.add("hides")
        if _ACTIVE.search(inner.lower()):
            signs.add("hides_active")
    hosts = dict.fromkeys(host.lower() for host in _HOST.findall(every)[:500])
    words = " ".join(_WORDS.findall(text))
    digest = blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()
    sources = dict.fromkeys((one or other).lower() for one, other in _SOURCE.findall(every)[:200])
    return Code(digest, tuple(sorted(signs)), tuple(hosts)[:12], tuple(sources)[:12])


_SIGNS = {
    "keys": _KEYS,
    "card": _CARD,
    "fields": _FIELDS,
    "sends": _SENDS,
    "loads": _LOADS,
    "goes": _GOES,
}


def _hides(text: str, inner: str) -> bool:
    if _PACKED.search(text) or len(set(_NAMES.findall(text))) >= 5:
        return True
    dense = re.sub(r"\s+", "", text[:20_000])
    if len(dense) > 150 and sum(dense.count(sign) for sign in "[]()!+{}") > len(dense) * 0.75:
        return True
    escaped = sum(len(found[0]) for found in _ESCAPES.finditer(text))
    if escaped > 400 and escaped > len(text) * 0.3:
        return True
    return len(inner) >= 20 and bool(_DECODES.search(text)) and bool(_RUNS.search(text))


def unveil(text: str) -> str:
    """Return the readable texts that a script holds in another form, one within the other."""
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
        layer = "\n".join(texts)
        found.append(layer)
    return _JOIN.sub("", "\n".join(found).replace("\\/", "/"))


def _decoded(text: str) -> list[str]:
    texts = [
        bytes.fromhex(match[0].replace("\\x", "")).decode("latin-1")
        for match in _ESCAPES.finditer(text)
    ]
    texts += [
        "".join(chr(int(four, 16)) for four in match[0].split("\\u")[1:])
        for match in _UNICODE.finditer(text)
    ]
    texts += [unquote(match[0], errors="replace") for match in _PERCENT.finditer(text)]
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
    return [decoded for decoded in texts if _readable(decoded)]


def _readable(text: str) -> bool:
    return bool(text) and sum(32 <= ord(c) < 127 or c in "\t\r\n" for c in text) > len(text) * 0.85
