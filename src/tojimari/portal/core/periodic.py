"""Periodic work: an app declares what is done again and again, and how often."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django_tasks import task

_EVERY: dict[str, tuple[timedelta, Any]] = {}


def every(time: timedelta) -> Callable[[Callable[[], None]], Any]:
    """Declare that a function without arguments is run by a worker once in ``time``.

    Gives back the task, so that it can also be enqueued by hand. Its name must be unique: under it
    the portal remembers when it is due. Raises ValueError for a second one.
    """

    def declare(work: Callable[[], None]) -> Any:
        name = work.__name__
        if name in _EVERY:
            raise ValueError(f"{name}: there is such periodic work already")
        made = task()(work)
        _EVERY[name] = (time, made)
        return made

    return declare


def declared() -> dict[str, tuple[timedelta, Any]]:
    """Return name -> (how often, task) of everything that is declared."""
    return dict(_EVERY)
