"""``tojimari catalog``: lint it, list it, print one entry."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tojimari.catalog import Problem, lint, load_catalog, load_for_words
from tojimari.catalog.load import HERE, has_sources
from tojimari.cli.printing import print_line
from tojimari.model import Lang, TojimariError
from tojimari.model.japan import JAPAN
from tojimari.report.entry import show_entry, show_list


def _holds_programmes(folder: Path) -> bool:
    """Say whether a folder holds programmes of money and help alone, and is no whole catalog."""
    return not (folder / "meta.yaml").exists() and any(folder.glob("*.yaml"))


def _of_programmes(folder: Path) -> list[Problem]:
    from tojimari.catalog.programme_files.reading import read_folder_of_programmes

    today = datetime.now(UTC).astimezone(JAPAN).date()
    return list(read_folder_of_programmes(folder, load_catalog(), seen=today).problems)


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when all is well, 2 when the catalog has problems."""
    if arguments.what == "lint":
        if arguments.folder is None and not has_sources():
            raise TojimariError(
                "このパッケージには、カタログの元のファイルは入っていません。フォルダーを書いてください。",
                "This package does not hold the files that the catalog is made of. Name a folder.",
            )
        folder = arguments.folder or HERE
        if not folder.is_dir():
            raise TojimariError(
                f"{folder}: フォルダーがありません。", f"{folder}: there is no such folder."
            )
        problems = _of_programmes(folder) if _holds_programmes(folder) else lint(folder)
        for problem in problems:
            print_line(problem.say(lang))
        catalog = load_for_words()
        key = "catalog.bad" if problems else "catalog.good"
        print_line(catalog.ui(key).say(lang, n=len(problems)))
        return 2 if problems else 0
    if arguments.what == "show":
        show_entry(arguments.id, load_catalog(), lang)
    else:
        show_list(load_catalog(), lang)
    return 0
