"""What one look of the site watch gives, and the fact ``site.changes`` that is made of it."""

from datetime import datetime

import msgspec

from tojimari.assess.defacement.alarms import alarms_of
from tojimari.assess.defacement.baseline import Baseline, advance, begin, change_key
from tojimari.assess.defacement.changes import Change, compare
from tojimari.model.facts import ChangeAlarm, SiteChanges
from tojimari.model.snapshots import SiteSnapshot

_ROWS = 30


class WatchResult(msgspec.Struct, frozen=True):
    """What one look gave.

    Attributes:
        first: there was nothing to compare with, or the owner accepted the present state.
        pages: how many were looked at.
        changes: alarms and notes, each once.
        baseline: what the next look is compared with.
        accepted: the same, once the owner says that what was seen is his own.

    Two states, because neither follows from the other: ``baseline`` still has the alarming pages as
    they were before, and pages this look did not reach, so that the alarm is raised again until it
    is settled; ``accepted`` has them as they are now. Nor can ``accepted`` be fetched again when the
    owner answers: by then it may be something that nobody was shown.
    """

    first: bool
    pages: int
    changes: tuple[Change, ...]
    baseline: Baseline
    accepted: Baseline


def watch_result(
    baseline: Baseline | None, now: SiteSnapshot, *, site: str, at: datetime, accept: bool
) -> WatchResult:
    """Return what ``now``, seen ``at`` a moment, shows against ``baseline`` (None: none yet).

    site: host name. accept: the owner says that the present state is his own.
    """
    own = begin(site, now, at, accept=True)
    if accept:
        return WatchResult(True, len(now.pages), (), own, own)
    if baseline is None:
        first = begin(site, now, at, accept=False)
        return WatchResult(True, len(now.pages), tuple(alarms_of(now)), first, own)
    alarms = [one for one in alarms_of(now) if change_key(one) not in baseline.accepted]
    changes = sorted({*compare(baseline.state, now), *alarms})
    return WatchResult(False, len(now.pages), tuple(changes), advance(baseline, now, changes), own)


def distinct(changes: tuple[Change, ...]) -> list[tuple[Change, int]]:
    """Return each thing once with the number of pages it is on: a header stands on all of them."""
    found: dict[tuple[str, str, str], tuple[Change, int]] = {}
    for change in changes:
        apart = "" if change.evidence else change.page
        key = (change.kind, change.severity, change.evidence or apart)
        first, n = found.get(key, (change, 0))
        found[key] = (first, n + 1)
    return list(found.values())


def changes_fact(result: WatchResult) -> SiteChanges:
    """Return what a look gave as a fact: the first alarms, and how many there are."""
    alarms = distinct(tuple(change for change in result.changes if change.severity == "alarm"))
    notes = distinct(tuple(change for change in result.changes if change.severity == "note"))
    return SiteChanges(
        baseline_at=result.baseline.since,
        first=result.first,
        pages=result.pages,
        alarms=tuple(ChangeAlarm(c.kind, c.page, c.evidence, n) for c, n in alarms[:_ROWS]),
        alarms_in_all=len(alarms),
        notes_in_all=len(notes),
    )
