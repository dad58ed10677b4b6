"""Looks at many sites, a few at once, and hands each out as it is done."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from itertools import islice

from tojimari.catalog import Catalog
from tojimari.collect.outside.door import Door
from tojimari.collect.outside.look import LONG, look_outside, lookers
from tojimari.collect.outside.target import Target
from tojimari.model import Observation

AT_ONCE = 8
"""Sites looked at side by side; each has a thread for every looker, and five connections for TLS."""


def look_at_many(
    targets: Sequence[Target],
    door_for: Callable[[Target], Door],
    *,
    catalog: Catalog,
    at: datetime,
    at_once: int = AT_ONCE,
) -> Iterator[tuple[Target, list[Observation]]]:
    """Yield each target with what was seen of it, in the order in which they are done.

    Every target has a door, and so pins and limits, of its own. No more than ``at_once`` are in
    memory beside those not yet taken.
    """

    def one(target: Target) -> tuple[Target, list[Observation]]:
        return target, look_outside(target, door_for(target), catalog=catalog, at=at, kinds=kinds)

    kinds = {kind for found in lookers() for kind in found.sees} - LONG
    left = iter(targets)
    with ThreadPoolExecutor(at_once) as pool:
        running: set[Future[tuple[Target, list[Observation]]]] = {
            pool.submit(one, target) for target in islice(left, at_once)
        }
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
                running |= {pool.submit(one, target) for target in islice(left, 1)}
