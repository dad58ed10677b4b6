"""What a company says of itself for programmes of money and help: read as people write it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tojimari.model.japan import prefecture_number

CHOICES: dict[str, dict[str, Any]] = {
    "industry_class": {one: one for one in ("making", "wholesale", "service", "retail")},
    "gbizid": {one: one for one in ("none", "entry", "prime")},
    "security_action": {one: one for one in ("none", "one", "two")},
    "old_declaration": {"yes": True, "no": False},
}
"""Field -> what can be chosen -> its value."""
CHOICE_WORDS = {
    "industry_class": "class",
    "gbizid": "gbizid",
    "security_action": "declared",
    "old_declaration": "old",
}
"""Field -> where the words of its choices stand in the catalog's texts (``money.<word>_<choice>``)."""
NO_BRANCHES = ("none", "なし", "無し")


def read_value(field: str, given: str) -> Any:
    """Return what somebody wrote as the value of a field; None where it cannot be read."""
    return _READERS[field](given.strip())


def _of_choices(choices: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda given: choices.get(given)


def _number(given: str) -> int | None:
    plain = given.replace(",", "")
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= 13 else None


def _prefecture(given: str) -> str | None:
    return prefecture_number(given) or None


def _municipality(given: str) -> str | None:
    plain = re.fullmatch(r"[0-9]{5}", given, re.ASCII)
    return given if plain and prefecture_number(given[:2]) else None


def _branches(given: str) -> tuple[str, ...] | None:
    if given in NO_BRANCHES:
        return ()
    found = [prefecture_number(one) for one in re.split(r"[、,\s]+", given) if one]
    return tuple(dict.fromkeys(found)) if found and all(found) else None


def _founded(given: str) -> str | None:
    found = re.fullmatch(r"((?:1[6-9]|20)[0-9]{2})(?:-(0[1-9]|1[0-2]))?", given, re.ASCII)
    return given if found else None


_READERS: dict[str, Callable[[str], Any]] = {
    "prefecture": _prefecture,
    "municipality": _municipality,
    "branches": _branches,
    "capital_yen": _number,
    "staff": _number,
    "founded": _founded,
    **{field: _of_choices(choices) for field, choices in CHOICES.items()},
}
