"""What a company says of itself on the command line: by options, or asked one by one."""

import argparse
from typing import Any

from tojimari.ask.company_profile import CHOICE_WORDS, CHOICES, read_value
from tojimari.catalog import Catalog
from tojimari.cli.printing import print_line
from tojimari.model import Lang, TojimariError


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
        print_line(catalog.ui(f"money.ask_{field}").say(lang))
        if field in ("prefecture", "branches"):
            print_line(catalog.ui("money.ask_how_prefecture").say(lang))
        choices = list(CHOICES.get(field, {}))
        for number, choice in enumerate(choices, 1):
            word = catalog.ui(f"money.{CHOICE_WORDS[field]}_{choice}").say(lang)
            print_line(f"  {number}. {word}")
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
            print_line("?")
    return said
