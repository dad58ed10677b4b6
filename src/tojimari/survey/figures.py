"""Draws the figures of a survey from its tables: Vega-Lite, printed to SVG and PNG by vl-convert.

Every picture carries its base, n, notes and source, and a reconstruction says so at its head, so
that all of it is still there when somebody copies the picture alone.
"""

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tojimari.catalog import load_catalog
from tojimari.model import DONT_KNOW, Lang, Text, TojimariError
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.schema import Figure, Questionnaire
from tojimari.survey.tables import TOTAL, Cell, Column, Table, Tabulation, rounded

FONT = "Noto Sans CJK JP, Noto Sans JP, IPAexGothic, Hiragino Sans, Yu Gothic, sans-serif"
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#DC6609", "#F0E442", "#999999")
"""Okabe and Ito's palette, the vermilion a little lighter so that ink is read on it: told apart with
every common kind of colour blindness."""
ORDINAL = {
    1: ("#1C5FA8",),
    2: ("#1C5FA8", "#B5D4EC"),
    3: ("#1C5FA8", "#6BAED6", "#D3E4F3"),
    4: ("#08306B", "#2A6FB5", "#8DC0E0", "#D3E4F3"),
    5: ("#08306B", "#1C5FA8", "#6BAED6", "#B5D4EC", "#E3EEF8"),
}
"""One hue from dark to light for the steps of a scale, by their number."""
UNKNOWN_COLOUR = "#C4C4CA"
"""Of "don't know", in every figure."""
KEPT_BACK_COLOUR = "#ededf1"
"""Of what is kept back; hatched when the picture is finished."""
HATCH = (
    '<defs><pattern id="kept-back" patternUnits="userSpaceOnUse" width="6" height="6" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f7f7f9"/>'
    '<rect width="1.6" height="6" fill="#8e8e98"/></pattern></defs>'
)
INK, PAPER = "#1a1a1c", "#ffffff"
WIDTH = 560
LABEL_LETTERS = {"ja": 20, "en": 36}
"""Letters in one line of an axis label."""
PARTICLES = "てはがをにのとで"
"""A line of Japanese may end after these."""
ROUNDING = 1e-9
"""Shares that differ by less are the same."""
LABEL_FROM = 5.0
"""Shares below this many percent stand above a stacked bar: they would not fit into it."""
APART = "\u2063"
"""Between the table and the group in the name of a bar; only what follows is printed."""
FOOT_SIZE = 11
LINE_LETTERS = {"ja": 34, "en": 62}
"""Letters in one line of a title of this width; a subtitle holds a quarter more."""


class Drawing(msgspec.Struct, frozen=True):
    """One figure as it is printed. ``label`` is its number, with its panel: "8a".

    width: of the SVG, in its units.
    """

    id: str
    label: str
    title: str
    caption: str
    svg: str
    png: bytes
    width: float


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
        svg = _hatched(vl_convert.vegalite_to_svg(text))
        drawings.append(
            Drawing(
                id=figure.id,
                label=f"{figure.number}{figure.panel}",
                title=figure.title.say(lang),
                caption=caption(figure, tabulation, lang),
                svg=svg,
                png=vl_convert.svg_to_png(svg, scale=scale),
                width=float(svg.split('width="', 1)[1].split('"', 1)[0]),
            )
        )
    return drawings


def _hatched(svg: str) -> str:
    """Return the picture with what is kept back hatched, which Vega-Lite cannot draw."""
    if KEPT_BACK_COLOUR not in svg:
        return svg
    head = svg.index(">") + 1
    return svg[:head] + HATCH + svg[head:].replace(KEPT_BACK_COLOUR, "url(#kept-back)")


def specification(
    figure: Figure, questionnaire: Questionnaire, tabulation: Tabulation, lang: Lang
) -> dict[str, Any]:
    """Return the Vega-Lite specification of ``figure``. Raises CannotDraw."""
    tables = [_table(figure, of, tabulation) for of in figure.of]
    match figure.kind:
        case "stacked":
            body = _stacked(figure, tables, lang)
        case "grouped":
            body = _grouped(figure, tables, _reach(figure, questionnaire, tabulation), lang)
        case "ranked":
            reach = _reach(figure, questionnaire, tabulation)
            body = _ranked(figure, tables, _last(questionnaire), reach, lang)
        case "series":
            body = _series(figure, tables, lang)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {
            "text": _lines(_headline(figure, tables, lang), LINE_LETTERS[lang]),
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
            "axis": {
                "labelFontSize": 12,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "labelLimit": 300,
                "grid": False,
                "tickSize": 0,
                "domainColor": "#8e8e98",
                "labelColor": INK,
            },
            "legend": {
                "labelFontSize": 12,
                "orient": "top",
                "labelLimit": 260,
                "labelColor": INK,
                "symbolType": "square",
                "symbolStrokeColor": "#8e8e98",
                "symbolStrokeWidth": 1,
            },
            "text": {"fontSize": 11, "color": INK},
        },
        **body,
    }


def _headline(figure: Figure, tables: Sequence[Table], lang: Lang) -> str:
    """Return number and title; an answer that is the only one drawn is named in it, not beside."""
    ui, number = load_catalog().ui, f"{figure.number}{figure.panel}"
    title = ui("survey.figure").say(lang, number=number, title=figure.title.say(lang))
    said = _order(cell.text.say(lang) for t in tables for cell, _ in _cells(figure, t.columns[0]))
    if figure.kind == "grouped" and len(said) == 1:
        return ui("survey.figure_answer").say(lang, title=title, answer=said[0])
    return title


def _reach(figure: Figure, questionnaire: Questionnaire, tabulation: Tabulation) -> float:
    """Return where the scale of shares ends: one scale for all panels of a number, in percent."""
    panels = [
        other
        for other in questionnaire.figures
        if (other.number, other.kind) == (figure.number, figure.kind)
    ]
    known = {(t.question, t.row, t.by) for t in tabulation.tables}
    shares = [
        share
        for panel in panels
        for of in panel.of
        if (of.partition(".")[0], of.partition(".")[2], panel.by) in known
        for column in _table(panel, of, tabulation).columns
        for _, share in _cells(panel, column)
        if share is not None
    ]
    return min(100.0, 10.0 * math.ceil(max(shares, default=100.0) / 10))


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
    if any(c.few and c.base for t in tables for c in t.columns):
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
        at = at if at > 0 else _between_words(text, length - (text[length] in "。、）」"))
        lines.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*lines, text] if text else lines


def _between_words(text: str, at: int) -> int:
    """Return the nearest place before ``at`` where a word may begin.

    Best where kana end and another letter follows, else after a particle; never in a word of
    katakana, Latin or digits, nor where a few letters would be left alone.
    """
    earliest = at // 2
    for place in range(at, earliest, -1):
        kana_end = "ぁ" <= text[place - 1] <= "ん" and not "ぁ" <= text[place] <= "ん"
        if kana_end and text[place] not in "。、）」…":
            return place
    for place in range(at, earliest, -1):
        left_over = len(text[place:].split(" ")[0])
        if (
            text[place - 1] in PARTICLES
            and text[place] not in PARTICLES + "。、）」"
            and left_over > 4
        ):
            return place
    for place in range(at, earliest, -1):
        left, right = text[place - 1], text[place]
        katakana = all("ァ" <= letter <= "ー" for letter in (left, right))
        latin = all(letter.isascii() and letter.isalnum() for letter in (left, right))
        if not katakana and not latin and right not in "。、）」":
            return place
    return at


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
    if column.base_weighted is not None and column.base_weighted != column.base:
        return True
    # Sums in steps may meet the number of answers by chance.
    pairs = [(cell.share, cell.share_unweighted) for cell in column.cells]
    return any(a is not None and b is not None and abs(a - b) > ROUNDING for a, b in pairs)


def _is_hidden(cell: Cell) -> bool:
    """Say whether a share is not printed though somebody gave the answer."""
    return bool(cell.kept_back) or (cell.share is None and bool(cell.n))


def _cells(figure: Figure, column: Column) -> list[tuple[Cell, float | None]]:
    return [
        (cell, _percent(cell, column, _weighted(column)))
        for cell in column.cells
        if not figure.only or cell.answer in figure.only
    ]


def _rows(figure: Figure, tables: Sequence[Table], lang: Lang) -> list[dict[str, Any]]:
    """Return one record a bar: group (with n), answer, share in percent or None when suppressed.

    A bar's name begins with the place of its table, and a heading (without a share) with the text
    of a question stands once over the groups of each.
    """
    several = len(tables) > 1
    rows = []
    for number, table in enumerate(tables):
        shown = [c for c in table.columns if not several or figure.by or c.group == TOTAL]
        if several and figure.by:
            rows.append({"group": f"{number}{APART}{_question(table, lang)}", **_NO_BAR})
        # Nobody of an empty group was asked; the table says so. A picture needs one row at least.
        for column in [c for c in shown if c.base != 0] or shown[:1]:
            label = _group_label(column, lang)
            if several and not figure.by:
                label = label.replace(column.text.say(lang), _question(table, lang), 1)
            rows += [
                {
                    "group": f"{number}{APART}{label}",
                    "answer": cell.text.say(lang),
                    "share": percent,
                    "label": "" if percent is None else f"{percent:.1f}",
                    "total": column.group == TOTAL and bool(figure.by),
                    "hidden": _is_hidden(cell),
                    "unknown": cell.answer == DONT_KNOW,
                }
                for cell, percent in _cells(figure, column)
            ]
    return rows


_NO_BAR: dict[str, Any] = {
    "answer": None,
    "share": None,
    "label": "",
    "total": False,
    "hidden": False,
    "unknown": False,
}


def _question(table: Table, lang: Lang) -> str:
    return table.row_text.say(lang) if table.row else table.text.say(lang)


def _scale(
    answers: Sequence[str], unknown: str = "", hidden: str = "", *, ordinal: bool = False
) -> dict[str, Any]:
    """Return the colours of ``answers``; "don't know" and what is kept back have their own."""
    fixed = {unknown: UNKNOWN_COLOUR, hidden: KEPT_BACK_COLOUR}
    free = [answer for answer in answers if answer not in fixed]
    known = ORDINAL.get(len(free)) if ordinal else None
    colours = known or [COLOURS[n % len(COLOURS)] for n in range(len(free))]
    given = {**fixed, **dict(zip(free, colours, strict=True))}
    return {"domain": list(answers), "range": [given[answer] for answer in answers]}


def _on(colour: str) -> str:
    """Return the ink that is read best on ``colour``: at least 4.5 to 1 in every palette here."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Of #1a1a1c the luminance is 0.0104; WCAG 2 compares with 0.05 added to each.
    return PAPER if 1.05 / (light + 0.05) > (light + 0.05) / 0.0604 else INK


def _order(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _axis(lang: Lang) -> dict[str, Any]:
    """Return a quiet axis: the shares themselves are printed beside the bars."""
    return {
        "title": load_catalog().ui("survey.percent").say(lang),
        "titleAnchor": "end",
        "tickCount": 5,
        "labelColor": "#50505a",
        "labelFontSize": 10,
        "grid": True,
        "gridColor": "#ececf0",
        "domain": False,
    }


def _groups(groups: Sequence[str], rows: Sequence[dict[str, Any]], lang: Lang) -> dict[str, Any]:
    """Return the axis of groups with long labels broken into lines; marks ``rows`` accordingly."""
    broken = {}
    for group in groups:
        table, _, name = group.partition(APART)
        broken[group] = f"{table}{APART}" + "\n".join(_lines(name, LABEL_LETTERS[lang]))
    bold = [
        broken[row["group"]] for row in rows if row.get("total") or row.get("answer", "") is None
    ]
    for row in rows:
        row["group"] = broken[row["group"]]
    return {
        "field": "group",
        "type": "nominal",
        "sort": list(broken.values()),
        "title": None,
        "scale": {"domain": list(broken.values())},
        "axis": {
            "labelExpr": f"split(split(datum.label, '{APART}')[1], '\\n')",
            "labelLineHeight": 14,
            "labelFontWeight": {
                "condition": {
                    "test": f"indexof({json.dumps(bold)}, datum.value) >= 0",
                    "value": "bold",
                },
                "value": "normal",
            },
        },
    }


def _step(y: dict[str, Any]) -> int:
    """Return the height of a bar with room for the longest label."""
    most = max((group.count("\n") + 1 for group in y["sort"]), default=1)
    return max(34, 15 * most + 6)


def _stacked(figure: Figure, tables: Sequence[Table], lang: Lang) -> dict[str, Any]:
    """Draw bars of 100%; what is kept back stays in its place as one hatched part."""
    kept = load_catalog().ui("survey.not_shown").say(lang)
    rows = _rows(figure, tables, lang)
    unknown = next((r["answer"] for r in rows if r["unknown"]), "")
    answers = _order(r["answer"] for r in rows if r["answer"] is not None)
    # "Don't know" is no step of a scale; it stands last.
    answers = [*(a for a in answers if a != unknown), *([unknown] if unknown else [])]
    for row in rows:
        row["at"] = answers.index(row["answer"]) if row["answer"] is not None else 0
    rows += _kept_parts(rows, kept)
    answers += [kept] if any(row["answer"] == kept for row in rows) else []
    scale = _scale(answers, unknown, kept, ordinal=figure.scale == "ordinal")
    ink = {a: _on(c) for a, c in zip(answers, scale["range"], strict=True)}
    for row in rows:
        row["ink"] = ink.get(row["answer"], INK)
    _place_labels(rows)
    y = _groups(_order(r["group"] for r in rows), rows, lang)
    y["scale"] |= {"paddingInner": 0.36, "paddingOuter": 0.2}
    x = {
        "field": "share",
        "type": "quantitative",
        "stack": "zero",
        "scale": {"domain": [0, 100]},
        "axis": _axis(lang),
    }
    place = {"y": y, "order": {"field": "at", "type": "quantitative"}}
    colour = {
        "field": "answer",
        "type": "nominal",
        "scale": scale,
        "sort": answers,
        "title": None,
        "legend": {"columns": len(answers) if sum(map(len, answers)) < LEGEND_LETTERS else 3},
    }
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "height": {"step": max(40, _step(y))},
        "layer": _stacked_layers(place, x, colour),
    }


def _stacked_layers(
    place: dict[str, Any], x: dict[str, Any], colour: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the parts of the bars, and their shares in them, above them or beside that."""
    middle = {**place, "x": {**x, "bandPosition": 0.5}, "detail": {"field": "answer"}}
    return [
        {
            "mark": {"type": "bar", "stroke": "white", "strokeWidth": 1},
            "encoding": {**place, "x": x, "color": colour},
        },
        {
            "mark": {"type": "text"},
            "encoding": {
                **middle,
                "text": {"field": "label"},
                "color": {"field": "ink", "type": "nominal", "scale": None},
            },
        },
        {
            "mark": {"type": "text", "dy": -19, "fontSize": 9},
            "encoding": {**middle, "text": {"field": "above"}},
        },
        {
            "mark": {"type": "text", "dy": -19, "dx": 11, "fontSize": 9},
            "encoding": {**middle, "text": {"field": "beside"}},
        },
        _below_total(place["y"], 0.36),
    ]


def _below_total(y: dict[str, Any], gap: float) -> dict[str, Any]:
    """Return the line that sets the groups apart from the total; ``gap``: between bars, of a step."""
    return {
        "transform": [{"filter": "datum.total"}],
        "mark": {"type": "rule", "color": "#8e8e98", "strokeWidth": 0.6},
        "encoding": {"y": {**y, "bandPosition": 1 + gap / 2 / (1 - gap)}},
    }


def _place_labels(rows: Sequence[dict[str, Any]]) -> None:
    """Say of each part where its share stands: in it, above it, or a little beside that."""
    for group in _order(row["group"] for row in rows):
        crowded = False
        parts = sorted((r for r in rows if r["group"] == group), key=lambda r: int(r["at"]))
        for row in parts:
            label, small = row["label"], 0 < (row["share"] or 0) < LABEL_FROM
            row["label"] = "" if small or not row["share"] else label
            row["above"] = label if small and not crowded else ""
            row["beside"] = label if small and crowded else ""
            if row["share"]:
                crowded = small and not crowded


LEGEND_LETTERS = 44
"""Answers with fewer letters than this together stand in one line over the bars."""


def _kept_parts(rows: Sequence[dict[str, Any]], kept: str) -> list[dict[str, Any]]:
    """Return for each bar with suppressed cells the one part they make up together."""
    parts = []
    for group in _order(r["group"] for r in rows if r["hidden"]):
        mine = [row for row in rows if row["group"] == group]
        rest = round(100 - sum(row["share"] or 0.0 for row in mine), 1)
        first = min(row["at"] for row in mine if row["hidden"])
        parts.append(
            {
                **_NO_BAR,
                "group": group,
                "answer": kept,
                "share": max(rest, 0.0),
                "at": first,
                "total": mine[0]["total"],
            }
        )
    return parts


def _grouped(figure: Figure, tables: Sequence[Table], reach: float, lang: Lang) -> dict[str, Any]:
    rows = _rows(figure, tables, lang)
    groups = _order(r["group"] for r in rows)
    answers = _order(r["answer"] for r in rows if r["answer"] is not None)
    unknown = next((r["answer"] for r in rows if r["unknown"]), "")
    y = _groups(groups, rows, lang)
    y["scale"] |= {"paddingInner": 0.3}
    inner = {"field": "answer", "type": "nominal", "sort": answers, "scale": {"domain": answers}}
    x = {
        "field": "share",
        "type": "quantitative",
        "axis": _axis(lang),
        "scale": {"domain": [0, reach], "nice": False},
    }
    offset = {"yOffset": inner} if len(answers) > 1 else {}
    colour = {
        "field": "answer",
        "type": "nominal",
        "scale": _scale(answers, unknown),
        "sort": answers,
        "title": None,
    }
    if len(answers) < 2:  # the title names the only one
        colour = {"value": COLOURS[0]}
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "height": {"step": 22, "for": "offset"} if offset else {"step": _step(y)},
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"y": y, "x": x, **offset, "color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"y": y, "x": x, **offset, "text": {"field": "label"}},
            },
            _not_shown({"y": y, **offset}, lang),
            _below_total(y, 0.3),
        ],
    }


def _not_shown(place: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """Return the layer that says where a bar is kept back."""
    return {
        "transform": [{"filter": "datum.hidden"}],
        "mark": {"type": "text", "align": "left", "dx": 4, "color": "#50505a"},
        "encoding": {
            **place,
            "x": {"datum": 0},
            "text": {"value": load_catalog().ui("survey.not_shown").say(lang)},
        },
    }


def _last(questionnaire: Questionnaire) -> dict[str, dict[str, int]]:
    """Return for each question which answers stand below the ranked ones, and in which order.

    1: what keeps its place at the end, such as "other"; 2: what excludes all others, "don't know"
    among them.
    """
    found = {}
    for question in questionnaire.questions:
        ends = itertools.takewhile(lambda o: o.alone or o.fixed, reversed(question.options))
        alone = {option.id: 2 for option in question.options if option.alone}
        found[question.id] = {DONT_KNOW: 2, **{option.id: 1 for option in ends}, **alone}
    return found


def _ranked(
    figure: Figure,
    tables: Sequence[Table],
    last: dict[str, dict[str, int]],
    reach: float,
    lang: Lang,
) -> dict[str, Any]:
    """Draw the most frequent answer first; "other", then answers that exclude all others, last."""
    rows: list[dict[str, Any]] = []
    for table in tables:
        column = table.columns[0]
        cells = _cells(figure, column)
        rows += [
            {
                "answer": cell.text.say(lang),
                "share": percent,
                "label": "" if percent is None else f"{percent:.1f}",
                "hidden": _is_hidden(cell),
                "colour": UNKNOWN_COLOUR if cell.answer == DONT_KNOW else COLOURS[0],
            }
            for cell, percent in sorted(
                cells,
                key=lambda pair: (
                    last.get(table.question, {}).get(pair[0].answer, 0),
                    -(pair[1] or 0.0),
                ),
            )
        ]
    order = _order(r["answer"] for r in rows)
    y = {
        "field": "answer",
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"labelLimit": 420},
    }
    x = {
        "field": "share",
        "type": "quantitative",
        "axis": _axis(lang),
        "scale": {"domain": [0, reach], "nice": False},
    }
    colour = {"field": "colour", "type": "nominal", "scale": None}
    return {
        "data": {"values": rows},
        "width": WIDTH - 160,
        "height": {"step": 26},
        "layer": [
            {"mark": "bar", "encoding": {"y": y, "x": x, "color": colour}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"y": y, "x": x, "text": {"field": "label"}},
            },
            _not_shown({"y": y}, lang),
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
