"""Which eight-bit encoding a text is written in, by how likely what it then says is."""

import codecs
from collections.abc import Sequence

CANDIDATES = ("cp932", "euc_jp", "cp1252")
LIKELY = 0.6
"""From here on (0 to 1) a reading is taken for text that people write."""
CLEARER = 0.15
"""By so much the best reading has to be likelier than the next one."""
_WESTERN = set("¿¡«»“”‘’–—…€°ºª§©®·£™")
_NAMES = {"cp932": "Shift_JIS (CP932)", "euc_jp": "EUC-JP", "cp1252": "Windows-1252", "iso2022_jp": "ISO-2022-JP (JIS)"}  # fmt: skip


def name_of(encoding: str) -> str:
    """Return an encoding's name as programs show it when saving."""
    return _NAMES.get(encoding, encoding.upper())


def is_encoding(name: str) -> bool:
    """Return whether ``name`` is an encoding of texts that can be read."""
    try:
        return codecs.lookup(name)._is_text_encoding
    except LookupError:
        return False


def told(lines: Sequence[bytes]) -> str | None:
    """Return the encoding of ``lines`` (those that are not plain ASCII); None where it is not clear."""
    scores = sorted(((_score(lines, each), each) for each in CANDIDATES), reverse=True)
    best, encoding = scores[0]
    if best < LIKELY or best - scores[1][0] < CLEARER:
        return None
    return encoding


def _score(lines: Sequence[bytes], encoding: str) -> float:
    """Return how likely the characters beyond ASCII are, on average; -1 where it cannot be read."""
    likely = _western if encoding == "cp1252" else _japanese
    total, number, kana = 0.0, 0, 0
    for line in lines:
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            return -1.0
        for at, char in enumerate(text):
            if char > "\x7f":
                number += 1
                total += likely(text, at)
                kana += "\u3040" <= char <= "\u30ff"
    if not number:
        return -1.0
    # Korean and Chinese texts read as EUC-JP are kanji that everybody uses, without any kana.
    share = total / number
    return share * 0.5 if encoding == "euc_jp" and kana < number / 20 else share


def _japanese(text: str, at: int) -> float:
    char = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if "\uff61" <= char <= "\uff9f":
        return 0.7 if any("\uff61" <= each <= "\uff9f" for each in (before, after) if each) else 0.2
    if before.isascii() and before.isalpha() and after.isascii() and after.isalpha():
        return 0.0
    if "\u3000" <= char <= "\u30ff" or "\uff01" <= char <= "\uff5e":
        return 1.0
    if "\ue000" <= char <= "\uf8ff":
        return 0.0
    try:
        code = int.from_bytes(char.encode("cp932"), "big")
    except UnicodeEncodeError:
        return 0.3
    if 0x889F <= code <= 0x9872:  # the kanji of JIS level 1
        return 1.0
    return 0.7 if 0x8140 <= code <= 0x8191 or 0x8740 <= code <= 0x879C or code >= 0xFA40 else 0.3


def _western(text: str, at: int) -> float:
    char = text[at]
    if not char.isalpha():
        return 0.8 if char in _WESTERN else 0.0
    around = [text[at - 1 : at], text[at + 1 : at + 2]]
    run = text[max(0, at - 2) : at + 3]
    if sum(each > "\x7f" and each.isalpha() for each in run) >= 3:
        return 0.0
    letters = [each for each in around if each.isalpha()]
    if not letters:
        return 0.8  # a word of one letter
    fits = any(each.isascii() and each.islower() == char.islower() for each in letters)
    return 1.0 if fits or (char.isupper() and not around[0].isalpha()) else 0.3
