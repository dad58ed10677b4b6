"""A table of a stranger: bytes in any encoding that lists are written in, with any usual separator."""

import csv
import io
from collections.abc import Iterator

from tojimari.drills.gophish.errors import BadGophishFile
from tojimari.lib.encodings import decoded
from tojimari.lib.formulas import unguard
from tojimari.lib.printable import printable

LETTERS_AT_MOST = 100
"""Of a cell that is kept."""
_COLUMNS_AT_MOST = 50
_CELL_AT_MOST = 100_000
"""Letters. Python's own limit is one for the whole process, and others set it."""


def lines(data: bytes, bytes_at_most: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of a line, from 1, and its cells; empty lines are left out.

    Raises BadGophishFile where it is too large or no table; the first when the first is asked for.
    """
    if len(data) > bytes_at_most:
        most = bytes_at_most // 1_000_000
        raise BadGophishFile(
            f"大きすぎます（{most}MBまで）。分けて読み込んでください。",
            f"The file is too large (at most {most} MB). Split it.",
        )
    text = decoded(data).text.replace("\0", "").lstrip("\ufeff")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise BadGophishFile(
                f"{rows.line_num}行目: 表として読めません。CSVで保存し直してください。",
                f"Line {rows.line_num}: cannot be read as a table. Save it as CSV again.",
            ) from error
        if row is None:
            return
        if any(len(cell) > _CELL_AT_MOST for cell in row):
            raise BadGophishFile(
                f"{rows.line_num}行目: 長すぎるセルがあります。表として読めません。",
                f"Line {rows.line_num}: a cell is too long. It cannot be read as a table.",
            )
        if any(cell.strip() for cell in row):
            yield rows.line_num, row[:_COLUMNS_AT_MOST]


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=lambda each: (first.count(each), each == ","))


def cell(row: list[str], number: int) -> str:
    """Return a cell as one printable line; "" where the row is too short."""
    if number >= len(row):
        return ""
    return printable(" ".join(unguard(row[number].strip()).split()))[:LETTERS_AT_MOST]
