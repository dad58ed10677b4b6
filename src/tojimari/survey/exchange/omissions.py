"""What of a form was not carried over or was changed: every sentence once, with all its places."""

from collections.abc import Iterable

from tojimari.model import Text

Place = tuple[str, int]
"""Where something stands in a form: sheet and row (from 1); a named element has row 0."""


class Omissions:
    """Collects what was not taken as it stood; equal sentences name their places together."""

    def __init__(self) -> None:
        """Begin with nothing left out."""
        self._places: dict[tuple[str, str], list[Place]] = {}

    def add(self, place: Place | None, ja: str, en: str) -> None:
        """Add one sentence about ``place``; None: about the whole form."""
        places = self._places.setdefault((ja, en), [])
        if place is not None and place not in places:
            places.append(place)

    def texts(self) -> tuple[Text, ...]:
        """Return one sentence for each kind of omission, in the order in which they were found."""
        return tuple(
            Text(ja=_where_ja(places) + ja, en=_where_en(places) + en)
            for (ja, en), places in self._places.items()
        )


def _by_sheet(places: Iterable[Place]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for sheet, row in places:
        found.setdefault(sheet, []).append(row)
    return found


def _where_ja(places: list[Place]) -> str:
    parts = [
        f"{sheet} {'・'.join(map(str, rows))}行目" if rows[0] else f"「{sheet:.60}」"
        for sheet, rows in _by_sheet(places).items()
    ]
    return "、".join(parts) + ": " if parts else ""


def _where_en(places: list[Place]) -> str:
    parts = [
        f"{sheet}, row{'s' if rows[1:] else ''} {', '.join(map(str, rows))}"
        if rows[0]
        else repr(sheet[:60])
        for sheet, rows in _by_sheet(places).items()
    ]
    return ", ".join(parts) + ": " if parts else ""
