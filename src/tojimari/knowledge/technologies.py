"""Servers, languages and content management systems by Wappalyzer's fingerprints (MIT)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec

from tojimari.knowledge.files import Copy, content_of, copy_of, decoded
from tojimari.knowledge.patterns import Budget, Pattern

KINDS = {1: "cms", 6: "shop", 11: "cms", 18: "framework", 22: "server", 27: "language",
         28: "system", 33: "server", 64: "server"}  # fmt: skip
"""Category of the data -> our word; other categories (fonts, counters) tell nothing here."""
_SURE = 50
"""Below this confidence (percent) a fingerprint is a guess."""
_NAME = "wappalyzer-fingerprints"


class _App(msgspec.Struct, frozen=True):
    cats: tuple[int, ...]
    headers: dict[str, str] = {}
    cookies: dict[str, str] = {}
    meta: dict[str, tuple[str, ...]] = {}
    html: tuple[str, ...] = ()
    scriptSrc: tuple[str, ...] = ()  # noqa: N815  # as the file spells it
    cpe: str = ""


class _File(msgspec.Struct, frozen=True):
    apps: dict[str, _App]


class _Fingerprint(msgspec.Struct, frozen=True):
    pattern: Pattern
    version: str
    any_value: bool


class _Recogniser(msgspec.Struct, frozen=True):
    name: str
    kind: str
    headers: tuple[tuple[str, _Fingerprint], ...]
    cookies: tuple[str, ...]
    meta: tuple[tuple[str, _Fingerprint], ...]
    html: tuple[_Fingerprint, ...]
    scripts: tuple[_Fingerprint, ...]


class Technology(msgspec.Struct, frozen=True):
    """What was recognised: ``version`` "" when not told; ``seen_in`` header, meta, html, script."""

    name: str
    kind: str
    version: str
    seen_in: str


def _fingerprints(sources: Sequence[str]) -> Iterator[_Fingerprint]:
    for source in sources:
        pattern, *tags = source.split("\\;")
        told = dict(tag.partition(":")[::2] for tag in tags)
        if int(told.get("confidence", "100") or 0) > _SURE:
            yield _Fingerprint(
                Pattern(pattern, ignore_case=True), told.get("version", ""), not pattern
            )


@lru_cache(maxsize=2)
def _recognisers(copy: Copy) -> tuple[_Recogniser, ...]:
    made = []
    for name, app in content_of(copy, _File).apps.items():
        kinds = [KINDS[cat] for cat in app.cats if cat in KINDS]
        if kinds:
            made.append(
                _Recogniser(
                    name,
                    kinds[0],
                    tuple(
                        (k.lower(), one)
                        for k, v in app.headers.items()
                        for one in _fingerprints([v])
                    ),
                    tuple(key.lower() for key, value in app.cookies.items() if not value),
                    tuple(
                        (k.lower(), one) for k, v in app.meta.items() for one in _fingerprints(v)
                    ),
                    tuple(_fingerprints(app.html)),
                    tuple(_fingerprints(app.scriptSrc)),
                )
            )
    return tuple(made)


def recognise(
    *,
    headers: Mapping[str, Sequence[str]],
    cookies: Sequence[str],
    meta: Mapping[str, Sequence[str]],
    html: str,
    scripts: Sequence[str],
    budget: Budget,
) -> list[Technology]:
    """Return what a page was made with.

    headers, meta: name in lower case -> values; cookies: names; scripts: addresses.
    """
    lowered = html.lower()
    known = {name.lower() for name in cookies}
    found = []
    for app in _recognisers(copy_of(_NAME)):
        told: list[tuple[str, str]] = []
        for name, one in app.headers:
            told += [
                ("header", v) for text in headers.get(name, ()) for v in _version(one, text, budget)
            ]
        for name, one in app.meta:
            told += [
                ("meta", v) for text in meta.get(name, ()) for v in _version(one, text, budget)
            ]
        for one in app.scripts:
            told += [("script", v) for text in scripts for v in _version(one, text, budget)]
        for one in app.html:
            told += [("html", v) for v in _version(one, html, budget, lowered)]
        if known & set(app.cookies):
            told.append(("header", ""))
        if told:
            # What names a version says more than what only gives the product away.
            seen_in, version = max(told, key=lambda pair: (bool(pair[1]), len(pair[1])))
            found.append(Technology(app.name, app.kind, version, seen_in))
    return found


def patterns() -> Iterator[Pattern]:
    """Yield every pattern that recognises a technology."""
    for app in _recognisers(copy_of(_NAME)):
        yield from (one.pattern for _, one in (*app.headers, *app.meta))
        yield from (one.pattern for one in (*app.html, *app.scripts))


def is_recognised(name: str) -> bool:
    """Say whether the data has a fingerprint of ``name``."""
    return name in decoded(_NAME, _File).apps


def _version(
    one: _Fingerprint, text: str, budget: Budget, lowered: str | None = None
) -> Iterator[str]:
    """Yield the version (or "") where the fingerprint is found."""
    if one.any_value:
        yield ""
        return
    match = one.pattern.search(text, budget, lowered)
    if match is None:
        return
    plain = one.version.partition("?")[0]  # "\\1?a:b" means: a where there is a first group
    number = plain.lstrip("\\")
    if number.isdigit() and plain.startswith("\\") and "?" not in one.version:
        try:
            yield str(match.group(int(number)) or "")
        except IndexError:
            yield ""
    else:
        yield ""
