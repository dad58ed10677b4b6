"""One look of the watch: fetch, compare, and say what was found as the fact ``site.changes``."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from tojimari.catalog import Catalog
from tojimari.collect.look import Collector, Seen
from tojimari.collect.outside.door import Door
from tojimari.collect.outside.look import subjects_of
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.collect.outside.watch.baseline import Baseline, begin, go_on, named
from tojimari.collect.outside.watch.compare import Change, compare
from tojimari.collect.outside.watch.crawl import crawl
from tojimari.collect.outside.watch.standing import standing
from tojimari.collect.run import Progress, look
from tojimari.lib.printable import printable
from tojimari.model import Observation

KIND = "site.changes"
LIMIT_SECONDS = 180.0
_ROWS = 30


class Look(msgspec.Struct, frozen=True):
    """What one look gave.

    Attributes:
        first: there was nothing to compare with, or the owner accepted the present state.
        pages: how many were looked at.
        changes: alarms and notes, each once, in text that may be shown and kept.
        baseline: to be kept for the next time.
        accepted: to be kept instead, once the owner says that what was seen is his own.

    Two states, because neither follows from the other: ``baseline`` still has the alarming pages as
    they were before, and pages this look did not reach, so that the alarm rings until it is
    settled; ``accepted`` has them as they are now. Nor can ``accepted`` be fetched again when the
    owner answers: by then it may be something that nobody was shown.
    """

    first: bool
    pages: int
    changes: tuple[Change, ...]
    baseline: Baseline
    accepted: Baseline


def look_once(visit: Visit, kept: Baseline | None, at: datetime, *, accept: bool) -> Look:
    """Look at the site and compare. Raises Unavailable when its first page cannot be seen."""
    known = [page.url for page in kept.state.pages] if kept else []
    listed = kept.state.listing if kept else None
    now = crawl(visit, known=known, listed_before=listed)
    own = begin(visit.target.site, now, at, accept=True)
    if accept:
        return Look(True, len(now.pages), (), own, own)
    if kept is None:
        baseline = begin(visit.target.site, now, at, accept=False)
        return Look(True, len(now.pages), _shown(standing(now)), baseline, own)
    alarms = [change for change in standing(now) if named(change) not in kept.accepted]
    changes = sorted({*compare(kept.state, now), *alarms})
    return Look(False, len(now.pages), _shown(changes), go_on(kept, now, changes), own)


def _shown(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(
        msgspec.structs.replace(one, page=printable(one.page), evidence=printable(one.evidence))
        for one in changes
    )


def once(changes: tuple[Change, ...]) -> list[tuple[Change, int]]:
    """Return each thing once with the number of pages it is on: a header stands on all of them."""
    found: dict[tuple[str, str, str], tuple[Change, int]] = {}
    for change in changes:
        apart = "" if change.evidence else change.page
        key = (change.kind, change.severity, change.evidence or apart)
        first, n = found.get(key, (change, 0))
        found[key] = (first, n + 1)
    return list(found.values())


def fact(look_: Look) -> dict[str, Any]:
    """Return the fields of the fact."""
    alarms = once(tuple(change for change in look_.changes if change.severity == "alarm"))
    notes = once(tuple(change for change in look_.changes if change.severity == "note"))
    return {
        "baseline_at": look_.baseline.kept_at.isoformat(),
        "first": look_.first,
        "pages": look_.pages,
        "alarms": [
            {"kind": c.kind, "page": c.page, "evidence": c.evidence, "on_pages": n}
            for c, n in alarms[:_ROWS]
        ],
        "alarms_in_all": len(alarms),
        "notes_in_all": len(notes),
    }


def watch_outside(
    target: Target,
    door: Door,
    kept: Baseline | None,
    *,
    catalog: Catalog,
    at: datetime,
    accept: bool = False,
    progress: Progress | None = None,
) -> tuple[Observation, Look | None]:
    """Return the observation, and what the look gave; None when the site could not be seen."""
    found: list[Look] = []

    def see(visit: Visit) -> list[Seen]:
        one = look_once(visit, kept, at, accept=accept)
        found.append(one)
        return [Seen(KIND, fields=fact(one))]

    subjects = subjects_of(target)
    observation = look(
        Visit(target, door),
        [Collector("outside.watch", "outside", (KIND,), see, LIMIT_SECONDS)],
        catalog=catalog,
        subject=lambda kind: subjects[kind.partition(".")[0]],
        at=at,
        progress=progress,
    )[0]
    return observation, found[0] if found and observation.fact is not None else None
