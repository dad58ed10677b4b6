"""A row is claimed by a conditional update: of several workers one has it, for as long as it lives.

Whoever claimed a row writes only while the claim is theirs (``rows.filter(column=moment)``), and
takes it back when done. What somebody had claimed who died is free again after ``AGAIN``.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

AGAIN = timedelta(minutes=5)
"""After so long whoever claimed a row has died of it."""


def free(column: str) -> Q:
    """Return which rows nobody has claimed. column: the moment of the claim."""
    return Q(**{column: None}) | Q(**{f"{column}__lt": timezone.now() - AGAIN})


def claim(rows: QuerySet, column: str, **more: Any) -> datetime | None:
    """Claim the one row in ``rows``; returns the moment, or None where it is not free any more.

    more: what is written with it, in the same statement.
    """
    now = timezone.now()
    return now if rows.filter(free(column)).update(**{column: now, **more}) == 1 else None
