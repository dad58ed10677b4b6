"""Reads tables from elsewhere piece by piece: CSV, Parquet, SAV, XLSX. Memory stays bounded."""

import csv
import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from tojimari.lib.encodings import CANDIDATES, name_of, told
from tojimari.lib.formulas import unguard
from tojimari.model import Text
from tojimari.survey.dialect import Written, sniff
from tojimari.survey.violations import BadResponses

BLOCK = 16 << 20
BATCH = 65_536
MOST_COLUMNS = 20_000
XLSX_MOST = 4 << 30
XLSX_STRINGS_MOST = 256 << 20
"""Bytes unpacked: of the whole workbook, and of the table of texts, which is kept in memory."""
Piece = dict[str, pa.Array]


class Incoming(msgspec.Struct, frozen=True):
    """A table from elsewhere.

    Attributes:
        heading: names of the columns as they are in the file.
        pieces: the rows in pieces: column -> values of any type.
        notes: what was assumed in reading it.
    """

    path: Path
    heading: tuple[str, ...]
    pieces: Iterator[Piece]
    notes: tuple[Text, ...] = ()


def open_table(path: Path, known: Collection[str], encoding: str = "") -> Incoming:
    """Open a table; the end of its name says what it is. ``known``: column names it may have.

    ``encoding``: of a text file, where somebody says it.

    Raises BadResponses when it cannot be read; so may taking the pieces.
    """
    if not path.is_file():
        raise BadResponses(f"{path}: ファイルがありません。", f"{path}: there is no such file.")
    kind = path.suffix.lower()
    try:
        match kind:
            case ".parquet":
                return _parquet(path)
            case ".sav" | ".zsav":
                return _sav(path)
            case ".xlsx":
                return _xlsx(path)
            case ".csv" | ".tsv" | ".txt":
                return _csv(path, known, encoding)
    except OSError as error:
        raise _unreadable(path, error) from error
    raise BadResponses(
        f"{path}: 読めるのは .csv .tsv .txt .parquet .sav .xlsx です。",
        f"{path}: readable are .csv .tsv .txt .parquet .sav .xlsx.",
    )


def _unreadable(path: Path, error: Exception) -> BadResponses:
    said = " ".join(str(getattr(error, "strerror", None) or error).split())[:160]
    return BadResponses(f"{path}: 読めません ({said})。", f"{path}: cannot be read ({said}).")


def _check_heading(path: Path, heading: tuple[str, ...]) -> None:
    if len(heading) > MOST_COLUMNS:
        raise BadResponses(
            f"{path}: 列が多すぎます ({len(heading)}列、{MOST_COLUMNS}列まで)。",
            f"{path}: has too many columns ({len(heading)}, at most {MOST_COLUMNS}).",
        )
    seen: set[str] = set()
    for number, name in enumerate(heading, start=1):
        if not name or name in seen:
            raise BadResponses(
                f"{path}: 1行目の{number}列目の名前「{name:.40}」が空か、二度あります。",
                f"{path}: row 1, column {number}: the name {name[:40]!r} is empty or used twice.",
            )
        seen.add(name)


def _csv(path: Path, known: Collection[str], encoding: str) -> Incoming:
    written = sniff(path, known, encoding)
    _check_heading(path, written.heading)
    notes = []
    if written.assumed:
        name = name_of(written.encoding)
        notes.append(
            Text(ja=f"文字コードは{name}とみなしました。", en=f"Encoding assumed: {name}.")
        )
    return Incoming(path, written.heading, _csv_pieces(path, written), tuple(notes))


def _csv_pieces(path: Path, written: Written) -> Iterator[Piece]:
    encoding = "utf8" if written.encoding.startswith("utf-8") else written.encoding
    names = list(written.heading)
    try:
        reader = pacsv.open_csv(
            path,
            pacsv.ReadOptions(
                encoding=encoding, block_size=BLOCK, column_names=names, skip_rows_after_names=1
            ),
            pacsv.ParseOptions(
                delimiter=written.separator, newlines_in_values=True, ignore_empty_lines=False
            ),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        with reader:
            for batch in reader:
                yield dict(zip(names, map(_unguarded, batch.columns), strict=True))
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise _bad_row(path, written, error) from error


def _unguarded(values: pa.Array) -> pa.Array:
    """Take back the apostrophe that keeps a text from being read as a formula."""
    if not pc.any(pc.starts_with(values, "'")).as_py():
        return values
    return pa.array([text and unguard(text) for text in values.to_pylist()], pa.string())


def _bad_row(path: Path, written: Written, error: Exception) -> BadResponses:
    """Find the row that the fast reader stumbled over by reading again, slowly."""
    csv.field_size_limit(BLOCK)
    width = len(written.heading)
    row = 0
    try:
        with path.open(encoding=written.encoding, newline="") as file:
            for row, cells in enumerate(
                csv.reader(file, delimiter=written.separator, strict=True), start=1
            ):
                if len(cells) != width:
                    return BadResponses(
                        f"{path}: {row}行目: 値が{len(cells)}個あります (列は{width}個)。",
                        f"{path}: row {row}: has {len(cells)} values for {width} columns.",
                    )
    except (csv.Error, UnicodeDecodeError):
        return BadResponses(
            f"{path}: {row + 1}行目: 引用符の閉じ方がおかしく、読めません。",
            f"{path}: row {row + 1}: cannot be read, a quotation mark is not closed.",
        )
    return _unreadable(path, error)


def _parquet(path: Path) -> Incoming:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OverflowError, MemoryError) as error:
        raise _unreadable(path, error) from error
    heading = tuple(file.schema_arrow.names)
    _check_heading(path, heading)
    for field in file.schema_arrow:
        if pa.types.is_nested(field.type) and not pa.types.is_dictionary(field.type):
            raise BadResponses(
                f"{path}: 列「{field.name}」は入れ子で、読めません。",
                f"{path}: the column {field.name!r} is nested and cannot be read.",
            )

    def pieces() -> Iterator[Piece]:
        try:
            with file:
                for batch in file.iter_batches(BATCH):
                    yield dict(zip(heading, map(_plain, batch.columns), strict=True))
        except (pa.ArrowException, OSError) as error:
            raise _unreadable(path, error) from error

    return Incoming(path, heading, pieces())


def _plain(values: pa.Array) -> pa.Array:
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _sav(path: Path) -> Incoming:
    import pyreadstat

    encoding = sav_encoding(path)
    meta = sav_metadata(path, encoding)
    heading = tuple(meta.column_names)
    _check_heading(path, heading)

    def pieces() -> Iterator[Piece]:
        done = 0
        while True:
            try:
                found, _ = pyreadstat.read_sav(
                    str(path), row_offset=done, row_limit=BATCH, output_format="dict", encoding=encoding
                )  # fmt: skip
            except (
                pyreadstat.ReadstatError,
                pyreadstat.PyreadstatError,
                UnicodeDecodeError,
            ) as error:
                raise _unreadable(path, error) from error
            piece = {
                name: pa.array([_sav_value(value) for value in found[name]]) for name in heading
            }
            size = len(piece[heading[0]]) if heading else 0
            if size:
                yield piece
            done += size
            if size < BATCH:
                return

    notes: tuple[Text, ...] = ()
    if encoding:
        name = name_of(encoding)
        notes = (Text(ja=f"文字コードは{name}とみなしました。", en=f"Encoding assumed: {name}."),)
    return Incoming(path, heading, pieces(), notes)


def sav_metadata(path: Path, encoding: str | None) -> Any:
    """Return what a SAV file says of its variables. Raises BadResponses."""
    import pyreadstat

    try:
        _, meta = pyreadstat.read_sav(
            str(path), metadataonly=True, encoding=encoding, user_missing=True
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return meta


_SPSS = {"cp932": "cp932", "cp51932": "euc_jp"}
"""Codecs that are told, by the names of the library that reads SAV files."""


def sav_encoding(path: Path) -> str | None:
    """Return the encoding of a SAV file that does not say it rightly; None: what the file says.

    Old files say nothing, and are then read as Windows-1252.
    """
    import pyreadstat

    errors = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError)
    try:
        rows, meta = pyreadstat.read_sav(str(path), row_limit=2000, output_format="dict")
    except errors:
        for encoding in (*(_SPSS.get(each, each) for each in CANDIDATES), None):
            try:
                pyreadstat.read_sav(str(path), row_limit=2000, encoding=encoding)
            except errors:
                continue
            return encoding
        return None
    if str(meta.file_encoding).upper() in ("UTF-8", "UTF8"):
        return None
    labels = [text for each in meta.variable_value_labels.values() for text in each.values()]
    texts = [*meta.column_names, *meta.column_labels, *labels]
    texts += [value for values in rows.values() for value in values]
    lines = [_bytes(text) for text in texts if isinstance(text, str) and not text.isascii()]
    found = told([line for line in lines if line]) if all(lines) and lines else None
    return _SPSS.get(found or "")


def _bytes(text: str) -> bytes:
    """Return the bytes that were read as Windows-1252; b"" where they were something else."""
    try:
        return b"".join(
            char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252")
            for char in text
        )
    except UnicodeEncodeError:
        return b""


def _sav_value(value: Any) -> str | float | None:
    if value is None or value == "" or value != value:  # NaN is SPSS's "missing"
        return None
    return value if isinstance(value, str | float) else str(value)


def _xlsx(path: Path) -> Incoming:
    import openpyxl

    check_workbook(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows()
        heading = tuple(str(cell.value or "").strip() for cell in next(rows, ()))
    except Exception as error:  # openpyxl lets whatever its parts raise through
        raise _unreadable(path, error) from error
    while heading and not heading[-1]:
        heading = heading[:-1]
    if not heading:
        raise BadResponses(f"{path}: 空の表です。", f"{path}: the sheet is empty.")
    _check_heading(path, heading)

    def pieces() -> Iterator[Piece]:
        row = 1
        try:
            while block := list(islice(rows, 4096)):
                columns: list[list[str | None]] = [[] for _ in heading]
                for cells in block:
                    row += 1
                    for at, values in enumerate(columns):
                        cell = cells[at] if at < len(cells) else None
                        values.append(_cell(path, row, heading[at], cell))
                yield {
                    name: pa.array(values, pa.string())
                    for name, values in zip(heading, columns, strict=True)
                }
            book.close()
        except BadResponses:
            raise
        except Exception as error:
            raise _unreadable(path, error) from error

    return Incoming(path, heading, pieces())


def check_workbook(path: Path) -> None:
    """Look at the sizes inside an .xlsx before it is unpacked.

    Raises BadResponses when it is no workbook or would unpack to something huge.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _unreadable(path, error) from error
    strings = sum(part.file_size for part in parts if "/worksheets/" not in part.filename)
    total = sum(part.file_size for part in parts)
    if total > XLSX_MOST or strings > XLSX_STRINGS_MOST or len(parts) > 10_000:
        raise BadResponses(
            f"{path}: 開くと大きすぎます。CSVで保存し直してください。",
            f"{path}: unpacks to something too large. Save it as CSV.",
        )


def _cell(path: Path, row: int, column: str, cell: Any) -> str | None:
    value = None if cell is None else cell.value
    if value is None or value == "":
        return None
    if isinstance(value, date | time):
        return value.isoformat(*((" ",) if isinstance(value, datetime) else ()))
    if cell.data_type == "f" or not isinstance(value, str | int | float | bool):
        raise BadResponses(
            f"{path}: {row}行目「{column}」: 数式の欄です。値だけを貼り付けてください。",
            f"{path}: row {row}, {column!r}: is a formula. Paste it as a plain value.",
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
