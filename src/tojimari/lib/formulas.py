"""Keeps what somebody typed from being read as a formula by a spreadsheet, and takes it back.

A text that begins like a formula (also with full-width signs, which Japanese spreadsheets turn
into one) gets an apostrophe in front, as OWASP advises for CSV. Texts that already begin with
apostrophes before such a sign get one more, so that reading back gives exactly what was typed.
"""

import re

_DANGEROUS = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_GUARDED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


def guard(text: str) -> str:
    """Return ``text`` safe for a cell of a CSV file."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def cell_value(value: object) -> object:
    """Return a cell's value: a text guarded, "" for None, a number as it is."""
    if value is None:
        return ""
    return guard(value) if isinstance(value, str) else value


def unguard(text: str) -> str:
    """Return what ``guard`` was given."""
    return text[1:] if _GUARDED.match(text) else text
