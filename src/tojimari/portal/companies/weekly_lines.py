"""Lines on the weekly page that other apps have to say: the app that has one declares it."""

from collections.abc import Callable
from typing import Any

import msgspec

from tojimari.portal.companies.models import Company


class WeeklyLine(msgspec.Struct, frozen=True):
    """One line, in the reader's language: what it is about, the sentence, the page that tells more.

    Attributes:
        bars: of a small chart beside it, in the units of ``parts/mail_chart.html``; () for none.
        label: what the chart shows.
    """

    title: str
    sentence: str
    address: str
    bars: tuple[Any, ...] = ()
    label: str = ""


Lines = Callable[[Company], WeeklyLine | None]
"""For a company, its line; None where there is nothing to say."""

_SOURCES: list[Lines] = []


def weekly_lines_come_from(lines: Lines) -> None:
    """Declare where a line comes from; declaring the same again changes nothing."""
    if lines not in _SOURCES:
        _SOURCES.append(lines)


def weekly_lines(company: Company) -> list[WeeklyLine]:
    """Return what the apps have to say of a company's week."""
    return [line for source in _SOURCES if (line := source(company)) is not None]
