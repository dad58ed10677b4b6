"""One buyer's chain as a picture: a row for each tier, never more firms than can be read."""

from typing import Any

from markupsafe import Markup, escape

from tojimari.catalog import Catalog
from tojimari.chain.attribution import Attribution
from tojimari.chain.network import Network
from tojimari.chain.weakness import Interval
from tojimari.model import Lang
from tojimari.report.phrases import index_words

A_LINE = 4
LINES = 2
"""Boxes beside each other, and lines of them in a tier; the rest of a tier is one box."""
BOX, GAP, HIGH, STEP = 146, 14, 50, 74
EDGE, LEFT = 8, 76
WEAK, SOME = 60, 25
"""Index from which a firm is drawn as weak, and as not quite in order."""
LETTERS = 22
_INK = {
    "weak": "#b3261e",
    "some": "#9a5b00",
    "fine": "#1b6e3c",
    "unknown": "#5a5f66",
    "group": "#5a5f66",
}
_FILL = {
    "weak": "#fdecea",
    "some": "#fff4e0",
    "fine": "#e9f6ee",
    "unknown": "#f3f4f6",
    "group": "#ffffff",
}


def picture(
    network: Network,
    found: Attribution,
    index: dict[str, Interval],
    catalog: Catalog,
    lang: Lang,
) -> Markup:
    """Return the picture as SVG; every name is escaped, nothing in it can run.

    network: gone through the veil. index: firm id -> its own weakness as index.
    """
    rank = {one.firm: place for place, one in enumerate(found.contributions)}
    tiers: dict[int, list[str]] = {}
    for id_, tier in network.upstream(
        found.buyer, max((c.tier for c in found.contributions), default=1)
    ).items():
        if tier and not network.firms[id_].hidden:
            tiers.setdefault(tier, []).append(id_)
    boxes: list[Markup] = []
    places: dict[str, tuple[float, float]] = {found.buyer: (LEFT + _width() / 2, EDGE + HIGH)}
    y = EDGE
    boxes.append(
        _box(LEFT + (_width() - BOX) / 2, y, network.firms[found.buyer].called, "", "fine")
    )
    y += STEP
    tops: list[tuple[int, float]] = []
    for tier in sorted(tiers):
        ids = sorted(tiers[tier], key=lambda id_: (rank.get(id_, len(rank)), id_))
        shown = ids if len(ids) <= A_LINE * LINES else ids[: A_LINE * LINES - 1]
        lines = 1 + (min(len(ids), A_LINE * LINES) - 1) // A_LINE
        # Each line says whose it is: else a second one would read as the tier behind.
        tops += [(tier, y + line * STEP) for line in range(lines)]
        drawn = [(id_, _label(index[id_], catalog, lang)) for id_ in shown]
        for place, (id_, (words, kind)) in enumerate(drawn):
            x = LEFT + place % A_LINE * (BOX + GAP)
            at = y + place // A_LINE * STEP
            boxes.append(_box(x, at, network.firms[id_].called, words, kind))
            places[id_] = (x + BOX / 2, at)
        if len(ids) > len(shown):
            more = catalog.ui("chain.more_firms").say(lang, n=len(ids) - len(shown))
            x, at = LEFT + (A_LINE - 1) * (BOX + GAP), y + (LINES - 1) * STEP
            boxes.append(_box(x, at, more, "", "group"))
        y += STEP * lines + 8
    if found.undisclosed:
        text = catalog.ui("chain.undisclosed_box").say(lang, n=found.undisclosed)
        boxes.append(_box(LEFT, y, text, "", "group", wide=2 * BOX + GAP))
        y += STEP
    title = catalog.ui("chain.picture_title").say(lang, buyer=network.firms[found.buyer].called)
    return _svg(title, _lines(network, places), tops, boxes, y, catalog, lang)


def _width() -> int:
    return A_LINE * (BOX + GAP) - GAP


def _label(own: Interval, catalog: Catalog, lang: Lang) -> tuple[str, str]:
    """Return what stands in a firm's box, and how the box is drawn."""
    words = catalog.ui("chain.box_index").say(lang, index=index_words(own, catalog, lang))
    if own.low >= WEAK:
        return words, "weak"
    if own.high - own.low > SOME:
        return words, "unknown"
    return words, "some" if own.high >= SOME else "fine"


def _box(x: float, y: float, name: str, words: str, kind: str, wide: int = BOX) -> Markup:
    dashed = Markup(' stroke-dasharray="5 4"') if kind in ("unknown", "group") else ""
    middle, first = x + wide / 2, y + (HIGH / 2 + 5 if not words else 21)
    made = Markup(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="8" fill="{}" stroke="{}" stroke-width="2"{}/>'
        '<text x="{}" y="{}" text-anchor="middle" font-size="13" fill="#111">{}</text>'
    ).format(x, y, wide, HIGH, _FILL[kind], _INK[kind], dashed, middle, first, _cut(name, wide))
    if words:
        made += Markup(
            '<text x="{}" y="{}" text-anchor="middle" font-size="12" fill="{}">{}</text>'
        ).format(middle, y + 40, _INK[kind], words)
    return made


def _cut(name: str, wide: int) -> str:
    """Return as much of a name as fits; a Japanese letter is as wide as two."""
    room, kept = LETTERS * wide // BOX, ""
    for letter in name:
        room -= 1 if letter.isascii() else 2
        if room < 0:
            return kept + "…"
        kept += letter
    return kept


def _lines(network: Network, places: dict[str, tuple[float, float]]) -> list[Markup]:
    """Return the links between firms that are drawn; thicker where more is bought."""
    made = []
    for link in network.links:
        if link.supplier not in places or link.buyer not in places:
            continue
        (x1, y1), (x2, y2) = places[link.supplier], places[link.buyer]
        below = y2 if y2 < y1 and link.buyer == next(iter(places)) else y2 + HIGH
        middle = (y1 + below) / 2
        thick = 1 + 4 * (link.share or 0.1)
        made.append(
            Markup(
                '<path d="M{} {}C{} {} {} {} {} {}" fill="none" stroke="#8a9099" stroke-width="{:.1f}"/>'
            ).format(x1, y1, x1, middle, x2, middle, x2, below, thick)
        )
    return made


def _svg(
    title: str,
    lines: list[Markup],
    tops: list[tuple[int, float]],
    boxes: list[Markup],
    high: float,
    catalog: Catalog,
    lang: Lang,
) -> Markup:
    names: list[Any] = [
        Markup('<text x="{}" y="{}" font-size="12" fill="#444">{}</text>').format(
            EDGE, y + HIGH / 2 + 4, catalog.ui("chain.tier").say(lang, n=tier)
        )
        for tier, y in tops
    ]
    wide = LEFT + _width() + EDGE
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'role="img" aria-label="{t}" font-family="Noto Sans CJK JP, Noto Sans JP, Hiragino Sans, '
        'Yu Gothic, Meiryo, sans-serif"><title>{t}</title>'
        '<rect width="{w}" height="{h}" fill="#ffffff"/>'
    ).format(w=wide, h=int(high + EDGE), t=escape(title))
    return head + Markup("").join([*lines, *names, *boxes]) + Markup("</svg>")
