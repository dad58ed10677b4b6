"""Standing in a framework: its items against an assessment; unknown stays in the denominator."""

from collections.abc import Iterable

import msgspec

from tojimari.catalog import Catalog, Framework
from tojimari.catalog.schema import Band, Item
from tojimari.model import OPEN, Assessment, State, count_states

BASICS = "ipa-6"
"""The framework whose items are "the basics" of the exit code and the first page."""


class CriterionStanding(msgspec.Struct, frozen=True):
    """State of one criterion; a gap when no control answers it."""

    id: str
    state: State
    gap: bool


class ItemStanding(msgspec.Struct, frozen=True):
    """State of one item, the controls it rests on, and whether the catalog has a gap there."""

    id: str
    state: State
    controls: tuple[str, ...]
    gap: bool
    criteria: tuple[CriterionStanding, ...] = ()


class FrameworkStanding(msgspec.Struct, frozen=True):
    """Where the company stands in one framework.

    Attributes:
        counts: state -> number of items; the five states always sum to the number of items.
        points: total for scoring "points"; None for other schemes, and while items were never
            asked: a "don't know" costs a point, a question nobody asked does not.
        unasked: items that are unknown because nobody was asked.
        points_between: lowest and highest total the unasked items can still lead to.
        points_possible: the highest total.
        fulfilled: every item met or not applicable (and, with points, the full total).
    """

    framework: str
    items: tuple[ItemStanding, ...]
    counts: dict[State, int]
    fulfilled: bool
    points: int | None = None
    points_possible: int | None = None
    band: Band | None = None
    unasked: int = 0
    points_between: tuple[int, int] | None = None


def combine(states: Iterable[State]) -> State:
    """Return the state of something that needs all of ``states``.

    Not-applicable parts fall away; nothing left is "not applicable", nothing given "unknown".
    Open beats unknown, and unknown beats met: unknown never becomes met.
    """
    given = set(states)
    if len(given) < 2:  # one state is its own, and most things need one control
        return given.pop() if given else "unknown"
    given.discard("not_applicable")
    if given == {"met"}:
        return "met"
    if given.isdisjoint(OPEN):
        return "unknown"
    return "not_met" if given.isdisjoint(("met", "partly")) else "partly"


def _item(item: Item, assessment: Assessment) -> ItemStanding:
    def state_of(controls: tuple[str, ...]) -> State:
        return combine(assessment.controls[id_].state for id_ in controls)

    criteria = tuple(
        CriterionStanding(c.id, state_of(c.controls), gap=not c.controls) for c in item.criteria
    )
    controls = tuple(
        dict.fromkeys((*item.controls, *(id_ for c in item.criteria for id_ in c.controls)))
    )
    parts: list[State] = [c.state for c in criteria]
    if item.controls:
        parts.append(state_of(item.controls))
    return ItemStanding(
        id=item.id,
        state=combine(parts),
        controls=controls,
        gap=not controls or any(c.gap for c in criteria),
        criteria=criteria,
    )


def basic_controls(catalog: Catalog) -> frozenset[str]:
    """Return the ids of the controls behind the six basics."""
    return frozenset(
        control
        for item in catalog.frameworks[BASICS].items
        for control in (*item.controls, *(c for k in item.criteria for c in k.controls))
    )


def standing(framework: Framework, assessment: Assessment) -> FrameworkStanding:
    """Return where ``assessment`` stands in ``framework``."""
    items = tuple(_item(item, assessment) for item in framework.items)
    counts = count_states(item.state for item in items)
    fulfilled = counts["met"] + counts["not_applicable"] == len(items)
    if framework.scoring != "points":
        return FrameworkStanding(framework.id, items, counts, fulfilled)
    unasked = sum(
        item.state == "unknown"
        and all(assessment.controls[id_].said is None for id_ in item.controls)
        for item in items
    )
    possible = framework.points["met"] * len(items)
    points = sum(framework.points[item.state] for item in items)
    if unasked:
        known = points - unasked * framework.points["unknown"]
        least, most = min(framework.points.values()), max(framework.points.values())
        return FrameworkStanding(
            framework.id,
            items,
            counts,
            fulfilled,
            None,
            possible,
            unasked=unasked,
            points_between=(known + unasked * least, known + unasked * most),
        )
    band = max(
        (band for band in framework.bands if points >= band.at_least),
        key=lambda band: band.at_least,
        default=None,
    )
    return FrameworkStanding(framework.id, items, counts, fulfilled, points, possible, band)
