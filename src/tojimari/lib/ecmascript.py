"""White space as ECMAScript knows it, so that odd values read as they do in browsers."""

import re

_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACES = re.compile(f"[{_SPACE}]+")
_ENDS = "".join(chr(c) for c in range(0x10000) if _SPACES.fullmatch(chr(c)))


def trimmed(text: str) -> str:
    """Return ``text`` without white space at its ends."""
    return text.strip(_ENDS)


def fields(text: str) -> list[str]:
    """Return the words of ``text``."""
    return [word for word in _SPACES.split(text) if word]
