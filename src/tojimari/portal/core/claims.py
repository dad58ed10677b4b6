"""A row is claimed by a conditional update: of several workers one has it, for as long as it lives.

Whoever claimed a row writes only while the claim is theirs (``rows.filter(column=moment)``), and
takes it back when done. What somebody had claimed who died is free again after ``AGAIN``.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

AGAIN = timedelta(minutes=5)
"""After so long whoever claimed a row has died of it."""


def free(column: str) -> Q:
    """Return which rows nobody has claimed. column: the moment of the claim."""
    return Q(**{column: None}) | Q(**{f"{column}__lt": timezone.now() - AGAIN})


def claim(rows: QuerySet, column: str) -> datetime | None:
    """Claim the one row in ``rows``; returns the moment, or None where it is not free any more."""
    now = timezone.now()
    return now if rows.filter(free(column)).update(**{column: now}) == 1 else None
