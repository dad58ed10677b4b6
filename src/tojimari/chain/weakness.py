"""How open a firm stands, from the states of its controls: an interval from best to worst case.

Each control that stops an intruder has a weight. A control that is not met counts whole, one that is
partly met half, one that is met or does not apply not at all. One that is unknown counts not at all
in the best case and whole in the worst: so a firm that nobody assessed is an interval, not a mean,
and no state that gets worse ever makes a firm look better.
"""

from collections.abc import Collection, Mapping

import msgspec

from tojimari.catalog.chain import ChainModel
from tojimari.model import State

BEST: Mapping[State, float] = {
    "met": 0.0,
    "not_applicable": 0.0,
    "unknown": 0.0,
    "partly": 0.5,
    "not_met": 1.0,
}
WORST: Mapping[State, float] = {**BEST, "unknown": 1.0}


class Interval(msgspec.Struct, frozen=True, order=True):
    """From the best case to the worst; both the same where everything is known."""

    low: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether nothing behind it is unknown."""
        return self.low == self.high


def weakness(states: Mapping[str, State], model: ChainModel) -> Interval:
    """Return how open a firm stands, between ``model.floor`` and ``model.ceiling``.

    states: control id -> state; one that is missing is unknown.
    """
    return Interval(_open(states, model, BEST), _open(states, model, WORST))


def _open(states: Mapping[str, State], model: ChainModel, counts: Mapping[State, float]) -> float:
    total = sum(model.weights.values())
    parts = (
        weight * counts[states.get(control, "unknown")] for control, weight in model.weights.items()
    )
    return model.floor + (model.ceiling - model.floor) * sum(parts) / total


def closable(states: Mapping[str, State], model: ChainModel) -> tuple[str, ...]:
    """Return the controls a firm could close: those known to be open, the heaviest first.

    What is unknown is not among them: there one has to look first.
    """
    known = [control for control in model.weights if states.get(control) in ("not_met", "partly")]
    return tuple(sorted(known, key=lambda control: (-model.weights[control], control)))


def closed(states: Mapping[str, State], controls: Collection[str]) -> dict[str, State]:
    """Return the states after ``controls`` are put in place; only what was open changes."""
    after = dict(states)
    for control in controls:
        if after.get(control) in ("not_met", "partly"):
            after[control] = "met"
    return after
