"""Tables as files: one tidy CSV, a workbook with a sheet a variable, and JSON."""

import csv
import io
import re
from typing import Any

import msgspec

from tojimari.catalog import load_catalog
from tojimari.lib.formulas import cell_value
from tojimari.model import Lang
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.tables import Cell, Column, Table, Tabulation, rounded

SHEET_LETTERS = 31
"""The longest name of a sheet that a workbook allows."""
COLUMNS = (
    "question",
    "row",
    "by",
    "group",
    "answer",
    "text",
    "base",
    "base_weighted",
    "n",
    "weighted",
    "percent",
    "percent_unweighted",
    "mean",
    "mean_unweighted",
    "se",
    "low",
    "high",
    "few",
    "kept_back",
    "p_adjusted",
    "origin",
)


def files_of(tabulation: Tabulation, lang: Lang) -> dict[str, bytes]:
    """Return name -> content of every table file: tables.csv, tables.xlsx, tables.json."""
    return {
        "tables.csv": to_csv(tabulation, lang),
        "tables.xlsx": to_xlsx(tabulation, lang),
        "tables.json": msgspec.json.format(msgspec.json.encode(tabulation), indent=1),
    }


def to_csv(tabulation: Tabulation, lang: Lang) -> bytes:
    """Return every cell as one line of CSV (UTF-8 with a mark that spreadsheets know).

    Percentages are in percent with full precision; rounding is for people. ``se``, ``low`` and
    ``high`` are in the unit of the estimate beside them: percent, or that of the mean.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in tabulation.tables:
        for column in table.columns:
            for cell in column.cells:
                line = _line(table, column, cell, tabulation, lang)
                writer.writerow([cell_value(value) for value in line])
    return out.getvalue().encode("utf-8-sig")


def _line(
    table: Table, column: Column, cell: Cell, tabulation: Tabulation, lang: Lang
) -> list[Any]:
    is_mean = cell.answer == "mean"
    times = 1.0 if is_mean else 100.0
    estimates = [_scaled(cell.share, times), _scaled(cell.share_unweighted, times)]
    nothing: list[float | None] = [None, None]

    return [
        table.question,
        table.row,
        table.by,
        column.group,
        cell.answer,
        cell.text.say(lang),
        column.base,
        column.base_weighted,
        cell.n,
        cell.weighted,
        *(nothing + estimates if is_mean else estimates + nothing),
        _scaled(cell.se, times),
        _scaled(cell.low, times),
        _scaled(cell.high, times),
        "yes" if column.few else "",
        cell.kept_back,
        table.test.p_adjusted if table.test else None,
        tabulation.origin,
    ]


def _scaled(value: float | None, times: float) -> float | None:
    return None if value is None else value * times


def to_xlsx(tabulation: Tabulation, lang: Lang) -> bytes:
    """Return a workbook: a sheet for each variable with its tables below each other."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    ui, mark = load_catalog().ui, PROVENANCE_NOTES[tabulation.origin]
    sheets: dict[str, Any] = {}
    for table in tabulation.tables:
        key = ".".join(filter(None, (table.question, table.row)))
        if key not in sheets:
            sheets[key] = book.create_sheet(_sheet_name(key, len(sheets)))
        sheet = sheets[key]
        title = table.text.say(lang)
        if table.by:
            title += " " + ui("survey.by").say(lang, by=table.by_text.say(lang))
        _row(sheet, [title], bold=True)
        if mark is not None:
            _row(sheet, [mark.say(lang)])
        answers = [cell.text.say(lang) for cell in table.columns[0].cells]
        head = ui("survey.base_head").say(lang, base=table.base_text.say(lang))
        _row(sheet, [head, "n", *answers], bold=True)
        for column in table.columns:
            name = column.text.say(lang) + (" ※" if column.few else "")
            _row(sheet, [name, column.base, *(_shown(c, column, tabulation) for c in column.cells)])
        for note in table.notes:
            _row(sheet, [note.say(lang)])
        _row(sheet, [])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(key: str, number: int) -> str:
    plain = re.sub(r"[\[\]:*?/\\]", "_", key)
    return plain if len(plain) <= SHEET_LETTERS else f"{plain[: SHEET_LETTERS - 5]}~{number}"


def _shown(cell: Cell, column: Column, tabulation: Tabulation) -> float | None:
    if cell.share is None:
        return None
    if cell.answer == "mean":
        return round(cell.share, 6)
    exact = not tabulation.weighted and cell.n is not None
    return float(rounded(cell.share, cell.n, column.base) if exact else rounded(cell.share))


def _row(sheet: Any, values: list[Any], *, bold: bool = False) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cells = []
    for value in values:
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, str):
            cell.data_type = "s"  # a text that begins with "=" stays a text
        if bold:
            cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
