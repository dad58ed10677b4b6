"""Who needs help first: orders companies for those who help many. docs/fleet.md explains it."""

import msgspec

from tojimari.assess.standing import FrameworkStanding
from tojimari.catalog import Catalog
from tojimari.model import Assessment

WEIGHTS = {
    "contradiction": 30,
    "open_door": 25,
    "never_looked": 15,
    "basic_open": 10,
    "silent": 8,
    "basic_unknown": 4,
}
"""Points for each time a reason counts."""
_CONTRADICTIONS_COUNTED = 2


class Urgency(msgspec.Struct, frozen=True):
    """How urgently a company needs help: the sum, and its reasons, heaviest first."""

    points: int
    why: tuple[str, ...]


def urgency(
    assessment: Assessment,
    catalog: Catalog,
    *,
    basics: FrameworkStanding,
    looked: bool,
    silent: bool,
) -> Urgency:
    """Return how urgently the company of ``assessment`` needs help.

    basics: its standing in the six basics.
    looked: whether any device was looked at.
    silent: whether one of its devices has not reported for long.
    """
    differ = sum(standing.contradiction for standing in assessment.controls.values())
    counts = {
        "contradiction": min(_CONTRADICTIONS_COUNTED, differ),
        "open_door": len(open_doors(assessment, catalog)),
        "never_looked": int(not looked),
        "basic_open": basics.counts["not_met"] + basics.counts["partly"],
        "silent": int(silent),
        "basic_unknown": basics.counts["unknown"],
    }
    points = {why: WEIGHTS[why] * count for why, count in counts.items() if count}
    why = tuple(sorted(points, key=lambda one: -points[one]))
    return Urgency(sum(points.values()), why)


def open_doors(assessment: Assessment, catalog: Catalog) -> list[str]:
    """Return the controls that are an open door where they are not met, and were seen so."""
    return [
        id_
        for id_, standing in assessment.controls.items()
        if id_ in catalog.controls
        and catalog.controls[id_].open_door
        and any(finding.state == "not_met" for finding in standing.measured)
    ]
