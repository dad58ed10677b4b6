"""How values of files are compared: as people mean them."""

import re
import unicodedata

_POINT_ZERO = re.compile(r"-?\d{1,15}\.0+")


def plain(value: object) -> str:
    """Return a cell as people mean it: 1.0 is 1, full-width is half-width, case does not count."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    return text.partition(".")[0] if _POINT_ZERO.fullmatch(text) else text
