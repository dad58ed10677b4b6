"""What a page's content security policies allow, and what the Observatory calls that."""

import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import unquote_to_bytes

import msgspec

from tojimari.lib.ecmascript import fields, trimmed

_SHORTEST = len("img-src") - 1  # a policy below the length of the shortest directive is none
_ONLY_IN_HEADERS = ("frame-ancestors", "report-uri", "sandbox")
_MAY_REPEAT = ("report-uri", "report-to")
_POLICIES_AT_MOST = 50
_CHARACTERS = 64 * 1024

_BROAD = frozenset(
    ("ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*")
)
_INLINE = frozenset(("'unsafe-inline'", "data:"))
_PLAIN = ("http:", "ftp:")
_PASSIVE = ("img-src", "media-src")
_NONCE_OR_HASH = ("'nonce-", "'sha256-", "'sha384-", "'sha512-")

# Sources are compared with their neighbour in the order of the Unicode collation for English
# (CLDR root: punctuation, symbols, digits, letters), as the peer does.
_ORDER = {
    c: i
    for i, c in enumerate(" _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz")
}

Directives = dict[str, set[str]]


class BrokenPolicy(ValueError):
    """A policy that cannot be read."""


class _Source(msgspec.Struct):
    text: str
    place: tuple[int, ...]
    policy: int
    allowed: bool


def _directives(policy: str) -> list[tuple[str, list[str]]]:
    found = []
    for part in policy.split(";"):
        words = fields(part)
        if not words:
            continue
        name = words[0].lower()
        sources = [word.lower() for word in words[1:]]
        if not sources and name.endswith("-src"):
            sources = ["'none'"]
        found.append((name, sources))
    return found


def _source(text: str, policy: int) -> _Source:
    place = tuple(_ORDER.get(c, 1000 + ord(c)) for c in text)
    return _Source(text, place, policy, policy == 0)


def _remaining(sources: list[_Source]) -> list[_Source]:
    """Return what remains of one directive.

    A source goes when a shorter neighbour of the same policy covers it; of several policies only
    what the earlier ones allow as well stays.
    """
    ordered = sorted(sources, key=lambda source: source.place)
    for before, source in pairwise(ordered):
        if source.policy == before.policy:
            if source.text.startswith(before.text):
                source.allowed = False
        elif _covers(before.text, source.text):
            source.allowed = True
    return [source for source in ordered if source.allowed]


def _covers(wide: str, narrow: str) -> bool:
    """Say whether source ``wide`` is ``narrow`` or, ending in "/", a folder above it."""
    wide_parts, narrow_parts = wide.split("/"), narrow.split("/")
    if len(wide_parts) > len(narrow_parts):
        return False
    if wide.endswith("/"):
        wide_parts.pop()
    elif len(wide_parts) != len(narrow_parts):
        return False
    return all(
        _unescaped(a) == _unescaped(b) for a, b in zip(wide_parts, narrow_parts, strict=False)
    )


def _unescaped(part: str) -> str:
    if re.search(r"%(?![0-9A-Fa-f]{2})", part):
        raise BrokenPolicy(part[:100])
    try:
        return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenPolicy(part[:100]) from error


def read(policies: Sequence[str], in_page_from: int = sys.maxsize) -> tuple[Directives, bool]:
    """Return what all ``policies`` together allow, and whether a reporting directive is doubled.

    From number ``in_page_from`` on they stand in the page, where browsers pass over some directives.
    Raises BrokenPolicy. Of more than 50 policies the first are read, and 64 K characters of all: a
    browser takes more, but nobody writes it and a hostile page must cost little.
    """
    texts = [trimmed(policy.replace("\r", "").replace("\n", "")) for policy in policies]
    if any(len(text) < _SHORTEST for text in texts):
        raise BrokenPolicy("too short")
    left = _CHARACTERS
    for number, text in enumerate(texts):
        texts[number] = text[: max(left, 0)]
        left -= len(text)
    texts = texts[:_POLICIES_AT_MOST]
    merged: dict[str, list[_Source]] = {}
    doubled = False
    for number, text in enumerate(texts):
        seen = set()
        for name, words in _directives(text):
            if number >= in_page_from and name in _ONLY_IN_HEADERS:
                continue
            if name in seen:
                if name not in _MAY_REPEAT:
                    raise BrokenPolicy(f"{name} twice"[:100])
                doubled = True
            seen.add(name)
            sources = [_source(word, number) for word in words]
            merged[name] = _remaining(sources if number == 0 else [*merged.get(name, []), *sources])
        if number == 0 and len(texts) > 1:
            # From here on a source stays only where another policy allows it too.
            for sources in merged.values():
                for source in sources:
                    source.allowed = False
    allowed = {name: {s.text for s in sources} or {"'none'"} for name, sources in merged.items()}
    return allowed, doubled


def _has_key(sources: set[str]) -> bool:
    return any(source.startswith(_NONCE_OR_HASH) for source in sources)


def judge(
    in_headers: Sequence[str], in_page: Sequence[str], report_only: str, secure: bool
) -> tuple[str, Directives]:
    """Return the result code and the directives in force (empty when none is).

    in_headers: values of the header; in_page: of the page's meta elements, in order.
    report_only: value of Content-Security-Policy-Report-Only, which only tells; "" for none.
    secure: the site was asked for over TLS.
    """
    try:
        allowed, doubled = read([*in_headers, *in_page], len(in_headers))
    except BrokenPolicy:
        return "csp-header-invalid", {}
    if not _in_force(in_headers) and not _in_force(in_page, 0):
        reporting = "-but-reporting-enabled" if report_only else ""
        return f"csp-not-implemented{reporting}", {}
    result = _result(allowed, secure)
    tells = "csp-implemented-with-"
    fine = result.startswith((tells + "no-unsafe", tells + "unsafe-inline-in-style")) or (
        result == tells + "insecure-scheme-in-passive-content-only"
    )
    if fine and doubled:
        result = "csp-implemented-but-duplicate-directives"
    return result, allowed


def forbids_framing(directives: Directives) -> bool:
    """Say whether the policies in force name who may show the page in a frame."""
    sources = directives.get("frame-ancestors")
    return sources is not None and not sources & _BROAD


def _in_force(policies: Sequence[str], in_page_from: int = sys.maxsize) -> Directives:
    try:
        return read(policies, in_page_from)[0]
    except BrokenPolicy:
        return {}


def _result(allowed: Directives, secure: bool) -> str:
    # A directive that falls back shares default-src's set on purpose: what a nonce makes void
    # in script-src is void there too.
    fallback = allowed.get("default-src", {"*"})
    script = allowed.get("script-src", fallback)
    style = allowed.get("style-src", fallback)
    objects = allowed.get("object-src", fallback)
    for sources in (script, style):
        if _has_key(sources):
            sources.discard("'unsafe-inline'")
    if "'strict-dynamic'" in script:
        if not _has_key(script):
            return "csp-header-invalid"
        script -= {s for s in script if s == "'self'" or s.startswith(tuple(_BROAD))}
    active = set(script).union(
        *(s for name, s in allowed.items() if name not in (*_PASSIVE, "script-src"))
    )
    passive: set[str] = set()
    for name in _PASSIVE:
        passive |= allowed.get(name, allowed.get("default-src", set()))
    if script & (_BROAD | _INLINE) or objects & _BROAD:
        return "csp-implemented-with-unsafe-inline"
    if secure and any(source.startswith(_PLAIN) for source in active):
        return "csp-implemented-with-insecure-scheme"
    if "'unsafe-eval'" in script | style:
        return "csp-implemented-with-unsafe-eval"
    if secure and any(source.startswith(_PLAIN) for source in passive):
        return "csp-implemented-with-insecure-scheme-in-passive-content-only"
    if style & (_BROAD | _INLINE):
        return "csp-implemented-with-unsafe-inline-in-style-src-only"
    if allowed.get("default-src") == {"'none'"}:
        return "csp-implemented-with-no-unsafe-default-src-none"
    return "csp-implemented-with-no-unsafe"
