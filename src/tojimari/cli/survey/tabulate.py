"""``tojimari survey tabulate``: every question by every break, as CSV, workbook and JSON."""

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tojimari.catalog import load_catalog
from tojimari.cli.printing import print_aside, print_line
from tojimari.cli.survey.reading import reading_of
from tojimari.model import Lang, TojimariError
from tojimari.report.files import write_report_folder
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.schema import Questionnaire
from tojimari.survey.table_files import files_of
from tojimari.survey.tables import Tabulation
from tojimari.survey.tabulation import Rules, tabulate, tabulate_elsewhere


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write the tables. Returns 0."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    tabulation = tabulated(arguments, questionnaire, lang)
    write_report_folder(arguments.out, files_of(tabulation, lang))
    catalog = load_catalog()
    print_line(
        catalog.ui("survey.written").say(
            lang,
            n=len(tabulation.tables),
            respondents=f"{tabulation.respondents:,}",
            out=arguments.out,
        )
    )
    say_mark(tabulation, lang)
    return 0


def say_mark(tabulation: Tabulation, lang: Lang) -> None:
    """Say it here too when what was counted is no survey's answers."""
    if (mark := PROVENANCE_NOTES[tabulation.origin]) is not None:
        print_line(mark.say(lang))


def tabulated(
    arguments: argparse.Namespace,
    questionnaire: Questionnaire,
    lang: Lang,
    also: Iterable[str] = (),
) -> Tabulation:
    """Return the tabulation that the options ask for, by ``also`` too. Raises BadResponses."""
    by = list(dict.fromkeys([*_breaks(arguments.by, questionnaire), *also]))
    rules = Rules(
        at_least=0 if arguments.no_suppression else arguments.min_cell,
        few_below=arguments.min_base,
    )
    published = [_breaks(breaks, questionnaire) for breaks in arguments.published]
    if arguments.engine is not None:
        return _elsewhere(arguments, questionnaire, by, published, rules)
    with _weighted(arguments, questionnaire) as data:
        return tabulate(
            data,
            questionnaire,
            by=by,
            published=published,
            rules=rules,
            progress=_progress(lang),
        )


def _breaks(given: str | None, questionnaire: Questionnaire) -> list[str]:
    if given is None:
        return list(questionnaire.breaks)
    return [name.strip() for name in given.split(",") if name.strip()]


@contextmanager
def _weighted(arguments: argparse.Namespace, questionnaire: Questionnaire) -> Iterator[Path]:
    """Yield the responses as Parquet, with weights raked to margins where they are given."""
    from tojimari.survey.raking import rake, read_margins
    from tojimari.survey.responses import responses_as_parquet

    reading = reading_of(arguments)
    data = responses_as_parquet(Path(arguments.data), questionnaire, reading)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.weight_margins is not None:
            margins = read_margins(arguments.weight_margins, questionnaire)
            raked = Path(folder) / "weighted.parquet"
            rake(data, questionnaire, margins, raked)
            data = raked
        yield data


def _elsewhere(
    arguments: argparse.Namespace,
    questionnaire: Questionnaire,
    by: list[str],
    published: list[list[str]],
    rules: Rules,
) -> Tabulation:
    if arguments.weight_margins is not None:
        raise TojimariError(
            "--weight-margins はファイルの集計でだけ使えます。重みの列を付けたデータを渡してください。",
            "--weight-margins works on files only. Give the engine data with a weight column.",
        )
    return tabulate_elsewhere(
        arguments.engine,
        arguments.data,
        questionnaire,
        by=by,
        published=published,
        rules=rules,
    )


def _progress(lang: Lang) -> Any:
    if not sys.stderr.isatty():
        return None
    ui = load_catalog().ui("survey.counting")

    def show(done: int, total: int) -> None:
        line = ui.say(lang, done=f"{done:,}", total=f"{total:,}")
        print_aside(f"\r{line}" if done < total else "\r\033[K", end="")

    return show
