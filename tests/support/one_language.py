"""Whether a text is in one language: Japanese without English sentences, English without Japanese.

What people typed (names of companies), what is typed (code) and a few names are no language.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from html.parser import HTMLParser

NAMES: tuple[str, ...] = ()
"""Names that are written so in the other language too."""

_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿ｦ-ﾟ々〆、。「」『』（）：]+")
_LATIN = re.compile(r"[A-Za-z][\w'./-]*(?: [(&]?[A-Za-z][\w'./-]*)+", re.ASCII)
_SMALL = re.compile(r"(?<![\w./-])[a-z][a-z']+(?![\w/-]|\.\w)", re.ASCII)
_TYPED = re.compile(
    r"`[^`]*`|\{\w+\}|https?://\S+|\S+@\S+|[\w.-]+\.(?:jp|com|example|test|html|yaml|json)\b"
)


def wrong_language(text: str, lang: str, data: Collection[str] = ()) -> list[str]:
    """Return the parts of ``text`` that are in the other language than ``lang``.

    data: what people typed, which may be in any language.
    """
    return _wrong(text, lang, tuple(data)) if text and not text.isspace() else []


@lru_cache(20_000)  # pages have most of their words in common
def _wrong(text: str, lang: str, data: tuple[str, ...]) -> list[str]:
    for known in (*data, *NAMES):
        if known not in text:  # most are not, and that is found faster than a pattern is made
            continue
        edge = r"\b" if known.isascii() and known.isalnum() else ""
        text = re.sub(f"{edge}{re.escape(known)}{edge}", " ", text)
    text = _TYPED.sub(" ", text)
    if lang == "en":
        return _JAPANESE.findall(text)
    small = _SMALL.findall(text)
    if small and not _JAPANESE.search(text):
        return small
    # A name may hold one small word ("Bank of ..."); two of them in a row of words are a sentence.
    return [run for run in _LATIN.findall(text) if len(_SMALL.findall(run)) > 1]


_CODE = {"code", "pre", "script", "style", "kbd"}
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_SAID = ("alt", "title", "placeholder", "aria-label", "aria-description")


class _Page(HTMLParser):
    def __init__(self, data: Collection[str]) -> None:
        super().__init__()
        self.data, self.wrong = data, list[tuple[str, str]]()
        self._open: list[tuple[str, str, bool]] = []

    def _judge(self, text: str) -> None:
        _, lang, code = self._open[-1] if self._open else ("", "", True)
        if lang in ("ja", "en") and not code:
            self.wrong += [(lang, part) for part in wrong_language(text, lang, self.data)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        _, lang, code = self._open[-1] if self._open else ("", "", False)
        entry = (tag, held.get("lang") or lang, code or tag in _CODE)
        self._open.append(entry)
        for name in _SAID:
            self._judge(held.get(name) or "")
        if tag == "input" and held.get("type") in ("submit", "button"):
            self._judge(held.get("value") or "")
        if tag == "meta" and held.get("name") == "description":
            self._judge(held.get("content") or "")
        if tag in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and tag not in _VOID:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, text: str) -> None:
        self._judge(text)


def wrong_in_page(page: str, data: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return (language of the place, what stands there) for whatever is in another language.

    An element's own ``lang`` counts for what is in it.
    """
    reader = _Page(data)
    reader.feed(page)
    reader.close()
    assert re.search(r"<html lang=\"(ja|en)\"", page), "the page says no language"
    return reader.wrong
