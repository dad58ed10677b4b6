"""The sheets of an XLSForm: rows by column, in whichever way the columns are headed."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tojimari.lib.encodings import decoded
from tojimari.survey.exchange.omissions import Omissions
from tojimari.survey.exchange.portable import CannotConvert
from tojimari.survey.foreign_tables import check_workbook
from tojimari.survey.violations import BadResponses

MOST_ROWS = 20_000
MOST_BYTES = 20_000_000
_BEGINNING = 200_000
"""Bytes of a CSV by which a form is told: its sheets come one after the other, in any order."""
Cells = dict[str, str]
"""What stands in one row, by column: ``relevant``, ``label::English (en)`` ..."""
_ALIASES = {
    "relevance": "relevant", "caption": "label", "command": "type", "tag": "name", "value": "name",
    "calculate": "calculation", "readonly": "read_only", "count": "repeat_count",
    "jr:count": "repeat_count", "requiredmsg": "required_message",
    "constraining_message": "constraint_message", "jr:constraintmsg": "constraint_message",
    "jr:requiredmsg": "required_message", "set_form_title": "form_title", "title": "form_title",
    "set_form_id": "form_id", "id_string": "form_id",
}  # fmt: skip
_INSIDE = ("bind", "body", "control")
"""Old headings say where in the XForm a setting stands: ``bind::relevant``."""
_TRANSLATED = {
    "label", "hint", "guidance_hint", "constraint_message", "required_message", "image",
    "big-image", "audio", "video", "media",
}  # fmt: skip


class Lines(msgspec.Struct):
    """One sheet: row number and cells, and the columns in order."""

    columns: list[str] = msgspec.field(default_factory=list)
    rows: list[tuple[int, Cells]] = msgspec.field(default_factory=list)


Value = tuple[str, bool]
"""A cell's text, and whether a formula made it."""


def read_sheets(path: Path, omissions: Omissions) -> dict[str, Lines]:
    """Return the sheets of a workbook by name in lower case. Raises CannotConvert."""
    try:
        found = _SHEETS.get(path.suffix.lower(), _new)(path)
        return {name: _lines(name, path, rows, omissions) for name, rows in found}
    except (CannotConvert, OSError):
        raise
    except BadResponses as error:
        raise CannotConvert(
            path, "開けないか、大きすぎます。", "cannot be opened or is too large."
        ) from error
    except Exception as error:  # openpyxl and xlrd let whatever their parts raise through
        raise CannotConvert(
            path, "ブックとして読めません。", "is not a readable workbook."
        ) from error


def _new(path: Path) -> Iterator[tuple[str, list[list[Value]]]]:
    import openpyxl

    check_workbook(path)
    written = openpyxl.load_workbook(path, read_only=True, keep_links=False)
    kept = openpyxl.load_workbook(path, read_only=True, keep_links=False, data_only=True)
    for sheet in written.worksheets:
        values = kept[sheet.title].iter_rows(max_row=MOST_ROWS, values_only=True)
        rows = [
            [
                (_shown(value), cell.data_type == "f")
                for cell, value in zip(cells, row, strict=False)
            ]
            for cells, row in zip(sheet.iter_rows(max_row=MOST_ROWS), values, strict=False)
        ]
        yield sheet.title.strip().lower(), rows


def _old(path: Path) -> Iterator[tuple[str, list[list[Value]]]]:
    import xlrd

    if path.stat().st_size > MOST_BYTES:
        raise CannotConvert(path, "開けないか、大きすぎます。", "cannot be opened or is too large.")
    book = xlrd.open_workbook(path)
    for sheet in book.sheets():
        rows = [
            [
                (
                    _shown(bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value),
                    False,
                )
                for cell in sheet.row(number)
            ]
            for number in range(min(sheet.nrows, MOST_ROWS))
        ]
        yield sheet.name.strip().lower(), rows


def is_form(path: Path) -> bool:
    """Whether a CSV is a form and no table of answers.

    Such a file names each sheet in its first column on a row of its own, and what stands in the
    sheet below it, one column further right.
    """
    with path.open("rb") as file:
        text = decoded(file.read(_BEGINNING)).text
    try:
        rows = [row for row in _csv_rows(text) if any(cell.strip() for cell in row)]
    except csv.Error:  # an answer longer than a form's cell may be, say
        return False
    inside = any(not row[0].strip() for row in rows)
    return inside and bool(_named(rows[0])) and any(_named(row) == "survey" for row in rows)


def _csv_rows(text: str) -> Iterator[list[str]]:
    """Yield the rows, however lines end. Raises csv.Error."""
    return csv.reader(io.StringIO(text, newline=None))


def _named(row: list[str]) -> str:
    """Return the sheet that a row of a CSV names; "" where it holds something else."""
    head, *rest = (cell.strip().lower() for cell in row)
    return head if head and not any(rest) else ""


def _csv(path: Path) -> Iterator[tuple[str, list[list[Value]]]]:
    if path.stat().st_size > MOST_BYTES:
        raise CannotConvert(path, "開けないか、大きすぎます。", "cannot be opened or is too large.")
    text = decoded(path.read_bytes()).text
    name, rows = "", list[list[Value]]()
    for number, row in enumerate(_csv_rows(text), start=1):
        if number > MOST_ROWS:
            raise CannotConvert(path, "行が多すぎます。", "has too many rows.")
        if row and row[0].strip():
            if name:
                yield name, rows
            name, rows = _named(row), []
            if not name:
                raise CannotConvert(
                    path,
                    f"{number}行目: 1列目はシートの名前だけの行に使います。",
                    f"row {number}: the first column is for rows that name a sheet.",
                )
        elif name and any(cell.strip() for cell in row):
            rows.append([(cell.strip(), False) for cell in row[1:]])
    yield name, rows


_SHEETS = {".xls": _old, ".csv": _csv}
"""Ending of the name -> how its sheets are read; workbooks of today otherwise."""


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()


def _lines(name: str, path: Path, rows: list[list[Value]], omissions: Omissions) -> Lines:
    found = Lines()
    for number, row in enumerate(rows, start=1):
        if not found.columns:
            found.columns = [_column(text) for text, _ in row]
            if not any(column.split("::")[0] == "label" for column in found.columns):
                # The oldest forms head the words of a question with "text".
                found.columns = [re.sub(r"^text(?=::|$)", "label", c) for c in found.columns]
            continue
        cells: Cells = {}
        for column, (text, formula) in zip(found.columns, row, strict=False):
            if formula and column:
                _say_formula(name, number, column, text, path, omissions)
            if column and text:
                cells.setdefault(column, text)
        if cells:
            found.rows.append((number, cells))
    return found


def find_survey(sheets: dict[str, Lines], omissions: Omissions) -> bool:
    """Put the sheets in their places where they have other names; False where no sheet asks."""
    for other in ("choices and columns", "columns"):
        if other in sheets and "choices" not in sheets:
            sheets["choices"] = sheets.pop(other)
    if "survey" not in sheets:
        asking = [name for name, lines in sheets.items() if {"type", "name"} <= set(lines.columns)]
        if len(asking) == 1:
            sheets["survey"] = sheets.pop(asking[0])
            omissions.add(
                None,
                f"シート「{asking[0]:.40}」を survey とみなしました。",
                f"The sheet {asking[0][:40]!r} was taken for the survey.",
            )
    return "survey" in sheets


def fault_of_order(sheets: dict[str, Lines]) -> str:
    """Return what is wrong with headings, names and groups, so that rows cannot be told apart."""
    for sheet in ("survey", "choices"):
        heads = [column for column in sheets.get(sheet, Lines()).columns if column]
        twice = sorted({head for head in heads if heads.count(head) > 1})
        if twice:
            return f"{sheet}: {', '.join(twice)[:80]} twice"
    inside: list[int] = []
    names: dict[str, int] = {}
    for row, cells in sheets["survey"].rows:
        kind = cells.get("type", "").lower().replace("_", " ").split()
        match kind[:1]:
            case ["end"] if kind[1:]:
                if not inside:
                    return f"survey {row}: end without begin"
                inside.pop()
                continue
            case ["begin"]:
                inside.append(row)
                continue
        name = cells.get("name", "")
        if kind and not name and "note" not in kind:
            return f"survey {row}: no name"
        if name and names.setdefault(name, row) != row and not inside:
            return f"survey {names[name]}, {row}: {name[:40]} twice"
    return f"survey {inside[-1]}: begin without end" if inside else ""


def _say_formula(
    sheet: str, row: int, column: str, text: str, path: Path, omissions: Omissions
) -> None:
    """A formula's kept value is what the form says; without one nobody knows what it says."""
    if sheet not in ("survey", "choices", "settings"):
        return
    if text or sheet == "settings":
        omissions.add(
            (sheet, row),
            f"{column:.40} は数式です。残っている値を使いました: {text[:40] or '（なし）'}",
            f"{column[:40]} is a formula; its kept value is taken: {text[:40] or '(none)'}",
        )
        return
    raise CannotConvert(
        path,
        f"{sheet} {row}行目: 数式の欄があります。値だけにしてください。",
        f"{sheet}, row {row}: has a formula. Use plain values.",
    )


def _column(heading: str) -> str:
    """Return a column's name as this module knows it: ``label::English`` for all its spellings."""
    parts = [part.strip() for part in re.split(r"::|(?<!jr):", heading.strip())]
    head = re.sub(r"[\s]+", "_", parts[0].lower())
    if head in _INSIDE and len(parts) > 1:
        parts = parts[1:]
        head = parts[0].lower()
    head = _ALIASES.get(head, head)
    if head in _TRANSLATED and len(parts) > 1:
        return f"{head}::{'::'.join(parts[1:])}"
    return "::".join([head, *parts[1:]])
