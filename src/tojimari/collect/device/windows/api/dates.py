"""Dates as Windows' parts write them."""

import re
from datetime import UTC, datetime, timedelta, timezone

_CIM = re.compile(r"(\d{14})\.(\d{6})([+-])(\d{3})")
_NEVER_BEFORE = datetime(1990, 1, 1, tzinfo=UTC)
"""Windows writes 1601, 1899 and 1970 for "never"."""


def real_moment(moment: datetime | None) -> datetime | None:
    """Return ``moment`` in UTC; None for what stands for "never" or has no offset."""
    if moment is None or moment.tzinfo is None:
        return None
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return None
    return utc if utc >= _NEVER_BEFORE else None


def cim_moment(text: str | None) -> datetime | None:
    """Return the moment of a CIM_DATETIME (``20250311015218.000000+000``, offset in minutes)."""
    match = _CIM.fullmatch(text or "")
    if match is None:
        return None
    digits, micro, sign, minutes = match.groups()
    offset = timedelta(minutes=int(f"{sign}{minutes}"))
    try:
        moment = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(
            microsecond=int(micro), tzinfo=timezone(offset)
        )
    except ValueError:
        return None
    return real_moment(moment)
