"""The report of a survey: method, composition, figures and tables, as HTML and as paged PDF."""

import base64
from functools import cache
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from tojimari import __version__
from tojimari.catalog import load_catalog
from tojimari.model import Lang
from tojimari.survey.figures import Drawing, draw
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.schema import Questionnaire
from tojimari.survey.table_files import files_of
from tojimari.survey.tables import Cell, Column, Table, Tabulation, Test, rounded

MM_A_UNIT = 0.235
"""Size of a figure's unit on paper: letters are as large in every figure."""
LEAST_P = 0.001
"""Smaller p values are only called so: the approximation does not carry further."""
TALL_FROM = 6
"""Tables with more answers than this are turned: answers down, groups across."""


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tojimari.survey", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def to_html(
    questionnaire: Questionnaire,
    tabulation: Tabulation,
    drawings: list[Drawing],
    lang: Lang,
    *,
    printed: bool = False,
) -> str:
    """Return the whole report in ``lang`` as one page that loads nothing.

    printed: for paper: pictures as PNG, everything unfolded.
    """
    page = _environment().get_template("report.html")
    return page.render(_context(questionnaire, tabulation, drawings, lang, printed=printed))


def report_files(
    questionnaire: Questionnaire, tabulation: Tabulation, lang: Lang
) -> dict[str, bytes]:
    """Return name -> content of all that makes up a report: pages, figures, tables.

    Raises CannotDraw, NoPdf.
    """
    drawings = draw(questionnaire, tabulation, lang)
    files = files_of(tabulation, lang)
    for drawing in drawings:
        files[f"figures/{drawing.id}.svg"] = drawing.svg.encode()
        files[f"figures/{drawing.id}.png"] = drawing.png
    files["report.html"] = to_html(questionnaire, tabulation, drawings, lang).encode()
    files["report.pdf"] = to_pdf(questionnaire, tabulation, drawings, lang)
    return files


def to_pdf(
    questionnaire: Questionnaire, tabulation: Tabulation, drawings: list[Drawing], lang: Lang
) -> bytes:
    """Return the report as PDF. Raises NoPdf with what to install."""
    from tojimari.report.pdf import print_page

    return print_page(to_html(questionnaire, tabulation, drawings, lang, printed=True))


def _context(
    questionnaire: Questionnaire,
    tabulation: Tabulation,
    drawings: list[Drawing],
    lang: Lang,
    *,
    printed: bool,
) -> dict[str, Any]:
    catalog, mark = load_catalog(), PROVENANCE_NOTES[tabulation.origin]

    def ui(key: str, **numbers: object) -> str:
        return catalog.ui(f"survey.{key}").say(lang, **numbers)

    counted = [table.by for table in tabulation.tables if table.by]
    # The questionnaire's first break that was counted, else the first that was asked for.
    on_paper = next((by for by in (*questionnaire.breaks, *counted) if by in counted), "")
    # On paper every break of every question would be hundreds of pages: there the first one.
    by_group = [t for t in tabulation.tables if t.by and (not printed or t.by == on_paper)]
    whole = [t for t in tabulation.tables if not t.by]
    who = [t for by in questionnaire.breaks for t in whole if t.question == by]
    totals = [t for t in whole if t.question not in questionnaire.breaks]
    return {
        "lang": lang,
        "ui": ui,
        "printed": printed,
        "version": __version__,
        "title": questionnaire.title.say(lang),
        "about": questionnaire.about.say(lang),
        "origin": mark.say(lang) if mark else "",
        "method": _method(questionnaire, tabulation, lang),
        "source": questionnaire.source.say(lang) if questionnaire.source else "",
        "notes": [note.say(lang) for note in questionnaire.notes],
        "composition": [_table(table, tabulation, lang) for table in who if _tells(table)],
        "figures": [
            {
                "number": drawing.label,
                "title": drawing.title,
                "caption": drawing.caption,
                "source": _inline(drawing, printed=printed),
                "width": round(drawing.width * MM_A_UNIT, 1),
            }
            for drawing in drawings
        ],
        "tables": [_table(table, tabulation, lang) for table in by_group if _tells(table)],
        "totals": [_table(table, tabulation, lang) for table in totals if _tells(table)],
        "silent": _titles([*who, *totals], lang),
        "silent_by_group": _titles(by_group, lang),
    }


def _tells(table: Table) -> bool:
    """Return whether anything but zeros is left of a table beside what is kept back."""
    cells = [cell for column in table.columns for cell in column.cells]
    return any(c.share and not c.kept_back for c in cells) or not any(c.kept_back for c in cells)


def _titles(tables: list[Table], lang: Lang) -> list[str]:
    """Return what the tables ask of which nothing is left, each once."""
    return list(dict.fromkeys(t.text.say(lang) for t in tables if not _tells(t)))


def _inline(drawing: Drawing, *, printed: bool) -> str:
    data, kind = (drawing.png, "png") if printed else (drawing.svg.encode(), "svg+xml")
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _method(questionnaire: Questionnaire, tabulation: Tabulation, lang: Lang) -> list[str]:
    """Return the method, sentence by sentence, from the questionnaire and the data themselves."""
    catalog = load_catalog()

    def say(key: str, **numbers: object) -> str:
        return catalog.ui(f"survey.method_{key}").say(lang, **numbers)

    sentences = [
        say("universe", universe=questionnaire.universe.say(lang)),
        say("mode", mode=questionnaire.mode.say(lang)),
    ]
    if questionnaire.fielded is not None:
        first, last = questionnaire.fielded
        sentences.append(say("period", first=first.isoformat(), last=last.isoformat()))
    else:
        sentences.append(say("no_period"))
    sentences.append(say("n", n=f"{tabulation.respondents:,}"))
    if questionnaire.screens:
        sentences.append(say("screens", n=len(questionnaire.screens)))
    sentences.append(say("weighted" if tabulation.weighted else "unweighted"))
    sentences += [say("bases"), say("errors"), say("tests"), say("rounding")]
    columns = [column for table in tabulation.tables for column in table.columns]
    # Only what was done: nothing is suppressed in a reconstruction, or when it was switched off.
    if any(c.base is None or any(cell.kept_back for cell in c.cells) for c in columns):
        sentences.append(say("hiding"))
    if any(column.few for column in columns):
        sentences.append(say("few"))
    return sentences


class ShownCell(msgspec.Struct, frozen=True):
    """One cell in print: its share (or mean) and its interval, "" where there is none."""

    share: str
    range: str


class ShownColumn(msgspec.Struct, frozen=True):
    """One column in print; ``few``: its base is small."""

    text: str
    base: str
    few: bool
    cells: list[ShownCell]


class ShownTable(msgspec.Struct, frozen=True):
    """One table in print; ``tall``: answers stand below each other instead of side by side."""

    id: str
    title: str
    by: str
    base: str
    answers: list[str]
    columns: list[ShownColumn]
    notes: list[str]
    tall: bool


def _table(table: Table, tabulation: Tabulation, lang: Lang) -> ShownTable:
    notes = [note.say(lang) for note in table.notes]
    if table.test is not None:
        notes.append(_tested(table.test, lang))
    return ShownTable(
        id=".".join(filter(None, (table.question, table.row, table.by))),
        title=table.text.say(lang),
        by=table.by_text.say(lang) if table.by else "",
        base=table.base_text.say(lang),
        answers=[cell.text.say(lang) for cell in table.columns[0].cells],
        columns=[_column(column, tabulation, lang) for column in table.columns],
        notes=notes,
        # Many answers would not fit across a page.
        tall=len(table.columns[0].cells) > TALL_FROM,
    )


def _tested(test: Test, lang: Lang) -> str:
    """Return what a test found, with its numbers where they are published."""
    ui, key = load_catalog().ui, "differs" if test.differs else "no_difference"
    if test.statistic is None or test.p_adjusted is None:
        return ui(f"survey.{key}_only").say(lang)
    return ui(f"survey.{key}").say(
        lang,
        f=f"{test.statistic:.2f}",
        df1=f"{test.df1:.1f}",
        df2=f"{test.df2:.1f}",
        p="<0.001" if test.p_adjusted < LEAST_P else f"={test.p_adjusted:.3f}",
    )


def _column(column: Column, tabulation: Tabulation, lang: Lang) -> ShownColumn:
    hidden = load_catalog().ui("survey.hidden").say(lang)
    return ShownColumn(
        text=column.text.say(lang),
        base=hidden if column.base is None else f"{column.base:,}",
        few=column.few,
        cells=[_cell(cell, column, tabulation, hidden) for cell in column.cells],
    )


def _cell(cell: Cell, column: Column, tabulation: Tabulation, hidden: str) -> ShownCell:
    if cell.kept_back:
        return ShownCell(share=hidden, range="")
    if cell.answer == "mean":
        return ShownCell(
            share="" if cell.share is None else f"{cell.share:.1f}",
            range=""
            if cell.low is None or cell.high is None
            else f"{cell.low:.1f}-{cell.high:.1f}",
        )
    share = (
        rounded(cell.share)
        if tabulation.weighted or cell.n is None
        else rounded(cell.share, cell.n, column.base)
    )
    return ShownCell(share=share, range=_interval(cell))


def _interval(cell: Cell) -> str:
    if cell.low is None or cell.high is None or cell.low == cell.high:
        return ""  # also where raking fixes the share: nothing is left open
    return f"{rounded(max(cell.low, 0.0))}-{rounded(min(cell.high, 1.0))}"
