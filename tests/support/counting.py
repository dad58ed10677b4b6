"""English counts: "1 day", not "1 days"."""

import re
from typing import Any

COUNT = re.compile(
    r"\{(\w+)\} (?:(?:security|open|more|remaining|known|different) )?([a-z]+s)\b(?!\|)"
)
# What follows a name, and counts that are never one.
NO_COUNT = {
    "is",
    "was",
    "does",
    "has",
    "gets",
    "leads",
    "this",
    "as",
    "looks",
    "opens",
    "uses",
    "asks",
    "needs",
    "invites",
    "says",
    "mends",
    "sees",
    "keeps",
    "proposes",
}
NEVER_ONE = {"of", "possible", "full", "score", "bits", "met", "unknown", "k", "plus"} | {
    "companies",
    "told",
    "made",
}


def uncounted(text: Any) -> list[tuple[str, str]]:
    """Return (place, plural word behind it) wherever one would be counted as many."""
    return [m for m in COUNT.findall(text.en) if not (m[1] in NO_COUNT or m[0] in NEVER_ONE)]
