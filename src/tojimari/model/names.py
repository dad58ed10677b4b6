"""Host names in two forms: the ASCII form of DNS, and the one people read (IDNA 2008, UTS 46).

People read 日本語.jp instead of xn--wgv71a119e.jp, where that cannot deceive.
"""

import re
import unicodedata
from collections.abc import Mapping

_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_LABEL = re.compile(r"xn--[a-z0-9-]{1,59}")
_JAPANESE = ("CJK UNIFIED IDEOGRAPH-", "HIRAGANA LETTER ", "KATAKANA LETTER ")
_ALSO_JAPANESE = "ー々〆"
_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-ßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ")
_LOOK_LIKE_OTHERS = frozenset("ーノ一丶丨〆ニハロエオカトヘへリりソンメタミ二八口工力卜夕十三")
"""Characters that pass for a Latin one, a stroke, a slash or for one another."""
_STROKES = frozenset("ーノ一丶丨")
_NAMES = ("host", "hosts", "domain", "pages", "urls")
"""Numbers of a sentence that hold names and addresses of the owner's own."""
_NAME_CHARACTERS = 254
"""A name of DNS holds 253, and a final dot."""
_IN_TEXT = re.compile(r"(?<![A-Za-z0-9-])xn--[a-z0-9-]{1,59}(?![A-Za-z0-9-])")

Number = str | int | float | bool | None | list[str]
"""What stands in a place of a sentence: a count, a name, a day as ISO text, or a few of either."""
Numbers = Mapping[str, Number]


def ascii_form(name: str) -> str:
    """Return a host name in the ASCII form of DNS, in lower case; a final dot stays.

    Characters are mapped by UTS 46 and labels encoded by IDNA 2008: ``straße.de`` gives
    ``xn--strae-oqa.de``. Labels that are ASCII already are not checked. Raises UnicodeError for a
    character that no name may hold, an empty label, and a name too long for DNS.
    """
    if name.isascii():
        return name.lower()
    import idna  # its tables are large, and few names need them

    if len(name) > _NAME_CHARACTERS:
        raise UnicodeError("too long for a host name")
    labels = idna.uts46_remap(name, std3_rules=False).split(".")
    if not all(labels[:-1]):
        raise UnicodeError("empty label")
    return ".".join(
        label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels
    )


def host_name(name: str) -> str:
    """Return a host name in the ASCII form of DNS, without a final dot; "" where it is none.

    Only letters, digits, ``-`` and ``_`` (service names, RFC 2782) in labels of 63, 253 in all: what
    is written into lists, databases and letters may hold nothing that means something there.
    """
    try:
        found = ascii_form(name.strip().removesuffix("."))
    except UnicodeError:
        return ""
    return found if len(found) < _NAME_CHARACTERS and _HOST.fullmatch(found) else ""


def shown_name(name: str) -> str:
    """Return a host name (ASCII) as people read it; a label that could deceive stays as it is.

    Japanese and Latin are shown. Other scripts stay ``xn--``, and so does what mixes Latin with
    Japanese signs that could pass for Latin ones or for a stroke between names.
    """
    return ".".join(_shown(label) for label in name.split("."))


def shown_numbers(numbers: Mapping[str, Number]) -> Numbers:
    """Return the numbers of a sentence with the owner's own names as people read them."""
    return {
        key: _IN_TEXT.sub(lambda found: _shown(found[0]), value)
        if key in _NAMES and isinstance(value, str)
        else value
        for key, value in numbers.items()
    }


def _shown(label: str) -> str:
    if not _LABEL.fullmatch(label):
        return label
    try:
        plain = label[4:].encode().decode("punycode")
        # Only what a browser would turn into the very same name again.
        same = ascii_form(plain) == label
    except UnicodeError:
        return label
    return plain if same and _is_safe(plain) else label


def _is_safe(plain: str) -> bool:
    runs = ["".join(run) for run in _runs(plain)]
    latin = any(run[0] in _LATIN and any(character.isalpha() for character in run) for run in runs)
    for run in runs:
        if run[0] in _LATIN:
            continue
        if not all(_is_japanese(character) for character in run):
            return False
        if latin and all(character in _LOOK_LIKE_OTHERS for character in run):
            return False
    return not set(plain) <= _STROKES


def _runs(text: str) -> list[list[str]]:
    """Return the text in pieces that are Latin throughout or not Latin throughout."""
    runs: list[list[str]] = []
    for character in text:
        if runs and (runs[-1][-1] in _LATIN) == (character in _LATIN):
            runs[-1].append(character)
        else:
            runs.append([character])
    return runs


def _is_japanese(character: str) -> bool:
    return character in _ALSO_JAPANESE or unicodedata.name(character, "").startswith(_JAPANESE)
