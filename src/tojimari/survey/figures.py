"""Draws the figures of a survey from its tables: Vega-Lite, printed to SVG and PNG by vl-convert.

Every picture carries its base, n, notes and source, and a reconstruction says so at its head, so
that all of it is still there when somebody copies the picture alone.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tojimari.catalog import load_catalog
from tojimari.model import DONT_KNOW, Lang, Text, TojimariError
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.schema import Figure, Questionnaire
from tojimari.survey.tables import TOTAL, Cell, Column, Table, Tabulation, rounded

FONT = "Noto Sans CJK JP, Noto Sans JP, IPAexGothic, Hiragino Sans, Yu Gothic, sans-serif"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999")
"""Okabe and Ito's palette: told apart with every common kind of colour blindness."""
DARK = frozenset({"#0072B2", "#009E73", "#D55E00"})
"""Colours on which white letters are read best."""
WIDTH = 560
LABEL_LETTERS = {"ja": 20, "en": 36}
"""Letters in one line of an axis label."""
LABEL_FROM = 4.0
"""Shares below this many percent are not written into a stacked bar: they would not fit."""
FOOT_SIZE = 11
LINE_LETTERS = {"ja": 34, "en": 62}
"""Letters in one line of a title of this width; a subtitle holds a quarter more."""


class Drawing(msgspec.Struct, frozen=True):
    """One figure as it is printed. ``label`` is its number, with its panel: "8a"."""

    id: str
    label: str
    title: str
    caption: str
    svg: str
    png: bytes


class CannotDraw(TojimariError):
    """A figure asks for tables that the tabulation does not hold."""


def draw(
    questionnaire: Questionnaire, tabulation: Tabulation, lang: Lang, *, scale: float = 2.0
) -> list[Drawing]:
    """Return every figure of ``questionnaire``, drawn from ``tabulation``, in order.

    scale: pixels of the PNG for each unit of the SVG. Raises CannotDraw.
    """
    import vl_convert

    drawings = []
    for figure in sorted(questionnaire.figures, key=lambda f: (f.number, f.panel)):
        spec = specification(figure, questionnaire, tabulation, lang)
        text = json.dumps(
            _footed(spec, figure, questionnaire, tabulation, lang), ensure_ascii=False
        )
        drawings.append(
            Drawing(
                id=figure.id,
                label=f"{figure.number}{figure.panel}",
                title=figure.title.say(lang),
                caption=caption(figure, tabulation, lang),
                svg=vl_convert.vegalite_to_svg(text),
                png=vl_convert.vegalite_to_png(text, scale=scale),
            )
        )
    return drawings


def specification(
    figure: Figure, questionnaire: Questionnaire, tabulation: Tabulation, lang: Lang
) -> dict[str, Any]:
    """Return the Vega-Lite specification of ``figure``. Raises CannotDraw."""
    tables = [_table(figure, of, tabulation) for of in figure.of]
    match figure.kind:
        case "stacked":
            body = _stacked(figure, tables, lang)
        case "grouped":
            body = _grouped(figure, tables, lang)
        case "ranked":
            body = _ranked(figure, tables, _alone(questionnaire), lang)
        case "series":
            body = _series(figure, tables, lang)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {
            "text": _lines(figure.title.say(lang), LINE_LETTERS[lang]),
            "subtitle": _lines(_mark(tabulation, lang), LINE_LETTERS[lang] * 5 // 4),
            "anchor": "start",
            "fontSize": 15,
            "subtitleFontSize": 12,
            "subtitleColor": "#B3141D",
            "offset": 14,
        },
        "background": "white",
        "padding": 12,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelLimit": 300, "grid": False},
            "legend": {"labelFontSize": 12, "orient": "bottom", "columns": 2, "labelLimit": 260},
            "text": {"fontSize": 11},
        },
        **body,
    }


def caption(figure: Figure, tabulation: Tabulation, lang: Lang) -> str:
    """Return what stands under a figure: whom it is about, n, notes, and what the data are."""
    parts = _said(figure, tabulation, lang)
    if mark := _mark(tabulation, lang):
        parts.append(mark)
    return " ".join(parts)


def _footed(
    spec: dict[str, Any],
    figure: Figure,
    questionnaire: Questionnaire,
    tabulation: Tabulation,
    lang: Lang,
) -> dict[str, Any]:
    """Return ``spec`` with its base, notes and source written below it."""
    title = questionnaire.title.say(lang)
    source = load_catalog().ui("survey.figure_source").say(lang, title=title)
    letters = spec["width"] // FOOT_SIZE * (1 if lang == "ja" else 2)
    said = [*_said(figure, tabulation, lang), source]
    lines = [line for sentence in said for line in _lines(sentence, letters)]
    head = ("$schema", "title", "background", "padding", "config")
    foot = {
        "data": {"values": [{}]},
        "width": spec["width"],
        "height": len(lines) * (FOOT_SIZE + 4),
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "top",
            "fontSize": FOOT_SIZE,
            "lineHeight": FOOT_SIZE + 4,
            "color": "#4a4a4e",
            "x": 0,
            "y": 0,
        },
        "encoding": {"text": {"value": lines}},
    }
    chart = {key: value for key, value in spec.items() if key not in head}
    # Each part keeps its own legend, or the chart's would stand below the notes.
    resolve = {"legend": {"color": "independent"}}
    return {
        **{key: spec[key] for key in head},
        "spacing": 16,
        "resolve": resolve,
        "vconcat": [chart, foot],
    }


def _said(figure: Figure, tabulation: Tabulation, lang: Lang) -> list[str]:
    catalog = load_catalog()
    tables = [_table(figure, of, tabulation) for of in figure.of]
    hidden = catalog.ui("survey.hidden").say(lang)
    bases = dict.fromkeys((t.base_text.say(lang), t.columns[0].base) for t in tables)
    parts = [
        catalog.ui("survey.base").say(lang, base=base, n=hidden if n is None else f"{n:,}")
        for base, n in bases
    ]
    if any(c.few and c.base != 0 for t in tables for c in t.columns):
        parts.append(catalog.ui("survey.few").say(lang))
    if any(cell.kept_back for t in tables for c in t.columns for cell in c.cells):
        parts.append(catalog.ui("survey.kept_back").say(lang))
    parts += [note.say(lang) for note in _unique(n for t in tables for n in t.notes)]
    if figure.note is not None:
        parts.append(figure.note.say(lang))
    return parts


def _unique(notes: Iterable[Text]) -> list[Text]:
    return list(dict.fromkeys(notes))


def _mark(tabulation: Tabulation, lang: Lang) -> str:
    mark = PROVENANCE_NOTES[tabulation.origin]
    return mark.say(lang) if mark else ""


def _lines(text: str, length: int) -> list[str]:
    """Break lines where the picture ends, which Vega does not; at a space where there is one."""
    lines = []
    while len(text) > length:
        at = text.rfind(" ", length // 2, length + 1)
        # No line begins with a full stop or a closing bracket.
        at = at if at > 0 else length - (text[length] in "。、）」")
        lines.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*lines, text] if text else lines


def _table(figure: Figure, of: str, tabulation: Tabulation) -> Table:
    question, _, row = of.partition(".")
    for table in tabulation.tables:
        if (table.question, table.row, table.by) == (question, row, figure.by):
            return table
    raise CannotDraw(
        f"図「{figure.id}」: {of} を {figure.by or '全体'} で分けた表がありません。集計の分け方に加えてください。",
        f"Figure {figure.id!r}: there is no table of {of} by {figure.by or 'the total'}. "
        "Add that break to the tabulation.",
    )


def _group_label(column: Column, lang: Lang) -> str:
    name = column.text.say(lang)
    if column.base is None:
        return name
    return f"{name} (n={column.base:,}){'※' if column.few else ''}"


def _percent(cell: Cell, column: Column, tabulation_is_weighted: bool) -> float | None:
    if cell.kept_back or cell.share is None:
        return None
    if tabulation_is_weighted or cell.n is None:
        return float(rounded(cell.share))
    return float(rounded(cell.share, cell.n, column.base))


def _weighted(column: Column) -> bool:
    return column.base_weighted is not None and column.base_weighted != column.base


def _cells(figure: Figure, column: Column) -> list[tuple[Cell, float | None]]:
    return [
        (cell, _percent(cell, column, _weighted(column)))
        for cell in column.cells
        if not figure.only or cell.answer in figure.only
    ]


def _rows(figure: Figure, tables: Sequence[Table], lang: Lang) -> list[dict[str, Any]]:
    """Return one record a bar: group (with n), answer, share in percent or None when suppressed."""
    several = len(tables) > 1
    rows = []
    for table in tables:
        shown = [c for c in table.columns if not several or figure.by or c.group == TOTAL]
        # Nobody of an empty group was asked; the table says so. A picture needs one row at least.
        for column in [c for c in shown if c.base != 0] or shown[:1]:
            label = _group_label(column, lang)
            if several:
                question = table.text.say(lang)
                label = (
                    f"{question} (n={column.base:,})"
                    if column.group == TOTAL and column.base is not None
                    else f"{question}: {label}"
                )
            rows += [
                {
                    "group": label,
                    "answer": cell.text.say(lang),
                    "share": percent,
                    "label": "" if percent is None else f"{percent:.1f}",
                }
                for cell, percent in _cells(figure, column)
            ]
    return rows


def _scale(answers: Sequence[str]) -> dict[str, Any]:
    return {
        "domain": list(answers),
        "range": [COLOURS[n % len(COLOURS)] for n in range(len(answers))],
    }


def _order(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _axis(lang: Lang) -> dict[str, Any]:
    return {"title": load_catalog().ui("survey.percent").say(lang)}


def _groups(groups: Sequence[str], rows: Sequence[dict[str, Any]], lang: Lang) -> dict[str, Any]:
    """Return the axis of groups with long labels broken into lines; marks ``rows`` accordingly."""
    broken = {group: "\n".join(_lines(group, LABEL_LETTERS[lang])) for group in groups}
    for row in rows:
        row["group"] = broken[row["group"]]
    return {
        "field": "group",
        "type": "nominal",
        "sort": list(broken.values()),
        "title": None,
        "axis": {"labelExpr": "split(datum.label, '\\n')", "labelLineHeight": 14},
    }


def _step(y: dict[str, Any]) -> int:
    """Return the height of a bar with room for the longest label."""
    most = max((group.count("\n") + 1 for group in y["sort"]), default=1)
    return max(34, 15 * most + 6)


def _stacked(figure: Figure, tables: Sequence[Table], lang: Lang) -> dict[str, Any]:
    rows = _rows(figure, tables, lang)
    groups, answers = _order(r["group"] for r in rows), _order(r["answer"] for r in rows)
    dark = {a for a, c in zip(answers, _scale(answers)["range"], strict=True) if c in DARK}
    for row in rows:
        row["at"] = answers.index(row["answer"])
        row["on_dark"] = row["answer"] in dark
        row["label"] = row["label"] if (row["share"] or 0) >= LABEL_FROM else ""
    y = _groups(groups, rows, lang)
    x = {
        "field": "share",
        "type": "quantitative",
        "stack": "zero",
        "scale": {"domain": [0, 100]},
        "axis": _axis(lang),
    }
    order = {"field": "at", "type": "quantitative"}
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "height": {"step": _step(y)},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": "white", "strokeWidth": 1},
                "encoding": {
                    "y": y,
                    "x": x,
                    "order": order,
                    "color": {
                        "field": "answer",
                        "type": "nominal",
                        "scale": _scale(answers),
                        "sort": answers,
                        "title": None,
                    },
                },
            },
            {
                "mark": {"type": "text"},
                "encoding": {
                    "y": y,
                    "x": {**x, "bandPosition": 0.5},
                    "order": order,
                    "detail": {"field": "answer"},
                    "text": {"field": "label"},
                    "color": {
                        "condition": {"test": "datum.on_dark", "value": "white"},
                        "value": "#1a1a1c",
                    },
                },
            },
        ],
    }


def _grouped(figure: Figure, tables: Sequence[Table], lang: Lang) -> dict[str, Any]:
    rows = _rows(figure, tables, lang)
    groups, answers = _order(r["group"] for r in rows), _order(r["answer"] for r in rows)
    y = _groups(groups, rows, lang)
    inner = {"field": "answer", "type": "nominal", "sort": answers}
    x = {"field": "share", "type": "quantitative", "axis": _axis(lang), "scale": {"domainMin": 0}}
    offset = {"yOffset": inner} if len(answers) > 1 else {}
    bar: dict[str, Any] = {
        "y": y,
        "x": x,
        **offset,
        "color": {
            "field": "answer",
            "type": "nominal",
            "scale": _scale(answers),
            "sort": answers,
            "title": None,
        },
    }
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "height": {"step": 22, "for": "offset"} if offset else {"step": _step(y)},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": bar},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"y": y, "x": x, **offset, "text": {"field": "label"}},
            },
        ],
    }


def _alone(questionnaire: Questionnaire) -> dict[str, frozenset[str]]:
    """Return for each question the answers that exclude all others, "don't know" among them."""
    return {
        question.id: frozenset({DONT_KNOW, *(o.id for o in question.options if o.alone)})
        for question in questionnaire.questions
    }


def _ranked(
    figure: Figure, tables: Sequence[Table], alone: dict[str, frozenset[str]], lang: Lang
) -> dict[str, Any]:
    """Draw the most frequent answer first; answers that exclude all others come last."""
    rows: list[dict[str, Any]] = []
    for table in tables:
        column = table.columns[0]
        cells = _cells(figure, column)
        rows += [
            {
                "answer": cell.text.say(lang),
                "share": percent,
                "label": "" if percent is None else f"{percent:.1f}",
            }
            for cell, percent in sorted(
                cells,
                key=lambda pair: (
                    pair[0].answer in alone.get(table.question, ()),
                    -(pair[1] or 0.0),
                ),
            )
        ]
    # Bars that are suppressed are left out, but a picture needs one row at least.
    rows = [row for row in rows if row["share"] is not None] or rows
    order = _order(r["answer"] for r in rows)
    y = {
        "field": "answer",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"labelLimit": 420},
    }
    x = {"field": "share", "type": "quantitative", "axis": _axis(lang), "scale": {"domainMin": 0}}
    return {
        "data": {"values": rows},
        "width": WIDTH - 160,
        "height": {"step": 26},
        "layer": [
            {"mark": {"type": "bar", "color": COLOURS[0]}, "encoding": {"y": y, "x": x}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"y": y, "x": x, "text": {"field": "label"}},
            },
        ],
    }


def _series(figure: Figure, tables: Sequence[Table], lang: Lang) -> dict[str, Any]:
    """Draw shares over the ordered answers of one or more questions (years, for example)."""
    rows: list[dict[str, Any]] = [
        {
            "series": f"{table.text.say(lang)} (n={table.columns[0].base:,})"
            if table.columns[0].base is not None
            else table.text.say(lang),
            "answer": cell.text.say(lang),
            "share": percent,
            "label": "" if percent is None else f"{percent:.1f}",
        }
        for table in tables
        for cell, percent in _cells(figure, table.columns[0])
    ]
    answers, series = _order(r["answer"] for r in rows), _order(r["series"] for r in rows)
    shared = {
        "x": {
            "field": "answer",
            "type": "ordinal",
            "sort": answers,
            "title": None,
            "axis": {"labelAngle": 0},
        },
        "y": {
            "field": "share",
            "type": "quantitative",
            "axis": _axis(lang),
            "scale": {"domainMin": 0},
        },
        "color": {
            "field": "series",
            "type": "nominal",
            "scale": _scale(series),
            "sort": series,
            "title": None,
        },
    }
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "height": 260,
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 3}, "encoding": shared},
            {
                "mark": {"type": "point", "filled": True, "size": 70},
                "encoding": {
                    **shared,
                    "shape": {"field": "series", "sort": series, "legend": None},
                },
            },
            {
                "mark": {"type": "text", "dy": -12},
                "encoding": {**shared, "text": {"field": "label"}},
            },
        ],
    }
