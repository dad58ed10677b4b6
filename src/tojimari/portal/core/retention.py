"""How long rows are kept: declared at the model, thrown away by one periodic task."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

Model = TypeVar("Model")

_KEPT: dict[Any, tuple[str, timedelta]] = {}


def keep_for(*, days: int, after: str) -> Callable[[Model], Model]:
    """Declare that rows of a model go ``days`` after the moment in their column ``after``.

    Rows whose column is empty are kept.
    """

    def declare(model: Model) -> Model:
        _KEPT[model] = (after, timedelta(days=days))
        return model

    return declare


def kept() -> dict[Any, tuple[str, timedelta]]:
    """Return each model's column and how long after its moment a row is kept."""
    return dict(_KEPT)


def throw_away(now: datetime) -> dict[str, int]:
    """Delete what is older than declared; returns how many rows went, by model."""
    gone = {}
    for model, (column, time) in _KEPT.items():
        rows = model._base_manager.filter(**{f"{column}__lt": now - time})
        gone[model._meta.label_lower] = rows.delete()[0]
    return gone
