"""Ids made from the names that other programs allow: capitals, dashes, spaces, Japanese."""

import re
import unicodedata
from collections.abc import Iterable

from tojimari.survey.columns import FIELDWORK_COLUMNS, ORIGIN_COLUMN, OWN_COLUMNS

LONGEST_PART = 31
"""Characters of an option's or a row's id: two of them and "__" fit a column's name."""
FIXED_COLUMNS = frozenset((*OWN_COLUMNS, *FIELDWORK_COLUMNS, ORIGIN_COLUMN))


def plain_id(name: str) -> str:
    """Return ``name`` in lower-case letters, digits and underscores; "" where nothing is left."""
    if re.fullmatch(r"-\d+", name):
        return f"minus_{name[1:]}"
    folded = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(char for char in folded if not unicodedata.combining(char))
    made = re.sub(r"[^a-z0-9_]+", "_", kept)
    return made if re.fullmatch(r"[a-z0-9_]*[a-z0-9][a-z0-9_]*", name) else made.strip("_")


class Names:
    """Gives every name of one kind an id that is free."""

    def __init__(self, fallback: str, reserved: Iterable[str] = (), *, letter: bool = True) -> None:
        """``fallback``: beginning of ids of names without a letter. ``letter``: ids begin so."""
        self._fallback = fallback
        self._taken = set(reserved)
        self._letter = letter

    def take(self, name: str, longest: int = LONGEST_PART) -> str:
        """Return a free id for ``name``, at most ``longest`` characters long, and keep it."""
        made = plain_id(name).lstrip("_")
        if not made or (self._letter and not made[0].isalpha()):
            made = f"{self._fallback}{made or len(self._taken) + 1}"
        made = made[:longest].rstrip("_")
        free, number = made, 2
        while free in self._taken or free in FIXED_COLUMNS:
            end = f"_{number}"
            free, number = made[: longest - len(end)] + end, number + 1
        self._taken.add(free)
        return free
