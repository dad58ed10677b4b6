"""Reads a list of companies to invite: CSV as Excel, other programs or a clipboard give it."""

import csv
import io
import re
import unicodedata

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tojimari.lib.encodings import decoded
from tojimari.model import TojimariError
from tojimari.portal.companies.forms import NAME_AT_MOST
from tojimari.portal.typed import plain_name

BYTES_AT_MOST = 1_000_000
CELL_AT_MOST = 10_000
ROWS_AT_MOST = 500
EMAIL_AT_MOST = 254
SEEN_AT_MOST = 60
"""Letters of a cell that a problem repeats."""
_NAME_HEADS = ("会社", "事業所", "屋号", "企業", "名称", "商号", "company", "name")
_PERSON_HEADS = ("担当", "代表", "氏名", "person", "contact")
_IN_ANGLES = re.compile(r"<([^<>]+)>\s*$")


class Entry(msgspec.Struct, frozen=True):
    """A company to invite: the address its invitation goes to, and its name, "" when not given."""

    email: str
    name: str


class Problem(msgspec.Struct, frozen=True):
    """A row that is left out.

    Attributes:
        row: its number in the file, from 1.
        what: ``no_address``, ``bad_address`` or ``twice``.
        seen: the cell it is about, cut; "" when there is none.
    """

    row: int
    what: str
    seen: str = ""


class AddressList(msgspec.Struct, frozen=True):
    """What a list held: every good row once, and every other row with its problem."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


class BadList(TojimariError):
    """A list that cannot be read as one."""


def read_list(content: bytes, *, at_most: int = ROWS_AT_MOST) -> AddressList:
    """Return the entries and problems of a list of ``at_most`` rows. Raises BadList.

    content: in any encoding that Japanese programs write; commas, tabs or semicolons.
    The column with most ``@`` holds the addresses; a first row without one is a head.
    """
    rows = _rows(_decoded(content), at_most)
    if len(rows) > at_most + 1:
        raise BadList(
            f"一度に読めるのは{at_most}社までです。名簿を分けてください。",
            f"{at_most} companies at a time at most. Split the list.",
        )
    column = _address_column([cells for _, cells in rows])
    head: list[str] = []
    if rows and "@" not in _cell(rows[0][1], column):
        head = [cell.lower() for cell in rows[0][1]]
    names = _name_column(head, rows, column)
    entries: dict[str, Entry] = {}
    problems: list[Problem] = []
    for number, cells in rows[1 if head else 0 :]:
        email = _address(_cell(cells, column))
        problem = _problem(email, entries)
        if problem:
            problems.append(Problem(number, problem, _cell(cells, column)[:SEEN_AT_MOST]))
        else:
            name = plain_name(_cell(cells, names), at_most=NAME_AT_MOST)
            entries[email] = Entry(email, name)
    return AddressList(tuple(entries.values()), tuple(problems))


def as_lines(entries: tuple[Entry, ...]) -> str:
    """Return entries as text that ``read_list`` reads back."""
    return "\n".join(f"{entry.email}\t{entry.name}" for entry in entries)


def _decoded(content: bytes) -> str:
    if len(content) > BYTES_AT_MOST:
        raise BadList("名簿が大きすぎます (1MBまで)。", "The list is too large (1 MB at most).")
    found = decoded(content)
    if not found.damaged and "\x00" not in found.text:
        return found.text
    raise BadList(
        "名簿を読めません。CSV (UTF-8かShift_JIS) で保存し直してください。",
        "The list cannot be read. Save it again as CSV (UTF-8 or Shift_JIS).",
    )


def _rows(text: str, at_most: int) -> list[tuple[int, list[str]]]:
    """Return (number, cells) of every row that holds anything."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max((",", "\t", ";"), key=line.count)
    # Without an address no row is any use: the separator is that of the first row with one.
    with_address = next((line for line in text.splitlines() if "@" in line), "")
    if with_address and delimiter not in with_address:
        delimiter = max((",", "\t", ";"), key=with_address.count)
    found = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for number, cells in enumerate(reader, 1):
            # csv's own limit is one for the whole process, and a survey's table needs more.
            if any(len(cell) > CELL_AT_MOST for cell in cells):
                raise csv.Error("a cell without end")
            plain = [unicodedata.normalize("NFKC", cell).strip() for cell in cells]
            if any(plain):
                found.append((number, plain))
            if len(found) > at_most + 1:
                break
    except csv.Error as error:
        raise BadList(
            "名簿を読めません。引用符の閉じ忘れがないか確かめてください。",
            "The list cannot be read. Look for a quotation mark that is not closed.",
        ) from error
    return found


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def _address_column(rows: list[list[str]]) -> int:
    width = max((len(cells) for cells in rows), default=0)
    counts = [sum("@" in _cell(cells, column) for cells in rows) for column in range(width)]
    if not any(counts):
        raise BadList(
            "メールアドレスの列が見つかりません。一行に一社、メールアドレスと会社の名前を書いてください。",
            "There is no column of mail addresses. Write one company a row: mail address, name.",
        )
    return counts.index(max(counts))


def _name_column(head: list[str], rows: list[tuple[int, list[str]]], address: int) -> int | None:
    """Return the column of companies' names: by its head, else the first that is no number."""
    for column, word in enumerate(head):
        named = any(one in word for one in _NAME_HEADS)
        if column != address and named and not any(one in word for one in _PERSON_HEADS):
            return column
    if head and len(head) > 2:  # the heads are there, and none speaks of a company
        return None
    for column in range(max((len(cells) for _, cells in rows), default=0)):
        cells = [_cell(cells, column) for _, cells in rows]
        if column != address and any(cell and not cell.isdecimal() for cell in cells):
            return column
    return None


def _address(cell: str) -> str:
    in_angles = _IN_ANGLES.search(cell)
    return (in_angles.group(1) if in_angles else cell).removeprefix("mailto:").strip().lower()


def _problem(email: str, known: dict[str, Entry]) -> str:
    if "@" not in email:
        return "no_address"
    try:
        validate_email(email)
    except ValidationError:
        return "bad_address"
    if len(email) > EMAIL_AT_MOST:
        return "bad_address"
    return "twice" if email in known else ""
