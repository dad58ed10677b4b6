"""Reads a paper that comes back as DOCX or ODT: the text of its sections, as hands left it.

What is handed in is hostile: packed parts are limited, and XML is read without entities or network.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tojimari.lib.printable import printable
from tojimari.model import TojimariError
from tojimari.papers.blocks import BAR, one_line, table_text, too_many_cells
from tojimari.papers.writing import Written
from tojimari.report.papers.archive import NoArchive, parts_of
from tojimari.report.papers.form import digest_of, without_numbers
from tojimari.report.papers.word import BOOKMARK

FILE_BYTES = 5_000_000
SECTION_LETTERS = 30_000
_LETTERS_AT_MOST = 3_000_000
_SPACES_AT_MOST = 50
"""Spaces of one mark of an ODT, which says how many it stands for."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_NUMBERED = re.compile(r"^(?:第[0-9０-９]+条|Article [0-9]+|[0-9０-９]+[.．])\s*")


class BadPaperFile(TojimariError):
    """A file that is no paper of ours."""


class Returned(msgspec.Struct, frozen=True):
    """A section of a file that came back.

    Attributes:
        text: as it stands in the file.
        touched: whether a hand changed it since the file was made; True where that cannot be told.
        of_now: whether the file was made of the words that the paper has now.
    """

    text: str
    touched: bool
    of_now: bool


class _Line:
    """A paragraph or a table as it was read. marks: names of bookmarks in it."""

    def __init__(self, text: str, marks: tuple[str, ...] = (), *, heading: bool = False) -> None:
        self.text, self.marks, self.heading = text, marks, heading


def read_back(data: bytes, written: Written, *, rules: bool) -> dict[str, Returned]:
    """Return section id -> what became of it, of a paper that was changed in Word or LibreOffice.

    written: the paper as it stands now. Sections are told by the bookmarks at their headings, or by the headings' words. rules: the lines
    of articles carry numbers. Raises BadPaperFile with what is wrong.
    """
    if len(data) > FILE_BYTES:
        raise _bad("大きすぎます（5MBまで）", "is too large (5 MB at most)")
    lines, letters = [], 0
    for line in _lines(data):
        letters += len(line.text)
        if letters > _LETTERS_AT_MOST:
            raise _too_much()
        lines.append(line)
    by_title = {_plain(section.title): section.id for section in written.sections}
    ids = {section.id for section in written.sections}
    found: dict[str, list[str]] = {}
    digests: dict[str, str] = {}
    here = ""
    for line in lines:
        mark = next((one for one in line.marks if one.startswith(BOOKMARK)), "")
        id_, _, digest = mark.removeprefix(BOOKMARK).rpartition("_")
        if not mark and line.heading:
            id_ = by_title.get(_plain(line.text), "")
        if line.heading and (mark or id_ or here):
            here = id_ if id_ in ids else ""
            if here:
                found.setdefault(here, [])
                digests[here] = digest
        elif here and line.text.strip():
            found[here].append(line.text)
    if not found:
        raise _bad(
            "見出しが見つかりません。ここで作った書類を直して、送ってください",
            "has none of our headings; hand in a paper that was made here",
        )
    texts = {id_: "\n".join(texts) for id_, texts in found.items()}
    if any(len(text) > SECTION_LETTERS for text in texts.values()):
        raise _bad("長すぎる見出しがあります", "has a section that is too long")
    now = {section.id: digest_of(written.text_of(section)) for section in written.sections}
    returned = {}
    for id_, text in texts.items():
        plain = without_numbers(text) if rules else text
        touched = digest_of(plain) != digests[id_]
        if touched and too_many_cells(plain):
            raise _bad("表が大きすぎる見出しがあります", "has a section whose table is too large")
        returned[id_] = Returned(plain, touched, digests[id_] == now[id_])
    return returned


def _plain(heading: str) -> str:
    bare = _NUMBERED.sub("", heading.strip()).strip()
    return "".join(bare.strip("（）()").split())


def _bad(ja: str, en: str) -> BadPaperFile:
    return BadPaperFile(f"このファイル：{ja}。", f"This file {en}.")


def _too_much() -> BadPaperFile:
    return _bad("文字が多すぎます", "holds too many letters")


def _lines(data: bytes) -> Iterator[_Line]:
    for part, read in (("word/document.xml", _of_word), ("content.xml", _of_odt)):
        try:
            root = _tree(parts_of(data, part))
        except NoArchive:
            continue
        if root is not None:
            yield from read(root)
            return
    raise _bad(
        "Word（DOCX）かODTの書類として読めません", "cannot be read as a Word (DOCX) or ODT paper"
    )


def _tree(data: bytes) -> Any:
    """Return the root of an XML part; None where it is none."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root


def _of_word(root: Any) -> Iterator[_Line]:
    body = root.find(f"{_W}body")
    for one in body if body is not None else ():
        if one.tag == f"{_W}p":
            style = one.find(f"{_W}pPr/{_W}pStyle")
            named = style.get(f"{_W}val", "") if style is not None else ""
            marks = tuple(str(m.get(f"{_W}name", "")) for m in one.iter(f"{_W}bookmarkStart"))
            heading = named.lower().startswith("heading") or any(
                m.startswith(BOOKMARK) for m in marks
            )
            yield _Line(_word_text(one), marks, heading=heading)
        elif one.tag == f"{_W}tbl":
            yield _Line(_table(one, f"{_W}tbl", f"{_W}tr", f"{_W}tc", f"{_W}p", _word_text))


def _word_text(paragraph: Any) -> str:
    """Return the text of a paragraph; of tracked changes what they made of it."""
    parts = []
    for one in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br"):
        parts.append(one.text or "" if one.tag == f"{_W}t" else " ")
    return _fit("".join(parts))


def _of_odt(root: Any) -> Iterator[_Line]:
    table, row, cell = (f"{_TABLE}table{end}" for end in ("", "-row", "-cell"))
    for one in root.iter(f"{_TEXT}h", f"{_TEXT}p", table):
        if any(above.tag == table for above in one.iterancestors()):
            continue
        if one.tag == table:
            yield _Line(_table(one, table, row, cell, f"{_TEXT}p", _odt_text))
        else:
            marks = tuple(
                str(m.get(f"{_TEXT}name", ""))
                for m in one.iter(f"{_TEXT}bookmark", f"{_TEXT}bookmark-start")
            )
            yield _Line(_odt_text(one), marks, heading=one.tag == f"{_TEXT}h")


def _odt_text(paragraph: Any) -> str:
    parts = [paragraph.text or ""]
    for one in paragraph.iterdescendants():
        if one.tag == f"{_TEXT}s":
            parts.append(" " * _count(one.get(f"{_TEXT}c", "1")))
        elif one.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            parts.append(" ")
        elif isinstance(one.tag, str):
            parts.append(one.text or "")
        parts.append(one.tail or "")
    return _fit("".join(parts))


def _count(said: str) -> int:
    good = said.isascii() and said.isdigit() and len(said) <= len(str(_SPACES_AT_MOST))
    return min(int(said), _SPACES_AT_MOST) if good else 1


def _table(
    table: Any, own: str, row: str, cell: str, paragraph: str, text: Callable[[Any], str]
) -> str:
    """Return a table as lines. What stands in a table inside of a cell is text of that cell.

    Every paragraph is read once: tables nested in each other would else give it for each of them.
    """
    rows: list[list[list[str]]] = []
    for one in table.iter(own, row, cell, paragraph):
        if one is table or one.tag == own:
            continue
        if one.tag == paragraph:
            inside = any(above.tag == paragraph for above in _up_to(one, table))
            if rows and rows[-1] and not inside:
                rows[-1][-1].append(text(one))
        elif not any(above.tag == own for above in _up_to(one, table)):
            if one.tag == row:
                rows.append([])
            elif rows:
                rows[-1].append([])
    return table_text(["\n".join(part) for part in parts] for parts in rows)


def _up_to(one: Any, top: Any) -> Iterator[Any]:
    """Yield what an element stands in, below ``top``."""
    for above in one.iterancestors():
        if above is top:
            return
        yield above


def _fit(text: str) -> str:
    """Return a line without controls; one that begins like a table does not become one."""
    line = " ".join(printable(text).replace("\ufffd", " ").split(" ")).strip()
    return one_line(line) if line.startswith(BAR) else line
