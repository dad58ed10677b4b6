"""Runs collectors side by side, each with its own time limit; one that fails costs only itself."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from tojimari.catalog import Catalog, fields_problem
from tojimari.collect.host import Denied, Missing, Nonsense, TookTooLong, Unreachable
from tojimari.collect.look import Collector, Seen, View
from tojimari.collect.text import printable
from tojimari.model import NotSeen, Observation, Subject, new_id

Progress = Callable[[str, int, int], None]
"""Called with (collector name that ended, how many ended, how many in all)."""


def _why(error: Exception) -> NotSeen:
    detail = f"{type(error).__name__}: {error}"[:300]
    match error:
        case Denied():
            return NotSeen("no_permission", detail=detail)
        case Missing():
            return NotSeen("tool_missing", detail=detail)
        case TookTooLong():
            return NotSeen("timed_out", detail=detail)
        case Unreachable():
            return NotSeen("unreachable", detail=detail)
        case Nonsense():
            return NotSeen("nonsense", detail=detail)
        case _:
            return NotSeen("our_bug", detail=detail)


def _plain(value: Any) -> Any:
    """Return ``value`` with text that can be saved.

    File names may hold bytes that are no UTF-8, a server what a terminal would obey.
    """
    if isinstance(value, str):
        return printable(value, keep="\n\t")
    if isinstance(value, dict):
        return {_plain(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value


def _told(why: NotSeen) -> NotSeen:
    """Return ``why`` with text that can be saved: it may quote what somebody's server said."""
    return msgspec.structs.replace(why, detail=_plain(why.detail))


def _observations(
    found: list[Seen],
    collector: Collector,
    catalog: Catalog,
    subject: Callable[[str], Subject],
    at: datetime,
) -> list[Observation]:
    by_kind = {seen.kind: seen for seen in found if isinstance(seen, Seen)}
    result = []
    for kind_id in collector.sees:
        seen = by_kind.get(kind_id) or Seen(
            kind_id, not_seen=NotSeen("our_bug", detail=f"{collector.name}: said nothing")
        )
        fields, not_seen = _plain(seen.fields), seen.not_seen
        if fields is not None:
            problem = fields_problem(catalog.facts[kind_id], fields)
            if problem:
                fields, not_seen = None, NotSeen("nonsense", detail=problem[:300])
        elif not_seen is None:
            not_seen = NotSeen("our_bug", detail=f"{collector.name}: neither fact nor reason")
        result.append(
            Observation(
                id=new_id(),
                kind=kind_id,
                kind_version=catalog.facts[kind_id].version,
                subject=subject(kind_id),
                source="measured",
                observed_at=at,
                last_confirmed_at=at,
                fields=fields,
                not_seen=_told(not_seen) if not_seen is not None and fields is None else None,
                partly_not_seen={name: _told(why) for name, why in seen.partly_not_seen.items()}
                if fields is not None
                else {},
            )
        )
    return result


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

    Each collector runs in a daemon thread of its own; after its ``limit_seconds`` its kinds are
    reported as timed out and the thread is left behind. Whatever a collector raises or returns,
    the others are untouched.
    """
    waiting = {collector.name: collector for collector in chosen}
    total = len(waiting)
    done: queue.SimpleQueue[tuple[str, list[Seen] | Exception]] = queue.SimpleQueue()

    def work(collector: Collector) -> None:
        try:
            done.put((collector.name, collector.look(view)))
        except Exception as error:  # noqa: BLE001  # whatever it is, it costs only this collector
            done.put((collector.name, error))

    started = time.monotonic()
    for collector in waiting.values():
        threading.Thread(target=work, args=(collector,), name=collector.name, daemon=True).start()

    seen: dict[str, list[Observation]] = {}

    def settle(name: str, outcome: list[Seen] | Exception) -> None:
        collector = waiting.pop(name)
        if not isinstance(outcome, list):
            why = (
                _why(outcome)
                if isinstance(outcome, Exception)
                else NotSeen("our_bug", detail=f"{name}: returned {type(outcome).__name__}")
            )
            outcome = [Seen(kind, not_seen=why) for kind in collector.sees]
        seen[name] = _observations(outcome, collector, catalog, subject, at)
        if progress:
            progress(name, total - len(waiting), total)

    while waiting:
        elapsed = time.monotonic() - started
        next_limit = min(collector.limit_seconds for collector in waiting.values())
        try:
            name, outcome = done.get(timeout=max(0.0, next_limit - elapsed))
        except queue.Empty:
            now = time.monotonic() - started
            for late in [c for c in waiting.values() if c.limit_seconds <= now]:
                settle(late.name, TookTooLong(f"{late.name}: {late.limit_seconds:g} s"))
            continue
        if name in waiting:
            settle(name, outcome)
    return [observation for name in sorted(seen) for observation in seen[name]]
