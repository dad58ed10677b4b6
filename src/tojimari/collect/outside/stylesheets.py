"""What a style sheet loads: the addresses in it, found in time linear in its length."""

import re
from collections.abc import Iterator

from tojimari.collect.outside.egress import URL_CHARACTERS

_ADDRESSES_AT_MOST = 2_000
# Strings, comments and addresses that are left open end with the line or the sheet, as in browsers.
_STRING = r"\"(?:[^\"\\\n]|\\.)*+\"?+|'(?:[^'\\\n]|\\.)*+'?+"
_ADDRESS = rf"{_STRING}|[^)]*+"
_BETWEEN = r"(?:\s|/\*(?:[^*]|\*(?!/))*+\*/)*+"
_TOKEN = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    # Names of vocabularies and pages that a rule is for; nobody loads them.
    r"|@namespace\b[^;{}]*+|@(?:-moz-)?document\b[^{;]*+"
    rf"|@import{_BETWEEN}(?:(?P<sheet>{_STRING})|url\(\s*+(?P<linked_sheet>{_ADDRESS}))"
    rf"|(?<![\w-])(?:-webkit-)?image-set\({_BETWEEN}(?P<picture>{_STRING})"
    rf"|(?<![\w-])url\(\s*+(?P<file>{_ADDRESS})"
    rf"|{_STRING}",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(\n)|(.))", re.DOTALL)


def addresses(css: str) -> Iterator[tuple[str, bool]]:
    """Yield each address as written, and whether it is one of a further style sheet."""
    found = 0
    for token in _TOKEN.finditer(css):
        sheet = token["sheet"] or token["linked_sheet"]
        written = sheet or token["file"] or token["picture"]
        if not written or found == _ADDRESSES_AT_MOST:
            continue
        found += 1
        if len(written) <= URL_CHARACTERS:
            quote = written[0] if written[0] in "\"'" else ""
            inner = written[1:].removesuffix(quote) if quote else written.rstrip()
            yield _ESCAPE.sub(_plain, inner), bool(sheet)


def _plain(escape: re.Match[str]) -> str:
    if escape[1]:
        number = int(escape[1], 16)
        return chr(number) if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else "\ufffd"
    return escape[3] or ""
