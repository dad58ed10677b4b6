"""Rows of a spreadsheet: CSV as Japanese programs write it, XLSX where what reads it is installed."""

import csv
import io
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec

from tojimari.lib.encodings import decoded
from tojimari.lib.formulas import unguard
from tojimari.model import TojimariError

ROWS_AT_MOST = 500
COLUMNS_AT_MOST = 60
UNPACKED_AT_MOST = 20_000_000
"""Bytes of a workbook once unpacked: a small file can hold a very large one."""


class BadSheet(TojimariError):
    """A table that cannot be read as one."""


def csv_rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (number in the file, heading -> cell) of every row. Raises BadSheet."""
    found = decoded(data)
    if found.damaged or "\x00" in found.text:
        raise BadSheet(
            "表を読めません。CSV (UTF-8かShift_JIS) で保存し直してください。",
            "The table cannot be read. Save it again as CSV (UTF-8 or Shift_JIS).",
        )
    first = next((line for line in found.text.splitlines() if line.strip()), "")
    delimiter = max((",", "\t", ";"), key=first.count)
    try:
        reader = csv.reader(io.StringIO(found.text, newline=""), delimiter=delimiter)
        yield from _rows([unguard(cell) for cell in row] for row in reader)
    except csv.Error as error:
        said = " ".join(str(error).split())[:120]
        raise BadSheet(
            f"表を読めません ({said})。", f"The table cannot be read ({said})."
        ) from error


def xlsx_rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a workbook's first sheet; values, no formulas. Raises BadSheet."""
    if find_spec("openpyxl") is None:
        raise BadSheet(
            "XLSXを読む部品が入っていません。表計算で「CSV (UTF-8)」として保存し、そのファイルを使って"
            "ください。",
            'What reads XLSX is not installed. Save it as "CSV (UTF-8)" and use that file.',
        )
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED_AT_MOST:
                raise BadSheet("表が大きすぎます。", "The table is too large.")
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        sheet = book.worksheets[0]
        rows = [
            [_cell(value) for value in row]
            for row in sheet.iter_rows(
                max_row=ROWS_AT_MOST + 2, max_col=COLUMNS_AT_MOST, values_only=True
            )
        ]
    except BadSheet:
        raise
    except Exception as error:  # openpyxl lets whatever its parts raise through
        said = " ".join(str(error).split())[:120]
        raise BadSheet(
            f"XLSXとして読めません ({said})。", f"Cannot be read as XLSX ({said})."
        ) from error
    yield from _rows(iter(rows))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _rows(rows: Iterator[list[str]]) -> Iterator[tuple[int, dict[str, str]]]:
    heading: list[str] = []
    count = 0
    for number, cells in enumerate(rows, 1):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > COLUMNS_AT_MOST:
            raise BadSheet(
                f"{number}行目の列が多すぎます ({COLUMNS_AT_MOST}列まで)。",
                f"Row {number} has too many columns ({COLUMNS_AT_MOST} at most).",
            )
        if not heading:
            heading = [cell.strip() for cell in cells]
            continue
        count += 1
        if count > ROWS_AT_MOST:
            raise BadSheet(
                f"行が多すぎます ({ROWS_AT_MOST}行まで)。",
                f"Too many rows ({ROWS_AT_MOST} at most).",
            )
        yield number, {key: cell for key, cell in zip(heading, cells, strict=False) if key}
