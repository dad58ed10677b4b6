"""Finds out how a text file is written: encoding, separator, heading. Reads it once, in pieces."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from tojimari.survey.violations import BadResponses

PIECE = 1 << 20
LONGEST_LINE = 16 << 20
"""Bytes in one line; longer ones are not tables (a quotation mark that is never closed)."""
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e]")
SEPARATORS = ",\t;"


class Written(msgspec.Struct, frozen=True):
    """How a file is written.

    Attributes:
        encoding: name of the codec; utf-8-sig with a mark at the start (BOM).
        assumed: the encoding was not declared by a mark but found by looking.
    """

    encoding: str
    separator: str
    heading: tuple[str, ...]
    assumed: bool


def sniff(path: Path, known: Collection[str]) -> Written:
    """Return how the file at ``path`` is written. ``known``: column names it may have.

    Raises BadResponses for NUL characters, mixed encodings (with the row), an empty file.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    assumed = True
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding, assumed = "utf-16", False
    elif start.startswith(codecs.BOM_UTF8):
        encoding, assumed = "utf-8-sig", False
    elif start[1:64:2].count(0) > 24:
        encoding = "utf-16-le"
    elif start[0:64:2].count(0) > 24:
        encoding = "utf-16-be"
    else:
        encoding = ""
    if encoding.startswith("utf-16"):
        _check_utf16(path, encoding)
    else:
        encoding = _eight_bit(path, encoding)
    separator, heading = _heading(path, encoding, known)
    return Written(encoding, separator, heading, assumed)


def _refuse(path: Path, row: int, ja: str, en: str) -> BadResponses:
    return BadResponses(f"{path}: {row}行目: {ja}", f"{path}: row {row}: {en}")


def _blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield whole lines, many at once, with the row of the first; refuses endless lines."""
    with path.open("rb") as file:
        row = 1
        while block := file.read(PIECE):
            rest = b"" if block.endswith(b"\n") else file.readline(LONGEST_LINE)
            block += rest
            if len(rest) == LONGEST_LINE:
                raise _refuse(
                    path,
                    row + block.count(b"\n"),
                    "1行が長すぎます。閉じていない引用符がないか確かめてください。",
                    "the line is too long. Look for a quotation mark that is never closed.",
                )
            yield row, block
            row += block.count(b"\n")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line that is not plain ASCII, with its row."""
    for first, block in _blocks(path):
        if not block.isascii():
            for row, line in enumerate(block.split(b"\n"), start=first):
                if not line.isascii():
                    yield row, line


def _eight_bit(path: Path, encoding: str) -> str:
    """Return utf-8 (as given) or cp932, whichever the whole file is."""
    utf8_seen = other_at = 0
    for first, block in _blocks(path):
        if b"\0" in block:
            raise _refuse(
                path,
                first + block[: block.index(b"\0")].count(b"\n"),
                "NUL文字があります。表の形で書き出し直してください。",
                "there is a NUL character. Export the table again.",
            )
        if block.isascii():
            continue
        try:
            block.decode("utf-8")  # the mark (BOM) is a character like any other here
            utf8_seen = utf8_seen or first
        except UnicodeDecodeError as error:
            before = block[: block.rfind(b"\n", 0, error.start) + 1]
            utf8_seen = utf8_seen or (0 if before.isascii() else first)
            other_at = first + before.count(b"\n")
            break
    if not other_at:
        return encoding or "utf-8"
    if encoding:
        raise _mixed(path, other_at, "UTF-8")
    return _cp932(path, other_at, utf8_seen)


def _cp932(path: Path, other_at: int, utf8_seen: int) -> str:
    """Check that every line is Shift_JIS and none is evidently UTF-8."""
    for row, line in _lines(path):
        try:
            line.decode("cp932")
        except UnicodeDecodeError:
            worst = other_at if utf8_seen else row
            raise _mixed(path, worst, "UTF-8" if utf8_seen else "Shift_JIS") from None
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        # Half-width kana in Shift_JIS may by chance read as UTF-8, kana and kanji do not.
        if _JAPANESE.search(text):
            first, name = (row, "Shift_JIS") if row > other_at else (other_at, "UTF-8")
            raise _mixed(path, first, name)
    return "cp932"


def _mixed(path: Path, row: int, before: str) -> BadResponses:
    return _refuse(
        path,
        row,
        f"ここで文字コードが変わります (ほかは{before})。一つの文字コードで保存し直してください。",
        f"the encoding changes here (elsewhere {before}). Save the file in one encoding.",
    )


def _check_utf16(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    row = 1
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            try:
                text = decoder.decode(piece)
            except UnicodeDecodeError:
                raise _mixed(path, row, "UTF-16") from None
            if "\0" in text:
                at = row + text[: text.index("\0")].count("\n")
                raise _refuse(path, at, "NUL文字があります。", "there is a NUL character.")
            row += text.count("\n")
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise _mixed(path, row, "UTF-16") from None


def _heading(path: Path, encoding: str, known: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return separator and heading: the separator that finds most known columns."""
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(LONGEST_LINE // 4)
    best: tuple[int, int, str, tuple[str, ...]] | None = None
    for separator in SEPARATORS:
        try:
            row = next(csv.reader(io.StringIO(text), delimiter=separator), [])
        except csv.Error:
            continue
        heading = tuple(name.strip() for name in row)
        score = (len(set(heading) & set(known)), len(heading), separator, heading)
        if best is None or score[:2] > best[:2]:
            best = score
    if best is None or not any(best[3]):
        raise BadResponses(
            f"{path}: 空のファイルか、1行目に列の名前がありません。",
            f"{path}: the file is empty or its first row does not name the columns.",
        )
    return best[2], best[3]
