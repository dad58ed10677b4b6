"""Finds out how a text file is written: encoding, separator, heading. Reads it once, in pieces."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from tojimari.lib.encodings import is_encoding, name_of, told
from tojimari.survey.violations import BadResponses

PIECE = 1 << 20
LONGEST_LINE = 16 << 20
"""Bytes in one line; longer ones are not tables (a quotation mark that is never closed)."""
MOST_LOOKED_AT = 20_000
"""Lines from which the encoding is told; the rest only has to be readable in it."""
_PRIVATE = re.compile("[\ue000-\uf8ff]")
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


def sniff(path: Path, known: Collection[str], encoding: str = "") -> Written:
    """Return how the file at ``path`` is written. ``known``: column names it may have.

    ``encoding``: what somebody says it is; else it is found by looking. Raises BadResponses for
    NUL characters, mixed encodings (with the row), an encoding that is not clear, an empty file.
    """
    if encoding:
        _check_readable(path, encoding)
        separator, heading = _heading(path, encoding, known)
        return Written(encoding, separator, heading, assumed=False)
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


def _newline(path: Path) -> bytes:
    """Return how lines end: old spreadsheets of the Mac write a carriage return only."""
    with path.open("rb") as file:
        start = file.read(PIECE)
    return b"\r" if b"\r" in start and b"\n" not in start else b"\n"


def _blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield whole lines, many at once, with the row of the first; refuses endless lines."""
    newline = _newline(path)
    with path.open("rb") as file:
        row = 1
        while block := file.read(PIECE):
            rest = b"" if block.endswith(newline) else _rest_of_line(file, newline)
            block += rest
            if len(rest) >= LONGEST_LINE:
                raise _refuse(
                    path,
                    row + block.count(newline),
                    "1行が長すぎます。閉じていない引用符がないか確かめてください。",
                    "the line is too long. Look for a quotation mark that is never closed.",
                )
            yield row, block
            row += block.count(newline)


def _rest_of_line(file: BinaryIO, newline: bytes) -> bytes:
    if newline == b"\n":
        return file.readline(LONGEST_LINE)
    rest = bytearray()
    while len(rest) < LONGEST_LINE and (char := file.read(1)):
        rest += char
        if char == newline:
            break
    return bytes(rest)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield every line that is not plain ASCII, with its row."""
    newline = _newline(path)
    for first, block in _blocks(path):
        if not block.isascii():
            for row, line in enumerate(block.split(newline), start=first):
                if not line.isascii():
                    yield row, line


def _eight_bit(path: Path, encoding: str) -> str:
    """Return utf-8 (as given) or the other encoding that the whole file is in."""
    utf8_seen = other_at = 0
    newline = _newline(path)
    for first, block in _blocks(path):
        if b"\0" in block:
            raise _refuse(
                path,
                first + block[: block.index(b"\0")].count(newline),
                "NUL文字があります。表の形で書き出し直してください。",
                "there is a NUL character. Export the table again.",
            )
        if block.isascii():
            continue
        try:
            block.decode("utf-8")  # the mark (BOM) is a character like any other here
            utf8_seen = utf8_seen or first
        except UnicodeDecodeError as error:
            before = block[: block.rfind(newline, 0, error.start) + 1]
            utf8_seen = utf8_seen or (0 if before.isascii() else first)
            other_at = first + before.count(newline)
            break
    if not other_at:
        return encoding or _seven_bit(path)
    if encoding:
        raise _mixed(path, other_at, "UTF-8")
    return _other(path, other_at, utf8_seen)


def _seven_bit(path: Path) -> str:
    """Return utf-8, or the encoding that says Japanese in ASCII characters (JIS)."""
    with path.open("rb") as file:
        if b"\x1b$" not in file.read(PIECE):
            return "utf-8"
    _check_readable(path, "cp50221")
    return "cp50221"


def _other(path: Path, other_at: int, utf8_seen: int) -> str:
    found = told([line for _, line in islice(_lines(path), MOST_LOOKED_AT)])
    if found is None or found == "cp932" or utf8_seen:
        _cp932(path, other_at, utf8_seen)  # names the row where an encoding changes
        if found is None:
            raise _unclear(path, other_at)
    _check_readable(path, found, private=False)
    return found


def _unclear(path: Path, row: int) -> BadResponses:
    return _refuse(
        path,
        row,
        "文字コードが分かりません。--encoding で指定するか (cp932、euc_jp、latin-1 など)、"
        "UTF-8で保存し直してください。",
        "the encoding cannot be told. Say it with --encoding (cp932, euc_jp, latin-1 ...), or save "
        "the file as UTF-8.",
    )


def _check_readable(path: Path, encoding: str, *, private: bool = True) -> None:
    """Check that the whole file can be read. ``private``: also characters that one company made."""
    if not is_encoding(encoding):
        raise BadResponses(
            f"{path}: 「{encoding:.40}」という文字コードはありません。",
            f"{path}: there is no encoding {encoding[:40]!r}.",
        )
    row = 0
    try:
        with path.open(encoding=encoding) as file:
            for row, line in enumerate(file, start=1):
                if not private and not line.isascii() and _PRIVATE.search(line):
                    raise _unclear(path, row)
    except UnicodeError:
        raise _refuse(
            path,
            row + 1,
            f"{name_of(encoding)}では読めません。",
            f"cannot be read as {name_of(encoding)}.",
        ) from None


def _cp932(path: Path, other_at: int, utf8_seen: int) -> None:
    """Check that every line is Shift_JIS and none is evidently UTF-8."""
    for row, line in _lines(path):
        try:
            line.decode("cp932")
        except UnicodeDecodeError:
            if utf8_seen:
                raise _mixed(path, other_at, "UTF-8") from None
            before = [other for at, other in islice(_lines(path), MOST_LOOKED_AT) if at < row]
            if told(before) == "cp932":
                raise _mixed(path, row, "Shift_JIS") from None
            raise _unclear(path, row) from None
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        # Half-width kana in Shift_JIS may by chance read as UTF-8, kana and kanji do not.
        if _JAPANESE.search(text):
            first, name = (row, "Shift_JIS") if row > other_at else (other_at, "UTF-8")
            raise _mixed(path, first, name)


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
            row = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
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
