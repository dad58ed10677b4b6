"""The header by which a site asks to be opened over TLS only (HSTS, RFC 6797)."""

import re

_SECONDS = re.compile(r"\"([0-9]++)\"|([0-9]++)")
_DIGITS = 18
"""More are as good as for ever."""


def max_age(value: str) -> int | None:
    """Return for how many seconds one header asks; None where a browser passes it over.

    It does so without a whole number in ``max-age``, or with two of them (6.1): the number may stand
    in quotes. A comma belongs to no number.
    """
    found: int | None = None
    for part in value.split(";"):
        name, _, number = part.partition("=")
        if name.strip().lower() != "max-age":
            continue
        digits = _SECONDS.fullmatch(number.strip())
        if digits is None or found is not None:
            return None
        number = (digits[1] or digits[2]).lstrip("0") or "0"
        found = int(number[:_DIGITS])
    return found
