"""The text of a section: lines, and tables whose rows are lines between bars. What hands edit."""

from collections.abc import Iterable, Sequence

import msgspec

from tojimari.lib.printable import printable

BAR = "|"
_WIDE_BAR = "｜"
COLUMNS_AT_MOST = 12
"""What stands behind stays in the last cell: every row gets as many cells as the longest."""

CELLS_AT_MOST = 3_000
"""Cells of the tables of one section by hand: what writes files takes about a millisecond each."""


class Paragraph(msgspec.Struct, frozen=True):
    """One line of text."""

    text: str


class Table(msgspec.Struct, frozen=True):
    """Rows of cells, all of the same number; the first row is the head."""

    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Table


def fit(text: str) -> str:
    """Return text that every format can hold: no controls, and no two noncharacters of XML."""
    plain = printable(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t")
    return plain.replace("\t", " ").replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def one_line(text: str) -> str:
    """Return text as one line that begins no table."""
    return " ".join(fit(text).split()).replace(BAR, _WIDE_BAR)


def table_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as the lines of a table."""
    return "\n".join(f"| {' | '.join(one_line(cell) for cell in row)} |" for row in rows)


def blocks(text: str) -> list[Block]:
    """Return the parts of a section's text in their order; empty lines are left out."""
    found: list[Block] = []
    rows: list[tuple[str, ...]] = []
    for line in [*fit(text).split("\n"), ""]:
        stripped = line.strip()
        if stripped.startswith(BAR) and len(stripped) > 1:
            inner = stripped[1:].removesuffix(BAR)
            rows.append(_cells(inner))
            continue
        if rows:
            found.append(_table(rows))
            rows = []
        if stripped:
            found.append(Paragraph(stripped))
    return found


def _cells(inner: str) -> tuple[str, ...]:
    cells = [cell.strip() for cell in inner.split(BAR)]
    rest = cells[COLUMNS_AT_MOST - 1 :]
    if len(rest) > 1:
        cells[COLUMNS_AT_MOST - 1 :] = [" ".join(filter(None, rest))]
    return tuple(cells)


def _table(rows: list[tuple[str, ...]]) -> Table:
    width = max(len(row) for row in rows)
    return Table(tuple(row + ("",) * (width - len(row)) for row in rows))


def too_many_cells(text: str) -> bool:
    """Return whether a section's tables have more cells than a hand may give them."""
    tables = [one for one in blocks(text) if isinstance(one, Table)]
    return sum(len(one.rows) * len(one.rows[0]) for one in tables) > CELLS_AT_MOST


def normal(text: str) -> str:
    """Return text as it is compared: every run of spaces as one, lines without their ends."""
    return "\n".join(" ".join(line.split()) for line in fit(text).split("\n") if line.strip())
