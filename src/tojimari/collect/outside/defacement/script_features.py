"""What a script does, read without running it: hides itself, reads keys or cards, sends away."""

import re
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from tojimari.collect.outside.defacement.deobfuscation import (
    ESCAPES,
    joined,
    unveil,
    without_comments,
)
from tojimari.knowledge.script_places import CONTAINER, is_odd
from tojimari.model.snapshots import ScriptFeatures

CODE_CHARACTERS = 300_000
_END_CHARACTERS = 100_000
"""Of a longer one, the end is read as well: there and at the head is where something is added."""
_SHORT = 10_000
_HOSTS = 24
_WORDS = re.compile(r"[A-Za-z_$]{3,40}")
_HOST = re.compile(
    r"(?:https?:|wss?:|[\"'`(= ])//((?:[a-zA-Z0-9-]{1,63}\.){1,8}[a-zA-Z]{2,24})(?=[/\"'`:?#\s\\)]|$)"
)

_ADDRESS = re.compile(
    r"\s*+(?:https?:|wss?:)?//((?:[a-zA-Z0-9-]{1,63}\.){1,8}[a-zA-Z]{2,24})(?=[/:?#]|$)"
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
_SENT = re.compile(
    r"(?:\bfetch\s?\(|sendBeacon\s?\(|WebSocket\s?\(|\.(?:post|get|ajax|getJSON)\s?\("
    r"|\.open\s?\(\s?[\"'`]\w{3,7}[\"'`]\s?,|\.src\s?=|\.action\s?=|\burl\s?:)"
    r"\s?[\"'`](?:(?:https?:|wss?:)?//([a-zA-Z0-9.-]{4,253})|(/[^\"'`\s]{4,200}))"
)
_DECODING = re.compile(r"\b(?:atob|unescape|fromCharCode)\b")
_MAKING = re.compile(
    r"\beval\s?\(|\bFunction\s?\(|createElement\(\s?[\"'`](?i:script)|\[\s?[\"']constructor[\"']\s?\]"
)
_BESIDE = 500
"""A loader is a line; in a library of many uses these stand thousands of characters apart."""
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


def script_features(text: str) -> ScriptFeatures:
    """Return what can be told of a script without running it."""
    # The same few scripts stand on every page of a site.
    return _cached(text) if len(text) < _SHORT else _read(text)


@lru_cache(maxsize=128)
def _cached(text: str) -> ScriptFeatures:
    return _read(text)


def _read(text: str) -> ScriptFeatures:
    if len(text) > CODE_CHARACTERS + _END_CHARACTERS:
        text = f"{text[:CODE_CHARACTERS]}\n{text[-_END_CHARACTERS:]}"
    shown = joined(text)
    plain = without_comments(shown)
    pieces = unveil(plain)
    inner = joined("\n".join(pieces))
    every = f"{shown}\n{inner}"
    indicators = {name for name, found in _INDICATORS.items() if found.search(every)}
    if _FRAMES.search(every) and _UNSEEN.search(every):
        indicators.add("frame")
    if _hides(shown, inner):
        indicators.add("hides")
        if _ACTIVE.search(inner.lower()):
            indicators.add("hides_active")
    told = f"{plain}\n{inner}"
    # An address that was hidden is what it is for.
    coded = [found[1].lower() for piece in pieces if (found := _ADDRESS.match(piece))]
    sent = [(host.lower(), path) for host, path in _SENT.findall(told)[:300]]
    digest = blake2b(" ".join(_WORDS.findall(text)).encode("utf-8", "replace"), digest_size=8)
    return ScriptFeatures(
        digest.hexdigest(),
        tuple(sorted(indicators)),
        _first([*coded, *(host.lower() for host in _HOST.findall(told)[:500])]),
        _first(
            [
                *(coded if "loads" in indicators else ()),
                *((one or other).lower() for one, other in _SOURCE.findall(told)[:300]),
            ]
        ),
        _first([*(coded if "sends" in indicators else ()), *(host for host, _ in sent if host)]),
        _first([path[:100] for _, path in sent if is_odd(path)]),
        _first(CONTAINER.findall(told)[:100]),
        _beside(shown),
    )


def _first(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))[:_HOSTS]


def _beside(text: str) -> int:
    """Count where something is decoded beside where a program is made of a text."""
    makes = [found.start() for found in _MAKING.finditer(text)]
    at = n = 0
    for found in _DECODING.finditer(text):
        while at < len(makes) and makes[at] < found.start() - _BESIDE:
            at += 1
        n += at < len(makes) and makes[at] <= found.start() + _BESIDE
    return n


_INDICATORS = {
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
    if len(dense) > 150 and sum(dense.count(mark) for mark in "[]()!+{}") > len(dense) * 0.75:
        return True
    escaped = sum(len(found[0]) for found in ESCAPES.finditer(text))
    if escaped > 400 and escaped > len(text) * 0.3:
        return True
    return len(inner) >= 20 and bool(_DECODES.search(text)) and bool(_RUNS.search(text))
