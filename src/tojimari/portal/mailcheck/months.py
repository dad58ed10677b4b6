"""Counts of verdicts by month and trick, and a chart of them beside what the council published."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from django.utils import timezone

from tojimari.mail.verdict import SUSPICIOUS
from tojimari.model import Text

SHOWN_MONTHS = 12
_SHORT = 1_000
_WIDTH, _LEFT, _TOP, _BOTTOM = 420, 12, 26, 132


class Year(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports that the council received in a year, and where the figure was read."""

    year: int
    reports: int
    source: Text


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the Council of Anti-Phishing Japan published, as far as we could read it."""

    publisher: Text
    what: Text
    left_out: Text
    years: tuple[Year, ...]


class Bar(msgspec.Struct, frozen=True):
    """A bar of a chart, in the units of its picture.

    Attributes:
        says: its value, where there is room for it above the bar; "" elsewhere.
    """

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float
    says: str

    @property
    def middle(self) -> float:
        """Return where its label is centred."""
        return self.x + self.width / 2

    @property
    def right(self) -> float:
        """Return where its value ends."""
        return self.x + self.width

    @property
    def above(self) -> float:
        """Return the line of its value."""
        return self.y - 5


class Month(msgspec.Struct, frozen=True):
    """The verdicts of a month.

    Attributes:
        month: 2026-11.
        levels: level -> count.
        tricks: trick -> count, of dangerous and careful ones.
    """

    month: str
    levels: dict[str, int]
    tricks: dict[str, int]

    @property
    def suspicious(self) -> int:
        """Return how many were dangerous or to be careful with."""
        return sum(self.levels.get(level, 0) for level in SUSPICIOUS)

    @property
    def harmless(self) -> int:
        """Return how many looked ordinary or could not be told."""
        return self.all - self.suspicious

    @property
    def all(self) -> int:
        """Return how many were asked about."""
        return sum(self.levels.values())


@cache
def published() -> Published:
    """Return the council's figures that come with the product."""
    raw = (files("tojimari.portal.mailcheck") / "published.yaml").read_bytes()
    return msgspec.yaml.decode(raw, type=Published)


def months_of(rows: Iterable[tuple[Any, str, str]], *, today: date | None = None) -> list[Month]:
    """Return the last ``SHOWN_MONTHS`` months of verdicts (moment, level, trick), oldest first.

    A month without any is there too: it says 0.
    """
    day = (today or timezone.localdate()).replace(day=1)
    names = [earlier_month(day, ago) for ago in reversed(range(SHOWN_MONTHS))]
    levels: dict[str, Counter[str]] = {name: Counter() for name in names}
    tricks: dict[str, Counter[str]] = {name: Counter() for name in names}
    for at, level, trick in rows:
        month = month_of(at)
        if month in levels:
            levels[month][level] += 1
            if level in SUSPICIOUS:
                tricks[month][trick] += 1
    return [Month(name, dict(levels[name]), dict(tricks[name])) for name in names]


def month_of(at: datetime) -> str:
    """Return the month (2026-11) of a moment, as the calendar on the wall has it."""
    return timezone.localtime(at).strftime("%Y-%m")


def bars(values: Iterable[tuple[str, int]]) -> list[Bar]:
    """Return a chart's bars, the highest as high as there is room."""
    pairs = list(values)
    top = max((value for _, value in pairs), default=0) or 1
    step = (_WIDTH - _LEFT - 10) / max(len(pairs), 1)
    made = []
    for at, (label, value) in enumerate(pairs):
        height = (_BOTTOM - _TOP) * value / top
        x = _LEFT + at * step + step * 0.15
        made.append(
            Bar(
                label,
                value,
                round(x, 1),
                round(_BOTTOM - height, 1),
                round(step * 0.7, 1),
                round(height, 1),
                f"{value:,}" if value and (value < _SHORT or at == len(pairs) - 1) else "",
            )
        )
    return made


def earlier_month(first: date, months: int) -> str:
    """Return the month (2026-11) that is ``months`` before the one that begins on ``first``."""
    at = first.year * 12 + first.month - 1 - months
    return f"{at // 12:04d}-{at % 12 + 1:02d}"
