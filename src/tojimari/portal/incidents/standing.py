"""Which lines of a record were corrected by later ones, and which still stand."""

from collections.abc import Iterable

from tojimari.portal.incidents.models import IncidentEntry


def corrections(rows: Iterable[IncidentEntry]) -> dict[int, int]:
    """Return line -> the newest line that corrects it."""
    return {
        row.about: row.number or 0
        for row in sorted(rows, key=lambda row: row.number or 0)
        if row.about and row.kind != IncidentEntry.ERASED
    }


def still_standing(rows: Iterable[IncidentEntry]) -> list[IncidentEntry]:
    """Return the lines that no later line corrects."""
    every = list(rows)
    corrected = corrections(every)
    return [row for row in every if (row.number or 0) not in corrected]
