"""Words for people: every sentence a user sees exists in Japanese and in English."""

from typing import Literal

import msgspec

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = ("ja", "en")


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages; places for numbers are written ``{name}``."""

    ja: str
    en: str

    def say(self, lang: Lang, **numbers: object) -> str:
        """Return the sentence in ``lang`` with its places filled from ``numbers``.

        Raises KeyError when the sentence has a place that ``numbers`` does not fill.
        """
        template = self.ja if lang == "ja" else self.en
        if not numbers and "{" not in template:
            return template
        return template.format_map(numbers)
