"""Which encoding a text is written in, by what it says of itself and by how likely the reading is.

One place for everything that comes from outside: pages, mails, tables, registers, address lists.
"""

import codecs
import re
from collections.abc import Sequence
from typing import NamedTuple

from tojimari.lib import windows_japanese as windows_japanese  # registers two codecs

CANDIDATES = ("cp932", "cp51932", "cp1252")
LIKELY = 0.6
"""From here on (0 to 1) a reading is taken for text that people write."""
CLEARER = 0.15
"""By so much the best reading has to be likelier than the next one."""
_WESTERN = set("\xa0\xad¿¡«»“”‘’–—…€°ºª§©®·£™")
_NAMES = {"cp932": "Shift_JIS (CP932)", "cp51932": "EUC-JP", "cp1252": "Windows-1252", "cp50221": "ISO-2022-JP (JIS)"}  # fmt: skip

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_ESCAPES = re.compile(rb"\x1b(?:\$[@B]|\$\(D|\([IJ])")
"""How ISO-2022-JP begins Japanese. It is made of ASCII bytes, so it would pass as UTF-8."""
_SHIFTED = re.compile(rb"\x0e([\x21-\x5f]*+)\x0f")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_LOOKED_AT = 12_000
"""Bytes by which an encoding is told; a mail or a page is in one from its beginning on."""
_READABLE = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uff5e\u2010-\u206f\U0001f000-\U0001ffff]"
)

# By the labels of the Encoding standard, and those that mail programs write besides. Python's own
# list also holds encodings that take time without end, so nobody from outside may choose from it.
_LABELS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "csshiftjis": "cp932",
    "windows-31j": "cp932",
    "cswindows31j": "cp932",
    "ms932": "cp932",
    "cp932": "cp932",
    "euc-jp": "cp51932",
    "x-euc-jp": "cp51932",
    "eucjp": "cp51932",
    "eucjp-ms": "cp51932",
    "cp51932": "cp51932",
    "iso-2022-jp": "cp50221",
    "iso-2022-jp-ms": "cp50221",
    "iso-2022-jp-1": "cp50221",
    "csiso2022jp": "cp50221",
    "cp50220": "cp50221",
    "cp50221": "cp50221",
    "cp50222": "cp50221",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5",
    "big5-hkscs": "big5hkscs",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "cp949": "cp949",
    "iso-2022-kr": "iso2022_kr",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    **{f"iso-8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows-125{part}": f"cp125{part}" for part in (0, 1, 3, 4, 5, 6, 7, 8)},
}
_OF_ASCII = ("hz", "iso2022_kr")
"""Codecs beside ISO-2022-JP that write other letters in ASCII bytes."""
_SAY_NOTHING = {"", "cp1252", "utf-8"}
"""Codecs whose label programs write without looking at the text."""


class Decoded(NamedTuple):
    """A text, and how it was found to be written.

    Attributes:
        encoding: the codec it was read by.
        mislabelled: its label, where it has a known one, is wrong.
        damaged: how often something in it could not be read.
    """

    text: str
    encoding: str
    mislabelled: bool
    damaged: int


def codec_of(label: str) -> str:
    """Return the codec that a label from outside stands for; "" where it is unknown or refused."""
    return _LABELS.get(label[:40].strip().strip("\"'").lower(), "")


def by_label(data: bytes, label: str) -> str | None:
    """Return the text as a browser reads it: by its byte order mark, else by its label.

    None where there is neither. UTF-16 without a mark and without NULs cannot be meant (HTML
    standard, 13.2.3.2) and is read as UTF-8. What cannot be read becomes U+FFFD.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    codec = codec_of(label)
    if codec.startswith("utf-16") and b"\0" not in data[:_LOOKED_AT]:
        codec = "utf-8"
    return _read(data, codec, "replace") if codec else None


def decoded(data: bytes, label: str = "") -> Decoded:
    """Return the text of ``data``, whatever its label says; never fails.

    A label is believed as long as the text is likely to be written so: mails and tables name
    encodings that they are not in, and parts of mails name none.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _as(data[len(mark) :], encoding, codec_of(label))
    labelled = codec_of(label)
    if data.isascii() and labelled not in _OF_ASCII and not (b"\x1b" in data or b"\0" in data):
        return Decoded(data.decode("ascii"), "utf-8", mislabelled=False, damaged=0)
    start = data[:128]
    for encoding, at in (("utf-16-le", 1), ("utf-16-be", 0)):
        if start[at::2].count(0) * 5 > len(start) >= 16 and 0 not in start[1 - at :: 2]:
            return _as(data, encoding, labelled)
    if labelled.startswith("utf-16"):
        labelled = ""
    if _ESCAPES.search(data) and labelled != "iso2022_kr":
        return _as(data, "cp50221", labelled)
    if data.isascii():
        return _as(data, labelled if labelled in _OF_ASCII else "utf-8", "")
    return _as(data, _eight_bits(data, labelled), labelled)


def _read(data: bytes, codec: str, errors: str) -> str:
    if codec == "cp50221" and b"\x0e" in data:  # half-width kana between SO and SI (CP50222)
        data = _SHIFTED.sub(lambda found: bytes(each | 0x80 for each in found[1]), data)
    return data.decode(codec, errors)


def _readable(data: bytes, codec: str) -> bool:
    try:
        _read(data, codec, "strict")
    except UnicodeError:
        return False
    return True


def _as(data: bytes, codec: str, labelled: str) -> Decoded:
    text = _read(data, codec, "replace")
    wrong = bool(labelled) and labelled != codec
    return Decoded(text, codec, wrong, _unread(data, codec, text))


def _eight_bits(data: bytes, labelled: str) -> str:
    """Return the codec of bytes that are neither ASCII nor UTF-16."""
    as_labelled = bool(labelled) and labelled != "utf-8" and _readable(data, labelled)
    window = _window(data)
    if _fits(window, "utf-8"):
        # A few half-width kana in Shift_JIS may by chance read as UTF-8; kana and kanji do not.
        japanese = _READABLE.search(window.decode("utf-8", "replace"))
        surely = not as_labelled or labelled == "cp1252" or japanese
        return "utf-8" if surely else labelled
    found = told([line for line in window.split(b"\n") if not line.isascii()])
    if as_labelled and found in (None, labelled):
        return labelled
    if found is not None and (labelled in _SAY_NOTHING or labelled in CANDIDATES):
        better = _damage(window, found) <= _damage(window, labelled or "utf-8")
        return found if better else labelled or "utf-8"
    if as_labelled or (labelled and _fits(window, labelled)):
        return labelled
    choices = [each for each in (labelled, "utf-8", "cp932", "cp51932", "cp1252") if each]
    return min(choices, key=lambda each: _damage(data, each))


def _fits(data: bytes, codec: str) -> bool:
    """Return whether it can be read so, be it damaged here and there (bytes that were cut)."""
    text = _read(data, codec, "replace")
    return _unread(data, codec, text) * 10 < len(text) - len(text.encode("ascii", "ignore"))


def _unread(data: bytes, codec: str, text: str) -> int:
    # Somebody before us may have read it wrongly, and written down what he could not read.
    kept = data.count(b"\xef\xbf\xbd") if codec == "utf-8" else 0
    return text.count("\ufffd") - kept


def _damage(data: bytes, codec: str) -> int:
    return _unread(data, codec, _read(data, codec, "replace"))


def _window(data: bytes) -> bytes:
    """Return the part with the first characters beyond ASCII, cut where no encoding has half one."""
    beyond = _BEYOND_ASCII.search(data)
    first = max(0, beyond.start() - 64) if beyond else 0
    cut = data[first : first + _LOOKED_AT]
    if first + _LOOKED_AT < len(data):
        cut = cut[: max(cut.rfind(each) for each in (b"\n", b" ", b"<")) + 1] or cut
    return cut


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
    return share * 0.5 if encoding == "cp51932" and kana < number / 20 else share


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
    if char == "’" and text[at - 1 : at].isalpha():
        return 1.0
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
