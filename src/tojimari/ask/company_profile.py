"""What a company says of itself for programmes of money and help: read as people write it."""

import re
import unicodedata
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
    return _READERS[field](unicodedata.normalize("NFKC", given).strip())


def _of_choices(choices: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda given: choices.get(given)


_UNITS = {"": 1, "万": 10_000, "億": 100_000_000}
_DIGITS = 13


def _number(given: str) -> int | None:
    """Read a number as people write it: 1,000 or １０００, 300万円, 5人."""
    found = re.fullmatch(r"([0-9]+) ?([万億]?)[円人名]?", given.replace(",", ""), re.ASCII)
    if found is None or len(found[1]) > _DIGITS:
        return None
    number = int(found[1]) * _UNITS[found[2]]
    return number if number < 10**_DIGITS else None


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
    """Read a year, or a year and a month: 2019, 2019-04, 2019/4, 2019年4月."""
    found = re.fullmatch(
        r"((?:1[6-9]|20)[0-9]{2})(?:年|[-/.年](0?[1-9]|1[0-2])月?)?", given, re.ASCII
    )
    if found is None:
        return None
    return f"{found[1]}-{int(found[2]):02}" if found[2] else found[1]


_READERS: dict[str, Callable[[str], Any]] = {
    "prefecture": _prefecture,
    "municipality": _municipality,
    "branches": _branches,
    "capital_yen": _number,
    "staff": _number,
    "founded": _founded,
    **{field: _of_choices(choices) for field, choices in CHOICES.items()},
}
