"""Looks at many sites in several processes, and hands each out as it is done."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache, partial

from tojimari.catalog import Catalog, load_catalog
from tojimari.collect.outside.egress import EgressSettings
from tojimari.collect.outside.probe import LONG, look_outside, not_looked, probes
from tojimari.collect.outside.target import Target
from tojimari.model import Observation

A_CORE = 4
"""Sites looked at side by side for each core: most of a look is waiting for its next turn."""
_SITES_A_PROCESS = 200
"""Then a fresh one takes over: what a look left behind on a hostile site ends with its process."""


def look_at_many(
    targets: Sequence[Target], settings: EgressSettings, *, at: datetime, at_once: int | None = None
) -> Iterator[tuple[Target, list[Observation]]]:
    """Yield each target with what was seen of it, in the order in which they are done.

    Every target has an egress, and so pins and limits, of its own. ``at_once`` (usually ``A_CORE``
    for each core) are looked at side by side, each in a process. When a process dies (out of
    memory, a fault in an engine), those it took along are looked at again one by one; the one that
    does it twice is yielded as not seen, with ``our_bug`` as the reason.
    """
    left, one = deque(targets), partial(_one, settings, at)
    while left:
        taken_along: list[Target] = []
        yield from _until_broken(left, one, at_once, taken_along)
        for target in taken_along:
            alone, again = deque([target]), list[Target]()
            yield from _until_broken(alone, one, 1, again)
            if again:
                yield target, not_looked(target, catalog=_catalog(), at=at, kinds=_kinds())


def _until_broken(
    left: "deque[Target]",
    one: "partial[list[Observation]]",
    at_once: int | None,
    taken_along: list[Target],
) -> Iterator[tuple[Target, list[Observation]]]:
    """Look at what is ``left`` until a process dies; ``taken_along``: who was in work then."""
    at_once = at_once or A_CORE * (os.cpu_count() or 1)
    context = _context()
    with ProcessPoolExecutor(
        at_once, context, initializer=_begin, max_tasks_per_child=_SITES_A_PROCESS
    ) as pool:
        running: dict[Future[list[Observation]], Target] = {}
        while (left or running) and not taken_along:
            while left and len(running) < at_once:
                target = left.popleft()
                try:
                    running[pool.submit(one, target)] = target
                except BrokenProcessPool:
                    taken_along.append(target)
                    break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                target = running.pop(future)
                try:
                    seen = future.result()
                except BrokenProcessPool:
                    taken_along.append(target)
                    continue
                yield target, seen
        taken_along += running.values()


def _context() -> multiprocessing.context.BaseContext:
    """Return how processes are started: copies of one that has read everything, if possible."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([found.look.__module__ for found in probes()])
    return context


def _begin() -> None:
    # Who presses Ctrl-C is told so once, by the process that hands out.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _one(settings: EgressSettings, at: datetime, target: Target) -> list[Observation]:
    return look_outside(target, settings.open(), catalog=_catalog(), at=at, kinds=_kinds())


@cache
def _catalog() -> Catalog:
    return load_catalog()


@cache
def _kinds() -> frozenset[str]:
    return frozenset(kind for found in probes() for kind in found.sees) - LONG
