"""What is wrong in a file of responses: row and column as the user sees them, first few and count."""

from pathlib import Path

import msgspec

from tojimari.model import Text, TojimariError

SHOWN = 5


class BadResponses(TojimariError):
    """A file of responses was refused; nothing was written."""

    def __init__(self, ja: str, en: str) -> None:
        """Say what is wrong and that nothing was written."""
        super().__init__(f"{ja} 何も書き出していません。", f"{en} Nothing was written.")


class Violation(msgspec.Struct, frozen=True):
    """One value that cannot be right. ``row`` counts from 1, the heading is row 1."""

    row: int
    column: str
    reason: Text


class Violations:
    """Keeps the first violations and counts all: a file may have more than fit in memory."""

    def __init__(self) -> None:
        """Begin without violations."""
        self.first: list[Violation] = []
        self.count = 0
        self.by_column: dict[str, int] = {}

    def add(self, row: int, column: str, reason: Text) -> None:
        """Add one violation; kept are those of the topmost rows."""
        self.count += 1
        self.by_column[column] = self.by_column.get(column, 0) + 1
        self.first.append(Violation(row, column, reason))
        if len(self.first) > 8 * SHOWN:
            self._settle()

    def add_more(self, column: str, number: int) -> None:
        """Count violations of ``column`` that are further down than any that will be shown."""
        self.count += number
        self.by_column[column] = self.by_column.get(column, 0) + number

    def _settle(self) -> None:
        self.first = sorted(self.first, key=lambda violation: (violation.row, violation.column))[
            :SHOWN
        ]

    def refuse(self, path: Path) -> BadResponses:
        """Return the error that names the first violations and how many there are."""
        self._settle()
        return BadResponses(
            f"{path}: 回答に合わないところが{self.count}件あります。"
            + " / ".join(f"{f.row}行目「{f.column}」: {f.reason.ja}" for f in self.first)
            + " 直してもう一度読み込むか、--lenient で合わない値を空欄にしてください。",
            f"{path}: {self.count} values do not fit. "
            + " / ".join(f"row {f.row}, {f.column!r}: {f.reason.en}" for f in self.first)
            + " Correct them and read the file again, or use --lenient to leave them empty.",
        )
