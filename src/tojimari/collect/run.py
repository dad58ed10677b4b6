"""Runs collectors side by side, each with its own time limit; one that fails costs only itself."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from tojimari.catalog import Catalog
from tojimari.collect.host import Denied, ErrorAnswered, Missing, Nonsense, TookTooLong, Unreachable
from tojimari.collect.look import Collector, Seen, View
from tojimari.collect.offered import offered
from tojimari.lib.printable import printable
from tojimari.model import NotSeen, Observation, Subject, seen, unseen
from tojimari.model.facts import BadFact, fact_kinds, read_fact

Progress = Callable[[str, int, int], None]
"""Called with (collector name that ended, how many ended, how many in all)."""
AT_ONCE = 12
"""How many collectors run at a time: a thread takes about 1 MB under Wine, and most only wait."""


def _why(error: Exception) -> NotSeen:
    detail = f"{type(error).__name__}: {error}"[:300]
    match error:
        case Denied() | PermissionError():
            return NotSeen("no_permission", detail=detail)
        case Missing():
            return NotSeen("tool_missing", detail=detail)
        case TookTooLong():
            return NotSeen("timed_out", detail=detail)
        case ErrorAnswered():
            return NotSeen("error_answered", detail=str(error)[:300])
        case Unreachable():
            return NotSeen("unreachable", detail=detail)
        case Nonsense():
            return NotSeen("nonsense", detail=detail)
        case _:
            return NotSeen("our_bug", detail=detail)


def _printable(value: Any) -> Any:
    """Return ``value`` with text that can be saved.

    File names may hold bytes that are no UTF-8, a server what a terminal would obey.
    """
    if isinstance(value, str):
        return printable(value, keep="\n\t")
    if isinstance(value, dict):
        return {_printable(key): _printable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(entry) for entry in value]
    return value


def _printable_reason(why: NotSeen) -> NotSeen:
    """Return ``why`` with text that can be saved: it may quote what somebody's server said."""
    return msgspec.structs.replace(why, detail=_printable(why.detail))


def _looked(collector: Collector, view: View) -> list[Seen]:
    """Return what a collector saw; on Linux its reasons name commands that this machine has."""
    found = collector.look(view)
    if collector.system != "linux" or not isinstance(found, list):
        return found
    return [offered(view, one) if isinstance(one, Seen) else one for one in found]


def _observations(
    found: list[Seen],
    collector: Collector,
    subject: Callable[[str], Subject],
    at: datetime,
) -> list[Observation]:
    by_kind = {one.kind: one for one in found if isinstance(one, Seen)}
    return [
        _observation(kind, by_kind.get(kind), collector, subject(kind), at)
        for kind in collector.sees
    ]


def _observation(
    kind: str, found: Seen | None, collector: Collector, subject: Subject, at: datetime
) -> Observation:
    shape = fact_kinds()[kind]
    if found is None:
        why = NotSeen("our_bug", detail=f"{collector.name}: said nothing")
        return unseen(shape, why, subject=subject, at=at)
    if found.fact is None:
        why = found.not_seen or NotSeen(
            "our_bug", detail=f"{collector.name}: neither fact nor reason"
        )
        return unseen(shape, _printable_reason(why), subject=subject, at=at)
    try:
        # Types are not checked where a fact is made: what a host answered may be of another one.
        fact = read_fact(kind, shape.VERSION, _printable(msgspec.to_builtins(found.fact)))
    except TypeError as error:
        why = NotSeen("our_bug", detail=f"{collector.name}: {error}"[:300])
        return unseen(shape, why, subject=subject, at=at)
    except BadFact as error:
        return unseen(shape, NotSeen("nonsense", detail=str(error)[:300]), subject=subject, at=at)
    assert fact is not None  # noqa: S101  # the newest version of a known kind is always read
    partly = {name: _printable_reason(why) for name, why in found.partly_not_seen.items()}
    return seen(fact, subject=subject, at=at, partly_not_seen=partly)


Outcome = list[Seen] | Exception


class _Turns:
    """Collectors that each have their turn in a daemon thread, ``AT_ONCE`` of them at a time."""

    def __init__(self, chosen: Iterable[Collector], view: View) -> None:
        self._view = view
        self._next = deque(chosen)
        self._ends: dict[str, float] = {}
        self._running: dict[str, Collector] = {}
        self._done: queue.SimpleQueue[tuple[str, Outcome]] = queue.SimpleQueue()

    def __len__(self) -> int:
        return len(self._next) + len(self._running)

    def ended(self) -> list[tuple[Collector, Outcome]]:
        """Wait for those that end or come to the end of their time next; none may be among them."""
        while self._next and len(self._running) < AT_ONCE:
            self._start(self._next.popleft())
        try:
            wait = min(self._ends.values()) - time.monotonic()
            name, outcome = self._done.get(timeout=max(0.0, wait))
        except queue.Empty:
            now = time.monotonic()
            return [
                (one, TookTooLong(f"{one.name}: {one.limit_seconds:g} s"))
                for one in [self._out(name) for name, end in [*self._ends.items()] if end <= now]
            ]
        # Whoever was too late is not waited for any more.
        return [(self._out(name), outcome)] if name in self._running else []

    def _start(self, collector: Collector) -> None:
        self._running[collector.name] = collector
        self._ends[collector.name] = time.monotonic() + collector.limit_seconds
        threading.Thread(
            target=self._work, args=(collector,), name=collector.name, daemon=True
        ).start()

    def _work(self, collector: Collector) -> None:
        try:
            self._done.put((collector.name, _looked(collector, self._view)))
        except Exception as error:  # noqa: BLE001  # whatever it is, it costs only this collector
            self._done.put((collector.name, error))

    def _out(self, name: str) -> Collector:
        del self._ends[name]
        return self._running.pop(name)


def look(
    view: View,
    chosen: Iterable[Collector],
    *,
    catalog: Catalog,
    subject: Callable[[str], Subject],
    at: datetime,
    progress: Progress | None = None,
) -> list[Observation]:
    """Run ``chosen`` on ``view`` and return one observation for every kind they see.

    subject: fact kind -> what a fact of it is about here.

    Each collector runs in a daemon thread of its own, ``AT_ONCE`` of them at a time; after its
    ``limit_seconds`` its kinds are reported as timed out and the thread is left behind. Whatever a
    collector raises or returns, the others are untouched.
    """
    turns = _Turns(chosen, view)
    total = len(turns)
    looked: dict[str, list[Observation]] = {}
    while turns:
        for collector, outcome in turns.ended():
            if isinstance(outcome, list):
                said = outcome
            else:
                why = (
                    _why(outcome)
                    if isinstance(outcome, Exception)
                    else NotSeen(
                        "our_bug", detail=f"{collector.name}: returned {type(outcome).__name__}"
                    )
                )
                said = [Seen(kind, not_seen=why) for kind in collector.sees]
            looked[collector.name] = _observations(said, collector, subject, at)
            if progress:
                progress(collector.name, len(looked), total)
    return [observation for name in sorted(looked) for observation in looked[name]]
