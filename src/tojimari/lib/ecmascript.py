"""White space as ECMAScript knows it, so that odd values read as they do in browsers."""

import re

_WIDTHS = "".join(chr(code) for code in range(0x2000, 0x200B))
_SPACE = f"\t\n\v\f\r \u00a0\u1680{_WIDTHS}\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACES = re.compile(f"[{_SPACE}]+")


def trimmed(text: str) -> str:
    """Return ``text`` without white space at its ends."""
    return text.strip(_SPACE)


def fields(text: str) -> list[str]:
    """Return the words of ``text``."""
    return [word for word in _SPACES.split(text) if word]
