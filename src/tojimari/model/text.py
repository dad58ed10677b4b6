"""Words for people: every sentence a user sees exists in Japanese and in English."""

import re
from typing import Literal

import msgspec

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = ("ja", "en")


_COUNTED = re.compile(r"\{(\w+)\|([^{}|]*)\|([^{}|]*)\}")

_PLACE = re.compile(r"\{(\w+)\}")
_QUOTED = {"ja": re.compile("「[^「」]*」"), "en": re.compile(r'"[^"]*"')}
_INNER: dict[Lang, dict[int, str]] = {
    "ja": str.maketrans({"「": "『", "」": "』", "『": "「", "』": "」"}),
    "en": str.maketrans({'"': "'"}),
}
"""How quotation marks inside others are written: 「…『…』…」, "… '…' …"."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages; places for numbers are written ``{name}``."""

    ja: str
    en: str

    def say(self, lang: Lang, **numbers: object) -> str:
        """Return the sentence in ``lang`` with its places filled from ``numbers``.

        In English ``{days} {days|day|days}`` chooses the word for one or for any other number.
        A quotation that fills a place between quotation marks gets the inner kind.

        Raises KeyError when the sentence has a place that ``numbers`` does not fill.
        """
        template = self.ja if lang == "ja" else self.en
        if not numbers and "{" not in template:
            return template
        if lang == "en":
            template = _COUNTED.sub(lambda m: m[2] if str(numbers[m[1]]) == "1" else m[3], template)
        return _nested(template, lang, numbers).format_map(numbers)


def _nested(template: str, lang: Lang, words: dict[str, object]) -> str:
    """Return the template with its quoted places led to words whose own quotes are inner ones.

    Those are added to ``words`` by names of their own. Commands keep their marks, and so does what
    has an odd number of them, such as 5".
    """
    inner = {
        # The kind of string stays: markup of a page is still known for what it is.
        f"{name}__inner": type(word)(word.translate(_INNER[lang]))
        for name, word in words.items()
        if isinstance(word, str) and "`" not in word and _is_quoting(word, lang)
    }
    if not inner:
        return template
    words |= inner

    def led(place: re.Match[str]) -> str:
        name = f"{place[1]}__inner"
        return f"{{{name}}}" if name in inner else place[0]

    return _QUOTED[lang].sub(lambda quoted: _PLACE.sub(led, quoted[0]), template)


def _is_quoting(word: str, lang: Lang) -> bool:
    if lang == "ja":
        return 0 < word.count("「") == word.count("」")
    return word.count('"') in (2, 4, 6)
