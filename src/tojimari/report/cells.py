"""Cells of tables that a spreadsheet opens."""

_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: object) -> str:
    """Return a cell no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in _STARTS else text
