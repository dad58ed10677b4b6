"""The conductor of the site watch: records a site, has it compared, makes the fact of it.

The command and the portal call it; it stores and shows nothing.
"""

from datetime import datetime

import msgspec

from tojimari.assess.defacement.baseline import Baseline
from tojimari.assess.defacement.result import WatchResult, changes_fact, watch_result
from tojimari.catalog import Catalog
from tojimari.collect.look import Collector, Seen, saw
from tojimari.collect.outside.defacement.crawl import crawl
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import subjects_of
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.collect.run import Progress, look
from tojimari.lib.printable import printable
from tojimari.model import Observation
from tojimari.model.facts import SiteChanges

LIMIT_SECONDS = 180.0


def watch_once(
    visit: Visit, baseline: Baseline | None, at: datetime, *, accept: bool
) -> WatchResult:
    """Record the site and compare. Raises Unavailable when its first page cannot be seen.

    The changes hold only text that may be shown and stored.
    """
    known = [page.url for page in baseline.state.pages] if baseline else []
    listed = baseline.state.listing if baseline else None
    now = crawl(visit, known=known, listed_before=listed)
    result = watch_result(baseline, now, site=visit.target.site, at=at, accept=accept)
    changes = tuple(
        msgspec.structs.replace(one, page=printable(one.page), evidence=printable(one.evidence))
        for one in result.changes
    )
    return msgspec.structs.replace(result, changes=changes)


def watch_site(
    target: Target,
    egress: Egress,
    baseline: Baseline | None,
    *,
    catalog: Catalog,
    at: datetime,
    accept: bool = False,
    progress: Progress | None = None,
) -> tuple[Observation, WatchResult | None]:
    """Return the observation and the result; None for that when the site could not be seen."""
    found: list[WatchResult] = []

    def see(visit: Visit) -> list[Seen]:
        result = watch_once(visit, baseline, at, accept=accept)
        found.append(result)
        return [saw(changes_fact(result))]

    subjects = subjects_of(target)
    observation = look(
        Visit(target, egress),
        [Collector("outside.defacement", "outside", (SiteChanges.KIND,), see, LIMIT_SECONDS)],
        catalog=catalog,
        subject=lambda kind: subjects[kind.partition(".")[0]],
        at=at,
        progress=progress,
    )[0]
    return observation, found[0] if found and observation.fact is not None else None
