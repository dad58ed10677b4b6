"""Peers from the portal's own companies: opt-in, counted together, never fewer than ten a cell."""

from functools import lru_cache

import msgspec
from django.db.models import Count
from django.utils import timezone

from tojimari.catalog import Catalog
from tojimari.catalog.schema import PeerFigure, PeerGroup, Survey
from tojimari.model import KNOWN, Text
from tojimari.peers.population import shown_cells
from tojimari.portal.companies.models import Company, ControlState, PeerSet
from tojimari.portal.words import catalog, texts

SIZE = "company-size"
OWN = "own-population"


def whole_catalog() -> Catalog:
    """Return the catalog with the newest own peer set beside the published ones, if there is one."""
    newest = PeerSet.objects.order_by("-pk").values_list("pk", flat=True).first()
    return catalog() if newest is None else _with_peers(newest)


@lru_cache(maxsize=2)
def _with_peers(pk: int) -> Catalog:
    content = msgspec.convert(PeerSet.objects.get(pk=pk).content, Survey)
    return catalog().with_survey(content)


def population() -> Survey | None:
    """Return the peer set of today, None when no cell is large enough."""
    today = timezone.localdate()
    rows = (
        ControlState.objects.across("counts of the companies that opted in")
        .filter(company__shares_figures=True, state__in=KNOWN)
        .values("control", "state", "company__standing__size")
        .annotate(n=Count("pk"))
    )
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows:
        by_size = counts.setdefault(row["control"], {})
        met, others = by_size.get(row["company__standing__size"] or "", (0, 0))
        if row["state"] == "met":
            met += row["n"]
        else:
            others += row["n"]
        by_size[row["company__standing__size"] or ""] = (met, others)
    figures = [
        figure
        for control, by_size in sorted(counts.items())
        if control in catalog().controls
        for figure in _figures(control, by_size)
    ]
    if not figures:
        return None
    n = Company.objects.filter(shares_figures=True).count()
    own = texts()
    return Survey(
        id=OWN,
        title=own["population.title"],
        publisher=own["population.publisher"],
        year=today.year,
        fieldwork=today.isoformat(),
        n=n,
        sources=(),
        as_of=today,
        figures=tuple(figures),
    )


def _figures(control: str, by_size: dict[str, tuple[int, int]]) -> list[PeerFigure]:
    shown, total = shown_cells(by_size)
    cells = list(shown.items()) + ([("", total)] if total is not None else [])
    return [_figure(control, size, cell) for size, cell in cells]


def _figure(control: str, size: str, cell: tuple[int, int]) -> PeerFigure:
    own, title = texts(), catalog().controls[control].title
    options = {option.id: option.text for option in catalog().questions[SIZE].options}
    base = own["population.base"]
    if size:
        template = own["population.base_size"]
        base = Text(
            ja=template.say("ja", size=options[size].ja),
            en=template.say("en", size=options[size].en),
        )
    has = own["population.has"]
    return PeerFigure(
        id=f"{OWN}-{control}-{size or 'all'}",
        text=Text(ja=has.say("ja", title=title.ja), en=has.say("en", title=title.en)),
        base=base,
        control=control,
        share_of=("met",),
        percent=float(round(100 * cell[0] / sum(cell))),
        n=sum(cell),
        group=PeerGroup(SIZE, size) if size else None,
        mark="ours",
        note=own["population.note"],
    )
