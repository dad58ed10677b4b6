"""``tojimari survey reconstruct``: rows that reproduce a published survey, and how well."""

import argparse
import tempfile
from pathlib import Path

from tojimari.cli.printing import print_line
from tojimari.model import Lang, Text, TojimariError
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.publication import load_published
from tojimari.survey.reconstruction import reconstruct
from tojimari.survey.reconstruction.comparison import Compared, compare, counted

_WIDTH = 150
_SIGNS = {"reproduced": "✓", "cannot": "✗", "missed": "✗"}
_HEAD = (
    Text(ja="行", en="Row"),
    Text(ja="図", en="Figure"),
    Text(ja="内容", en="What"),
    Text(ja="公表", en="Published"),
    Text(ja="再現", en="Reproduced"),
    Text(ja="", en=""),
)
_SUM = Text(
    ja="公表された{all}行のうち {good}行を再現、{cannot}行は両立しない、{missed}行は再現できず",
    en="Of {all} published rows {good} are reproduced, {cannot} cannot hold together with the "
    "others, {missed} are missed",
)
_CANNOT = Text(ja="両立しない数字とその理由", en="Figures that cannot hold together, and why")
_WRITTEN = Text(ja="書き込みました: {path}", en="Written: {path}")


class NothingToCheck(TojimariError):
    """--check was given without a file."""


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when every figure that can hold is reproduced, 1 otherwise."""
    published = load_published(arguments.questionnaire)
    questionnaire = load_questionnaire(arguments.questionnaire)
    out: Path | None = arguments.out
    if arguments.check:
        if out is None:
            raise NothingToCheck(
                "--check には、調べるファイルを --out で指定してください。",
                "--check needs the file to check: give it with --out.",
            )
        rows = compare(published, questionnaire, counted(out, questionnaire))
    else:
        made = reconstruct(arguments.questionnaire)
        with tempfile.TemporaryDirectory() as folder:
            # What is compared is what is in the file, read back.
            path = out or Path(folder) / "rows.parquet"
            made.write(path)
            rows = compare(published, questionnaire, counted(path, questionnaire), made.cannot)
    _show(rows, lang)
    if out is not None and not arguments.check:
        print_line(_WRITTEN.say(lang, path=out))
    return 1 if any(row.state == "missed" for row in rows) else 0


def _show(rows: list[Compared], lang: Lang) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if console.width < _WIDTH and not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    mark = PROVENANCE_NOTES["reconstruction"]
    title = mark.say(lang) if mark else ""
    table = Table(title=title, box=None, pad_edge=False, title_justify="left")
    for head in _HEAD:
        table.add_column(head.say(lang), overflow="fold")
    for row in rows:
        table.add_row(
            row.id,
            str(row.figure or ""),
            _safe(row.what.say(lang)),
            row.printed.say(lang),
            row.found.say(lang),
            _SIGNS[row.state],
        )
    console.print(table)
    console.print()
    states = [row.state for row in rows]
    numbers = {name: states.count(name) for name in ("cannot", "missed")}
    good = states.count("reproduced")
    console.print(_SUM.say(lang, all=len(rows), good=good, **numbers))
    if numbers["cannot"]:
        console.print(f"\n{_CANNOT.say(lang)}")
    for row in rows:
        if row.why is not None:
            console.print(f"  {row.id}  {_safe(row.what.say(lang))}")
            console.print(f"        {row.printed.say(lang)} / {row.found.say(lang)}")
            console.print(f"        {_safe(row.why.say(lang))}")


def _safe(text: str) -> str:
    """Return text that rich does not take for its own markup."""
    from rich.markup import escape

    return escape(text)
