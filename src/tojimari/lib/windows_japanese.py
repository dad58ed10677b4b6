"""ISO-2022-JP and EUC-JP as Windows writes them, as codecs: ``cp50221`` and ``cp51932``.

Both hold what JIS X 0208 does not have and Japanese mails and tables are full of: the circled
numbers and ㈱ of NEC's row 13, IBM's extended kanji, half-width kana. Python's own codecs refuse
those. What Python's codecs read is read by them; only what they refuse is looked up in CP932,
whose double bytes are the same table in another arrangement. Importing this module registers both.
"""

import codecs
from collections.abc import Callable

_BASES = {"cp50221": "iso2022_jp_ext", "cp51932": "euc_jp"}
_MOST_CELLS = 94


def _pair(high: int, low: int) -> str:
    """Return the character in row ``high`` and cell ``low`` (0x21 to 0x7e) of CP932; "" for none."""
    row, cell = high - 0x21, low - 0x21
    if not (0 <= row < _MOST_CELLS and 0 <= cell < _MOST_CELLS):
        return ""
    lead = row // 2 + (0x81 if row < 62 else 0xC1)
    trail = cell + 0x9F if row % 2 else cell + (0x40 if cell < 63 else 0x41)
    try:
        return bytes((lead, trail)).decode("cp932")
    except UnicodeDecodeError:
        return ""


def _looked_up(error: UnicodeError) -> tuple[str, int]:
    """Return what CP932 has for the bytes that a codec refused, and where to go on; "" for none."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, at = error.object, error.start
    first = data[at]
    second = data[at + 1] if at + 1 < len(data) else 0
    if error.encoding.startswith("iso2022"):
        if 0xA1 <= first <= 0xDF:  # half-width kana in eight bits
            return chr(0xFF61 + first - 0xA1), at + 1
        return _pair(first, second), at + 2
    if first >= 0xA1 and second >= 0xA1:
        return _pair(first & 0x7F, second & 0x7F), at + 2
    return "", at + 1


def _strict(error: UnicodeError) -> tuple[str, int]:
    char, after = _looked_up(error)
    if not char:
        raise error
    return char, after


def _replace(error: UnicodeError) -> tuple[str, int]:
    char, after = _looked_up(error)
    if char:
        return char, after
    return "\ufffd", max(error.end if isinstance(error, UnicodeDecodeError) else after, 0)


def _ignore(error: UnicodeError) -> tuple[str, int]:
    char, after = _replace(error)
    return char.replace("\ufffd", ""), after


_HANDLERS: dict[str, Callable[[UnicodeError], tuple[str, int]]] = {
    "strict": _strict,
    "replace": _replace,
    "ignore": _ignore,
}


def _handler(errors: str) -> str:
    return f"tojimari.windows-japanese.{errors if errors in _HANDLERS else 'strict'}"


for _errors, _function in _HANDLERS.items():
    codecs.register_error(_handler(_errors), _function)


def _made(name: str) -> codecs.CodecInfo:
    base = codecs.lookup(_BASES[name])
    incremental = codecs.getincrementaldecoder(_BASES[name])

    class Incremental(codecs.IncrementalDecoder):
        """Decodes piece by piece; a character may lie across two pieces."""

        def __init__(self, errors: str = "strict") -> None:
            super().__init__(errors)
            self._inner = incremental(_handler(errors))

        def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
            """Return the text of ``data`` as far as it is whole."""
            return self._inner.decode(data, final)

        def reset(self) -> None:
            """Begin anew."""
            self._inner.reset()

        def getstate(self) -> tuple[bytes, int]:
            """Return what is needed to go on from here."""
            return self._inner.getstate()

        def setstate(self, state: tuple[bytes, int]) -> None:
            """Go on from ``state``."""
            self._inner.setstate(state)

    return codecs.CodecInfo(
        encode=base.encode,
        decode=lambda data, errors="strict": base.decode(data, _handler(errors)),
        incrementalencoder=base.incrementalencoder,
        incrementaldecoder=Incremental,
        name=name,
    )


def _search(name: str) -> codecs.CodecInfo | None:
    return _made(name) if name in _BASES else None


codecs.register(_search)
