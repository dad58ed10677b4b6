"""Groups of GoPhish: a CSV whose columns are found by their headings."""

import re
from collections.abc import Iterator

import msgspec

from tojimari.drills.gophish.errors import BadGophishFile
from tojimari.drills.gophish.table import LETTERS_AT_MOST, cell, lines
from tojimari.lib.printable import printable
from tojimari.model import Text

BYTES_AT_MOST = 1_000_000
PEOPLE_AT_MOST = 10_000
_SKIPPED_KEPT = 50

# As GoPhish finds them, and as Japanese lists call them.
_HEADINGS = {
    "first_name": re.compile(r"first[\s_-]*name|^名$|^名前$|^氏名$", re.IGNORECASE),
    "last_name": re.compile(r"last[\s_-]*name|^姓$|^名字$|^苗字$", re.IGNORECASE),
    "email": re.compile(r"e-?mail|メール", re.IGNORECASE),
    "position": re.compile(r"position|役職|部署|所属", re.IGNORECASE),
}
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_LONGEST_ADDRESS = 254


class Person(msgspec.Struct, frozen=True):
    """Somebody in a group; ``email`` in lower case after the @."""

    email: str
    first_name: str = ""
    last_name: str = ""
    position: str = ""

    @property
    def name(self) -> str:
        """Family name first where it is written in Japanese; "" where there is none."""
        parts = [part for part in (self.first_name, self.last_name) if part]
        return " ".join(parts) if "".join(parts).isascii() else " ".join(reversed(parts))


class Skipped(msgspec.Struct, frozen=True):
    """A line that was not taken over, from 1, and why."""

    line: int
    reason: Text


class GroupFile(msgspec.Struct, frozen=True):
    """What a file held.

    Attributes:
        skipped: the first lines that were not taken over; ``left_out`` is how many there were.
        ignored: headings of columns that mean nothing here.
    """

    people: tuple[Person, ...]
    skipped: tuple[Skipped, ...] = ()
    left_out: int = 0
    ignored: tuple[str, ...] = ()


_NO_ADDRESS = Text(ja="メールアドレスではありません", en="is no mail address")
_TWICE = Text(ja="同じアドレスが前にもあります", en="the same address stands further up")


def mail_address(written: str) -> str:
    """Return an address as it is kept; "" where it is none that a drill may go to."""
    address = written.strip()
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        return ""
    local, _, domain = address.rpartition("@")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return ""
    return f"{local}@{domain.lower()}"


def read_group(data: bytes) -> GroupFile:
    """Return the people of a group, from bytes in any encoding that lists are written in.

    The first of two lines with the same address counts. Raises BadGophishFile where it is too
    large, no table, or has no column of addresses.
    """
    rows = lines(data, BYTES_AT_MOST)
    _, headings = next(rows, (1, []))
    columns, ignored = _columns(headings)
    return _people(rows, columns, ignored)


def _columns(headings: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return field -> number of its column, and the headings that mean nothing."""
    columns: dict[str, int] = {}
    ignored = []
    for number, heading in enumerate(headings):
        plain = heading.strip()
        field = next((name for name, of in _HEADINGS.items() if of.search(plain)), None)
        if field is None or field in columns:
            ignored.append(printable(plain)[:LETTERS_AT_MOST])
        else:
            columns[field] = number
    if "email" not in columns:
        raise BadGophishFile(
            "メールアドレスの列がありません。1行目に「Email」または「メール」という見出しを書いてください。",
            "There is no column of mail addresses. Write the heading “Email” in the first line.",
        )
    return columns, tuple(each for each in ignored if each)


def _people(
    rows: Iterator[tuple[int, list[str]]], columns: dict[str, int], ignored: tuple[str, ...]
) -> GroupFile:
    found: dict[str, Person] = {}
    skipped: list[Skipped] = []
    left_out = 0
    for line, row in rows:
        cells = {field: cell(row, number) for field, number in columns.items() if field != "email"}
        email = mail_address(row[columns["email"]] if columns["email"] < len(row) else "")
        if email and email.lower() not in found:
            if len(found) == PEOPLE_AT_MOST:
                raise BadGophishFile(
                    f"{PEOPLE_AT_MOST:,}人を超えています。分けて読み込んでください。",
                    f"There are more than {PEOPLE_AT_MOST:,} people. Split the file.",
                )
            found[email.lower()] = Person(email, **cells)
            continue
        left_out += 1
        if len(skipped) < _SKIPPED_KEPT:
            skipped.append(Skipped(line, _TWICE if email else _NO_ADDRESS))
    return GroupFile(tuple(found.values()), tuple(skipped), left_out, ignored)
