"""Counts what rings on the real WordPress: the owner's days in a row, each intruder by himself."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.support.watched.measure import Case
from tests.support.watched.wordpress import WordPress, wordpress
from tests.support.watched.wordpress_edits import INTRUDER, OWNER
from tojimari.assess.defacement.result import WatchResult
from tojimari.collect.outside.egress import Egress

SITE_NAME = "WordPress (real)"
PRECISION_FLOOR = 0.95
RECALL_FLOOR = 0.93


def wordpress_cases(egress: Egress) -> list[Case]:
    """Play everything: the owner's edits on one WordPress, the intruders' on another beside it."""

    def played(edits: Callable[[WordPress, Egress], Iterator[Case]]) -> list[Case]:
        with wordpress() as cms:
            return list(edits(cms, egress))

    with ThreadPoolExecutor(2) as pool:
        return [case for cases in pool.map(played, (owners, intruders)) for case in cases]


def intruders(cms: WordPress, egress: Egress) -> Iterator[Case]:
    """Play every intruder's edit on the site as it was installed, and undo it."""
    kept = cms.looked(egress, None).baseline
    cms.keep()
    for name, edit in INTRUDER.items():
        edit(cms)
        yield Case(name, "intruder", SITE_NAME, _alarms(cms.looked(egress, kept)))
        cms.undo()


def owners(cms: WordPress, egress: Egress) -> Iterator[Case]:
    """Play the owner's edits one after the other, the baseline going on from look to look.

    Where one rings, the owner says that it was his own, as he is told to do.
    """
    kept = cms.looked(egress, None).baseline
    for name, edit in OWNER.items():
        edit(cms)
        look = cms.looked(egress, kept)
        alarms = _alarms(look)
        kept = look.accepted if alarms else look.baseline
        yield Case(name, "owner", SITE_NAME, alarms)


def _alarms(look: WatchResult) -> tuple[str, ...]:
    return tuple(sorted({change.kind for change in look.changes if change.severity == "alarm"}))
