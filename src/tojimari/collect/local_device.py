"""Looks at the computer we run on, with every collector for its system."""

from collections.abc import Collection
from datetime import datetime

from tojimari.catalog import Catalog
from tojimari.collect.host import LocalHost
from tojimari.collect.look import collectors, current_system
from tojimari.collect.run import Progress, look
from tojimari.model import Observation, Subject


def look_here(
    *,
    catalog: Catalog,
    device: Subject,
    at: datetime,
    kinds: Collection[str] | None = None,
    progress: Progress | None = None,
) -> list[Observation]:
    """Return what was seen of this computer, only of the fact ``kinds`` when given.

    Raises TojimariError on a system that cannot be looked at.
    """
    chosen = [
        collector
        for collector in collectors(current_system())
        if kinds is None or set(kinds) & set(collector.sees)
    ]
    host = LocalHost()
    try:
        return look(
            host, chosen, catalog=catalog, subject=lambda _: device, at=at, progress=progress
        )
    finally:
        host.stop_all()
