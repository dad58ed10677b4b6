"""Words for people: every sentence a user sees exists in Japanese and in English."""

import re
from typing import Literal

import msgspec

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = ("ja", "en")


_COUNTED = re.compile(r"\{(\w+)\|([^{}|]*)\|([^{}|]*)\}")


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages; places for numbers are written ``{name}``."""

    ja: str
    en: str

    def say(self, lang: Lang, **numbers: object) -> str:
        """Return the sentence in ``lang`` with its places filled from ``numbers``.

        In English ``{days} {days|day|days}`` chooses the word for one or for any other number.

        Raises KeyError when the sentence has a place that ``numbers`` does not fill.
        """
        template = self.ja if lang == "ja" else self.en
        if not numbers and "{" not in template:
            return template
        if lang == "en":
            template = _COUNTED.sub(lambda m: m[2] if str(numbers[m[1]]) == "1" else m[3], template)
        return template.format_map(numbers)
