"""The calendar of papers and records: what must be made or renewed, and by which day."""

from datetime import date

import msgspec

from tojimari.catalog import Catalog
from tojimari.model import Assessment


class Due(msgspec.Struct, frozen=True):
    """One entry. ``due_on`` is None when no paper or record is registered yet."""

    control: str
    due_on: date | None
    done_on: date | None
    overdue: bool


def calendar(assessment: Assessment, catalog: Catalog) -> list[Due]:
    """Return what must be renewed: overdue first, then by day, then what was never registered.

    Only controls whose evidence has a period (``renew_days``) are listed; controls that do not
    apply to the company are left out.
    """
    entries = []
    for id_, control in catalog.controls.items():
        if control.evidence is None or control.evidence.renew_days is None:
            continue
        standing = assessment.controls[id_]
        if standing.state == "not_applicable":
            continue
        evidence = standing.evidence[0] if standing.evidence else None
        if evidence is None:
            entries.append(Due(id_, None, None, overdue=False))
            continue
        due = date.fromisoformat(str(evidence.numbers["due_on"]))
        done = date.fromisoformat(str(evidence.numbers["done_on"]))
        entries.append(Due(id_, due, done, overdue=evidence.state == "not_met"))
    return sorted(entries, key=lambda e: (e.due_on is None, e.due_on or date.max, e.control))
