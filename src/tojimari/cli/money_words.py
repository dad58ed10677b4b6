"""What a company says of itself on the command line: by options, or asked one by one."""

import argparse
import re
from collections.abc import Callable, Mapping
from typing import Any

from tojimari.catalog import Catalog
from tojimari.model import Lang, TojimariError
from tojimari.model.japan import prefecture_number

_CHOICES: dict[str, dict[str, Any]] = {
    "industry_class": {one: one for one in ("making", "wholesale", "service", "retail")},
    "gbizid": {one: one for one in ("none", "entry", "prime")},
    "security_action": {one: one for one in ("none", "one", "two")},
    "old_declaration": {"yes": True, "no": False},
}
_WORDS = {
    "industry_class": "class",
    "gbizid": "gbizid",
    "security_action": "declared",
    "old_declaration": "old",
}
"""Field -> where the words of its choices stand in the catalog's texts."""


def said_by_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return field -> value of every option that was given. Raises TojimariError naming one."""
    said: dict[str, Any] = {}
    for option, field in (
        ("prefecture", "prefecture"),
        ("municipality", "municipality"),
        ("branches", "branches"),
        ("class_", "industry_class"),
        ("capital", "capital_yen"),
        ("staff", "staff"),
        ("founded", "founded"),
        ("gbizid", "gbizid"),
        ("security_action", "security_action"),
        ("declaration", "old_declaration"),
    ):
        given = getattr(arguments, option)
        if given is None:
            continue
        if option == "declaration":
            given = {"4": "yes", "5": "no"}.get(given, given)
        value = read_value(field, given)
        if value is None:
            name = option.rstrip("_").replace("_", "-")
            raise TojimariError(
                f"--{name} {given[:40]}: 読めません。`tojimari money tell --help` で書き方が出ます。",
                f"--{name} {given[:40]}: cannot be read. `tojimari money tell --help` shows how.",
            )
        said[field] = value
    return said


def ask_in_terminal(asked: tuple[str, ...], catalog: Catalog, lang: Lang) -> dict[str, Any]:
    """Ask each of ``asked`` in the terminal; an empty line leaves it open. Returns field -> value."""
    said: dict[str, Any] = {}
    for field in asked:
        print(catalog.ui(f"money.ask_{field}").say(lang))  # noqa: T201
        choices = list(_CHOICES.get(field, {}))
        for number, choice in enumerate(choices, 1):
            word = catalog.ui(f"money.{_WORDS[field]}_{choice}").say(lang)
            print(f"  {number}. {word}")  # noqa: T201
        while True:
            try:
                given = input("> ").strip()
            except EOFError:
                return said
            if not given:
                break
            if choices and given.isdecimal() and 1 <= int(given) <= len(choices):
                given = choices[int(given) - 1]
            value = read_value(field, given)
            if value is not None:
                said[field] = value
                break
            print("?")  # noqa: T201
    return said


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
    if given in ("none", "なし", "無し"):
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
    **{field: _of_choices(choices) for field, choices in _CHOICES.items()},
}
