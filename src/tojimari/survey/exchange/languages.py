"""Which of a form's languages become the Japanese and the English text."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from tojimari.model import Text

_CODE = re.compile(r"\(\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*\s*\)\s*$")
_CODES: dict[str, Literal["ja", "en"]] = {"ja": "ja", "jpn": "ja", "jp": "ja", "en": "en", "eng": "en"}  # fmt: skip
_NAMES: dict[str, Literal["ja", "en"]] = {
    "japanese": "ja", "日本語": "ja", "nihongo": "ja", "japonais": "ja", "japonés": "ja",
    "english": "en", "英語": "en", "anglais": "en", "inglés": "en", "ingles": "en",
}  # fmt: skip


def language_of(name: str) -> Literal["ja", "en", ""]:
    """Return which of our languages ``name`` ("English (en)", "ja", "日本語") is; "" for others.

    A code in brackets decides; else the whole name has to be a code or a language's name.
    """
    code = _CODE.search(name)
    if code:
        return _CODES.get(code[1].lower(), "")
    whole = name.strip().lower()
    return _NAMES.get(whole) or _CODES.get(re.split(r"[-_]", whole)[0]) or ""


class Languages(msgspec.Struct, frozen=True):
    """The languages of one form, chosen once for all its texts.

    Attributes:
        ja, en: names of the languages whose texts are taken, best first; "" is a text without one.
        others: names of languages that are not taken over.
    """

    ja: tuple[str, ...]
    en: tuple[str, ...]
    others: tuple[str, ...]

    def text(self, said: Mapping[str, str]) -> tuple[Text | None, bool]:
        """Return the two-language text of ``said`` (language -> text), and whether both are there.

        A missing one is filled with the other, or with any that there is. None: nothing is said.
        """
        ja = next((said[name] for name in self.ja if said.get(name)), "")
        en = next((said[name] for name in self.en if said.get(name)), "")
        any_ = ja or en or next((text for text in said.values() if text), "")
        if not any_:
            return None, True
        return Text(ja=ja or any_, en=en or any_), bool(ja and en)

    def single(self) -> bool:
        """Return whether one language stands for both."""
        return self.ja == self.en


def chosen_languages(
    found: Sequence[str], default: str = "", *, unnamed_is_japanese: bool = False
) -> Languages:
    """Choose among the languages ``found``, in the form's order; ``default`` is that of "".

    Japanese and English are taken where there are any; where there is neither, the form's own
    language (else its first) stands for both. ``unnamed_is_japanese``: the texts without a
    language hold Japanese letters.
    """
    by_language: dict[str, list[str]] = {"ja": [], "en": [], "": []}
    for name in dict.fromkeys(found):
        by_language[language_of(name or default)].append(name)
    ja, en, rest = by_language["ja"], by_language["en"], by_language[""]
    if "" in rest and not default:
        slot, other = (ja, en) if unnamed_is_japanese else (en, ja)
        if not slot and other:
            slot.append("")
            rest.remove("")
    if not ja and not en:
        first = default if default in rest else next(iter(rest), "")
        return Languages((first,), (first,), tuple(name for name in rest if name != first))
    both = (tuple(ja or en), tuple(en or ja))
    return Languages(*both, tuple(name or default for name in rest))
