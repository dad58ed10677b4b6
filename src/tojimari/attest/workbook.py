"""A stranger's XLSX file: its cells read, and some of them written, with everything else left as it is.

Only the cells that are written change: every other part of the file goes over byte for byte, so
pictures, colours, formulas, hidden sheets, lists to choose from and macros stay. A library that
reads a workbook and writes it anew drops what it does not know.

The format is Office Open XML (ECMA-376): a ZIP of XML parts. Nothing in it is run or fetched.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

import msgspec

from tojimari.model import TojimariError

FILE_BYTES = 10_000_000
"""The largest file that is read."""
UNPACKED_BYTES = 60_000_000
PART_BYTES = 20_000_000
"""The largest of the parts that are read; a small file can hold a very large one."""
PARTS_AT_MOST = 2_000
ROWS_AT_MOST, COLUMNS_AT_MOST = 3_000, 200
CELLS_AT_MOST = 100_000
TEXT_AT_MOST = 4_000
"""Letters of a cell that are read."""
MERGES_AT_MOST = 5_000
SHEETS_AT_MOST = 200
CHOICES_AT_MOST = 2_000
ELEMENTS_AT_MOST = 1_000_000
"""Rows and cells of a sheet, the empty ones too: a megabyte of compressed file can hold millions."""
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})\Z")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class BadWorkbook(TojimariError):
    """A file that is no workbook, or one that is not taken."""


class Range(msgspec.Struct, frozen=True):
    """Cells from one corner to the other, counted from 1, both included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Return whether a cell is in it."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


class Choice(msgspec.Struct, frozen=True):
    """A list that some cells may be chosen from, as the sheet itself spells it out."""

    where: tuple[Range, ...]
    words: tuple[str, ...]


class Sheet(msgspec.Struct, frozen=True):
    """One sheet.

    Attributes:
        part: name of its part in the file.
        hidden: people do not see it.
        cells: (row, column) -> what stands there, as text; empty cells are left out.
        formulas: cells that work out their value; never written.
        merged: cells shown as one; only the first of each holds anything.
    """

    name: str
    part: str
    hidden: bool
    cells: dict[tuple[int, int], str]
    formulas: frozenset[tuple[int, int]]
    merged: tuple[Range, ...] = ()
    choices: tuple[Choice, ...] = ()

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Return the cell that holds what is shown at a place: the first of those merged."""
        for one in self.merged:
            if one.holds(row, column):
                return one.top, one.left
        return row, column

    def words_for(self, row: int, column: int) -> tuple[str, ...]:
        """Return what may be chosen at a place; empty where anything may be written."""
        for one in self.choices:
            if any(part.holds(row, column) for part in one.where):
                return one.words
        return ()


class Workbook(msgspec.Struct, frozen=True):
    """A workbook as read. ``macros``: it holds some; they are carried over and never run."""

    sheets: tuple[Sheet, ...]
    macros: bool = False


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return how a column is called: 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return how a cell is called, e.g. ``D5``."""
    return f"{column_letters(column)}{row}"


def _place(name: str) -> tuple[int, int] | None:
    found = _CELL.match(name)
    return (int(found[2]), column_number(found[1])) if found else None


def _range(text: str) -> Range | None:
    first, _, last = text.replace("$", "").partition(":")
    one, other = _place(first), _place(last or first)
    return Range(*one, *other) if one and other else None


def _damaged(what: str = "") -> BadWorkbook:
    more = f" ({what})" if what else ""
    return BadWorkbook(
        f"XLSXとして読めません{more}。表計算で開き、「Excelブック (.xlsx)」で保存し直してください。",
        f'Cannot be read as XLSX{more}. Open it in a spreadsheet and save it as "Excel Workbook (.xlsx)".',
    )


def _too_large() -> BadWorkbook:
    return BadWorkbook(
        f"ファイルが大きすぎます（{FILE_BYTES // 1_000_000}MBまで）。質問のシートだけを残したものを使ってください。",
        f"The file is too large ({FILE_BYTES // 1_000_000} MB at most). Use one that holds only the sheets with questions.",
    )


def _opened(data: bytes) -> zipfile.ZipFile:
    if len(data) > FILE_BYTES:
        raise _too_large()
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise BadWorkbook(
            "古い形式（.xls）か、パスワードのかかったファイルです。パスワードを外し、.xlsxで保存し直してください。",
            "This is the old format (.xls) or has a password. Take the password off and save it as .xlsx.",
        )
    try:
        packed = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _damaged() from error
    parts = packed.infolist()
    if len(parts) > PARTS_AT_MOST or sum(part.file_size for part in parts) > UNPACKED_BYTES:
        raise _too_large()
    if len({part.filename for part in parts}) != len(parts):
        raise _damaged("double part")
    return packed


def _part(packed: zipfile.ZipFile, name: str) -> bytes:
    """Return a part's bytes; the size it claims is not believed."""
    try:
        with packed.open(name) as stream:
            data = stream.read(PART_BYTES + 1)
    except (KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError,
            NotImplementedError, ValueError) as error:  # fmt: skip
        raise _damaged(name[-60:]) from error
    if len(data) > PART_BYTES:
        raise _too_large()
    # Office writes neither of these; an entity can grow without end, or name a file.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _damaged(name[-60:])
    return data


def _no_doctype(*_: Any) -> None:
    raise _damaged("DOCTYPE")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parse(data: bytes, handler: Any) -> None:
    """Hand the elements of a part to ``handler``: ``begin(name, attributes)``, ``end``, ``text``."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    # Seen by the parser itself, so in whatever encoding the part is written.
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = lambda name, more: handler.begin(_local(name), more)
    parser.EndElementHandler = lambda name: handler.end(_local(name))
    parser.CharacterDataHandler = handler.text
    handler.parser = parser
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise _damaged() from error


class _Names:
    """Reads sheets' names and parts, and where parts are."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []
        self.targets: dict[str, tuple[str, str]] = {}

    def begin(self, name: str, more: Mapping[str, str]) -> None:
        plain = {_local(key): value for key, value in more.items()}
        if name == "sheet":
            id_ = next((v for k, v in more.items() if k.endswith(":id")), "")
            self.sheets.append((plain.get("name", ""), id_, plain.get("state", "visible")))
        elif name == "Relationship":
            self.targets[plain.get("Id", "")] = (plain.get("Type", ""), plain.get("Target", ""))

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


class _Strings:
    """Reads the shared texts; readings of characters (furigana) are no part of them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._in_text = self._in_reading = False

    def begin(self, name: str, more: Mapping[str, str]) -> None:
        if name == "si":
            self._parts = []
        self._in_reading = self._in_reading or name == "rPh"
        self._in_text = name == "t"

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self._parts)[:TEXT_AT_MOST])
        if name == "rPh":
            self._in_reading = False
        self._in_text = False

    def text(self, data: str) -> None:
        if self._in_text and not self._in_reading:
            self._parts.append(data)


class _Cells:
    """Reads one sheet."""

    def __init__(self, strings: list[str]) -> None:
        self._strings = strings
        self.cells: dict[tuple[int, int], str] = {}
        self.formulas: set[tuple[int, int]] = set()
        self.merged: list[Range] = []
        self.choices: list[Choice] = []
        self._row = self._column = 0
        self._type, self._inside = "n", ""
        self._in_reading = False
        self._kept: list[str] = []
        self._list: tuple[tuple[Range, ...], bool] = ((), False)
        self._met = 0

    def _one_more(self, n: int = 1) -> None:
        self._met += n
        if self._met > ELEMENTS_AT_MOST:
            raise _too_large()

    def begin(self, name: str, more: Mapping[str, str]) -> None:
        if name in ("row", "c", "f"):
            self._one_more()
        if name == "row":
            number = more.get("r", "")
            self._row = int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else self._row + 1  # fmt: skip
            self._column = 0
        elif name == "c":
            place = _place(more.get("r", "")) or (self._row, self._column + 1)
            self._row, self._column = place
            self._type, self._kept = more.get("t", "n"), []
        elif name == "mergeCell":
            self._merge(more.get("ref", ""))
        elif name == "dataValidation":
            ranges = [_range(one) for one in more.get("sqref", "").split()[:200]]
            is_list = more.get("type") == "list"
            self._list, self._kept = (tuple(r for r in ranges if r), is_list), []
        elif name == "f":
            self._formula(more)
        self._in_reading = self._in_reading or name == "rPh"
        self._inside = name

    def _formula(self, more: Mapping[str, str]) -> None:
        self.formulas.add((self._row, self._column))
        over = _range(more.get("ref", "")) if more.get("t") in ("array", "dataTable") else None
        if over is None:
            return
        # One formula that speaks for many cells: none of them may be written.
        rows = range(over.top, min(over.bottom, over.top + 200) + 1)
        columns = range(over.left, min(over.right, over.left + 50) + 1)
        self._one_more(len(rows) * len(columns))
        self.formulas.update((row, column) for row in rows for column in columns)

    def _merge(self, text: str) -> None:
        found = _range(text)
        if found and len(self.merged) < MERGES_AT_MOST:
            self.merged.append(found)

    def end(self, name: str) -> None:
        if name == "c":
            self._keep()
        elif name == "dataValidation":
            self._choice()
        elif name == "rPh":
            self._in_reading = False
        self._inside = ""

    def _keep(self) -> None:
        text = "".join(self._kept)
        if self._type == "s":
            place = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
            text = self._strings[place] if 0 <= place < len(self._strings) else ""
        is_near = self._row <= ROWS_AT_MOST and self._column <= COLUMNS_AT_MOST
        if text.strip() and is_near:
            if len(self.cells) >= CELLS_AT_MOST:
                raise _too_large()
            self.cells[self._row, self._column] = text[:TEXT_AT_MOST]

    def _choice(self) -> None:
        where, is_list = self._list
        text = "".join(self._kept).strip()
        has_room = len(self.choices) < CHOICES_AT_MOST
        if (
            where
            and is_list
            and has_room
            and text.startswith('"')
            and text.endswith('"')
            and len(text) > 2
        ):
            words = tuple(w.strip() for w in text[1:-1].replace('""', '"').split(",") if w.strip())
            self.choices.append(Choice(where, words[:50]))

    def text(self, data: str) -> None:
        wanted = ("v", "formula1") if self._type != "inlineStr" else ("v", "t", "formula1")
        if self._inside in wanted and not self._in_reading:
            self._kept.append(data)


def _layout(packed: zipfile.ZipFile) -> tuple[list[tuple[str, str, str]], str, str]:
    """Return (name, part, state) of each sheet, the book's own part, and that of shared texts."""
    root = _Names()
    _parse(_part(packed, "_rels/.rels"), root)
    book = next((to for kind, to in root.targets.values() if kind.endswith("/officeDocument")), "")
    book = posixpath.normpath(book.lstrip("/"))
    named = _Names()
    _parse(_part(packed, book), named)
    folder, name = posixpath.split(book)
    _parse(_part(packed, f"{folder}/_rels/{name}.rels"), named)

    def whole(target: str) -> str:
        return posixpath.normpath(
            target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
        )

    sheets = []
    for title, id_, state in named.sheets:
        kind, target = named.targets.get(id_, ("", ""))
        if kind.endswith("/worksheet"):  # charts and dialogs have sheets as well
            sheets.append((title, whole(target), state))
    texts = [to for kind, to in named.targets.values() if kind.endswith("/sharedStrings")]
    return sheets, book, whole(texts[0]) if texts else ""


def read_workbook(data: bytes) -> Workbook:
    """Return the sheets of an XLSX or XLSM file. Raises BadWorkbook."""
    packed = _opened(data)
    names = set(packed.namelist())
    if "_rels/.rels" not in names:
        raise _damaged()
    sheets, _, texts = _layout(packed)
    if len(sheets) > SHEETS_AT_MOST:
        raise _too_large()
    if len({part for _, part, _ in sheets}) != len(sheets):
        raise _damaged("double sheet")  # one large part must not be read a thousand times
    strings = _Strings()
    if texts in names:
        _parse(_part(packed, texts), strings)
    found = []
    for title, part, state in sheets:
        cells = _Cells(strings.found)
        _parse(_part(packed, part), cells)
        found.append(
            Sheet(
                name=title,
                part=part,
                hidden=state != "visible",
                cells=cells.cells,
                formulas=frozenset(cells.formulas),
                merged=tuple(cells.merged),
                choices=tuple(cells.choices),
            )
        )
    if not found:
        raise _damaged()
    return Workbook(tuple(found), any(name.endswith("vbaProject.bin") for name in names))


Values = Mapping[tuple[int, int], str]
"""(row, column) -> the text a cell gets."""


class _Spans:
    """Finds where rows and cells stand in a sheet's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.parser: Any = None
        self.rows: list[tuple[int, int, int, bool]] = []
        """(number, begin, end of its contents, written without contents)."""
        self.cells: dict[tuple[int, int], tuple[int, int]] = {}
        self.sheet_data: tuple[int, int, bool] | None = None
        self._row = self._column = 0
        self._open: dict[str, tuple[int, bool]] = {}

    def _tag_end(self, begin: int) -> int:
        quote = 0
        for index in range(begin, len(self.data)):
            letter = self.data[index]
            if quote:
                quote = 0 if letter == quote else quote
            elif letter in b"\"'":
                quote = letter
            elif letter == ord(">"):
                return index + 1
        raise _damaged()

    def begin(self, name: str, more: Mapping[str, str]) -> None:
        if name not in ("sheetData", "row", "c"):
            return
        at = self.parser.CurrentByteIndex
        end = self._tag_end(at)
        self._open[name] = (at, self.data[end - 2 : end] == b"/>")
        if name == "row":
            number = more.get("r", "")
            self._row = int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else self._row + 1  # fmt: skip
            self._column = 0
        elif name == "c":
            self._row, self._column = _place(more.get("r", "")) or (self._row, self._column + 1)

    def end(self, name: str) -> None:
        if name not in self._open:
            return
        at, empty = self._open.pop(name)
        inner = self._tag_end(at) if empty else self.parser.CurrentByteIndex
        outer = inner if empty else self._tag_end(inner)
        if name == "c":
            self.cells[self._row, self._column] = (at, outer)
        elif name == "row":
            self.rows.append((self._row, at, inner, empty))
        else:
            self.sheet_data = (at, inner, empty)

    def text(self, data: str) -> None:
        pass


def _written(name: str, opening: bytes, text: str) -> bytes:
    """Return a cell with a text, in the style it had. Texts are never formulas: they are marked so."""
    style = re.search(rb"\ss=(\"[0-9]+\"|'[0-9]+')", opening)
    prefix = re.match(rb"<([A-Za-z0-9_.-]+:)?c\b", opening)
    space = (prefix[1] or b"").decode() if prefix else ""
    kept = f" s={style[1].decode()}" if style else ""
    plain = escape(_NOT_XML.sub("", text))
    return (
        f'<{space}c r="{name}"{kept} t="inlineStr"><{space}is>'
        f'<{space}t xml:space="preserve">{plain}</{space}t></{space}is></{space}c>'
    ).encode()


def _filled_sheet(data: bytes, values: Values) -> bytes:
    """Return a sheet's part with ``values`` written; what stands around them stays as it is."""
    if data.lstrip(b"\xef\xbb\xbf")[:5] == b"<?xml" and b"UTF-8" not in data[:120].upper() and b"encoding" in data[:120]:  # fmt: skip
        raise _damaged("encoding")
    spans = _Spans(data)
    _parse(data, spans)
    if spans.sheet_data is None:
        raise _damaged()
    prefix = re.match(rb"<([A-Za-z0-9_.-]+:)?", data[spans.sheet_data[0] :])
    space = prefix[1] or b"" if prefix else b""
    changes: list[tuple[int, int, bytes]] = []
    rows = {number: (inner, empty) for number, _, inner, empty in spans.rows}
    new_rows: dict[int, list[bytes]] = {}
    placed: dict[int, list[tuple[int, int]]] = {}
    for (row, column), (at, _) in spans.cells.items():
        placed.setdefault(row, []).append((column, at))
    for (row, column), text in sorted(values.items()):
        name = cell_name(row, column)
        span = spans.cells.get((row, column))
        if span is not None:
            changes.append((*span, _written(name, data[span[0] : span[1]], text)))
            continue
        cell = _written(name, b"<" + space + b"c ", text)
        inner, empty = rows.get(row, (0, True))
        if empty:
            new_rows.setdefault(row, []).append(cell)
            continue
        later = [at for c, at in placed.get(row, ()) if c > column]
        at = min(later, default=inner)
        changes.append((at, at, cell))
    changes += _rows_filled(spans, new_rows, space)
    return _spliced(data, changes)


def _rows_filled(
    spans: _Spans, rows: Mapping[int, list[bytes]], space: bytes
) -> Iterator[tuple[int, int, bytes]]:
    """Yield the changes for rows that held no cell: those written ``<row/>``, and new ones."""
    there = {number: inner for number, _, inner, empty in spans.rows if empty}
    new: list[tuple[int, bytes]] = []
    for number, cells in sorted(rows.items()):
        inside = b"".join(cells)
        if number in there:
            end = there[number]
            yield end - 2, end, b">" + inside + b"</" + space + b"row>"
        else:
            row = b'<%srow r="%d">%s</%srow>' % (space, number, inside, space)
            new.append((number, row))
    if not new or spans.sheet_data is None:
        return
    _, inner, empty = spans.sheet_data
    if empty:
        every = b"".join(row for _, row in new)
        yield inner - 2, inner, b">" + every + b"</" + space + b"sheetData>"
        return
    for number, row in new:
        at = min((at for other, at, _, _ in spans.rows if other > number), default=inner)
        yield at, at, row


def _spliced(data: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
    parts, done = [], 0
    for begin, end, new in sorted(
        changes, key=lambda one: one[:2]
    ):  # stable: columns stay in order
        parts += [data[done:begin], new]
        done = end
    return b"".join([*parts, data[done:]])


def _recalculated(data: bytes) -> bytes:
    """Return the book's part, saying that formulas are worked out anew when it is opened."""
    if b"fullCalcOnLoad" in data:
        return data
    found = re.search(rb"<([A-Za-z0-9_.-]+:)?calcPr\b", data)
    if found:
        return data[: found.end()] + b' fullCalcOnLoad="1"' + data[found.end() :]
    return data


def fill_workbook(data: bytes, values: Mapping[str, Values]) -> bytes:
    """Return the same file with texts written into cells of the sheets named.

    Cells that hold a formula are refused; of merged cells the first is written. Every other part of
    the file is carried over as it is. Raises BadWorkbook.
    """
    book = read_workbook(data)
    sheets = {one.name: one for one in book.sheets}
    new: dict[str, Values] = {}
    for name, cells in values.items():
        sheet = sheets.get(name)
        if sheet is None:
            raise BadWorkbook(
                f"シート「{name}」がありません。", f"There is no sheet called {name!r:.60}."
            )
        placed = {sheet.anchor(*place): text for place, text in cells.items()}
        for place in placed:
            if place in sheet.formulas:
                raise BadWorkbook(
                    f"シート「{name}」のセル{cell_name(*place)}には計算式があるので書けません。",
                    f"Cell {cell_name(*place)} of sheet {name!r:.60} holds a formula and is not written.",
                )
        new[sheet.part] = placed
    packed = _opened(data)
    has_formulas = any(sheet.formulas for sheet in book.sheets)
    _, own, _ = _layout(packed)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        written.comment = packed.comment
        for part in packed.infolist():
            content = _part_whole(packed, part)
            if part.filename in new:
                content = _filled_sheet(content, new[part.filename])
            elif part.filename == own and has_formulas:
                content = _recalculated(content)
            written.writestr(part, content, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _part_whole(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Return any part, also one that is not read: pictures, macros."""
    try:
        with packed.open(part) as stream:
            data = stream.read(UNPACKED_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError,
            NotImplementedError, ValueError) as error:  # fmt: skip
        raise _damaged(part.filename[-60:]) from error
    if len(data) > UNPACKED_BYTES:
        raise _too_large()
    return data
