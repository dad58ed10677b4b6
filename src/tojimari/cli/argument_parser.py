"""argparse in the user's language: its headings, its own help texts and its complaints."""

import argparse
import re
from collections.abc import Sequence
from typing import Any, ClassVar, NoReturn

from tojimari.model import Lang, TojimariError

_HEADINGS_JA = {
    "positional arguments": "引数",
    "options": "オプション",
    "show this help message and exit": "この説明を出して終わります",
}
_USAGE_JA = "使い方: "
_COMPLAINTS_JA = (
    (r"the following arguments are required: (.*)", r"次が足りません: \1"),
    (r"unrecognized arguments: (.*)", r"知らない書き方です: \1"),
    (r"invalid choice: (.*) \(choose from (.*)\)", r"\1 は使えません (使えるもの: \2)"),
    (r"invalid \w+ value: (.*)", r"\1 は使えません"),
    (r"expected one argument", "値が一つ要ります"),
    (r"not allowed with argument (.*)", r"\1 と一緒には使えません"),
)
"""argparse's own complaints (pattern of the whole, Japanese); others stay as they are."""
_DASHED_ID = re.compile(r"-[A-Za-z0-9_-]{42}")
"""The id of a key (RFC 7638, base64url) that begins with a dash, as one in 64 does."""
_OF_ARGUMENT = re.compile(r"(argument [^:]+: )(.*)", re.DOTALL)


def in_japanese(complaint: str) -> str:
    """Return what argparse complains of in Japanese, where we have a sentence for it."""
    about = _OF_ARGUMENT.fullmatch(complaint)
    if about is not None:
        return about[1].removeprefix("argument ") + in_japanese(about[2])
    for pattern, ja in _COMPLAINTS_JA:
        found = re.fullmatch(pattern, complaint, re.DOTALL)
        if found is not None:
            return found.expand(ja)
    return complaint


def with_dashed_ids(words: Sequence[str]) -> list[str]:
    """Return ``words`` with each key's id that begins with a dash joined to its option.

    argparse would take such an id for an option of its own.
    """
    joined: list[str] = []
    for word in words:
        option = joined[-1] if joined else ""
        if _DASHED_ID.fullmatch(word) and option.startswith("--") and "=" not in option:
            joined[-1] = f"{option}={word}"
        else:
            joined.append(word)
    return joined


class _JapaneseFormatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, _USAGE_JA if prefix is None else prefix)


class ArgumentParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence and where help is. Raises TojimariError, never exits."""

    lang: ClassVar[Lang] = "en"

    def error(self, message: str) -> NoReturn:
        """Raise TojimariError with ``message`` (argparse's English one) in both languages."""
        raise TojimariError(
            f"{in_japanese(message)}。使い方は `{self.prog} --help` で出ます。",
            f"{message}. `{self.prog} --help` shows how to write it.",
        )


class JapaneseArgumentParser(ArgumentParser):
    """The same, with Japanese headings."""

    lang: ClassVar[Lang] = "ja"

    def __init__(self, **options: Any) -> None:
        """Take argparse's own options; the form of the help is ours."""
        super().__init__(**{"formatter_class": _JapaneseFormatter, **options})

    def add_argument_group(self, *names: Any, **options: Any) -> Any:
        """Add a group; argparse's own two get their Japanese heading."""
        return super().add_argument_group(
            *(_HEADINGS_JA.get(name, name) for name in names), **options
        )

    def add_argument(self, *names: Any, **options: Any) -> Any:
        """Add an argument; argparse's own ``--help`` gets its Japanese text."""
        if "help" in options:
            options["help"] = _HEADINGS_JA.get(options["help"], options["help"])
        return super().add_argument(*names, **options)


def parser_class(lang: Lang) -> type[ArgumentParser]:
    """Return the class of parsers that speak ``lang``."""
    return JapaneseArgumentParser if lang == "ja" else ArgumentParser
