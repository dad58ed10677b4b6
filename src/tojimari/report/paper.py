"""The report for paper: a cover, three pages that a busy reader needs, then the detail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from tojimari.assess.changes import state_changes
from tojimari.catalog import Catalog
from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, State
from tojimari.report import phrases
from tojimari.report.page import context, environment

DIFFER_FIRST = 3
"""Contradictions on the first pages; the rest comes with the detail."""
STEPS_FIRST = 3
PEERS_FIRST = 3
CHANGES_FIRST = 8


class Before(msgspec.Struct, frozen=True):
    """An earlier assessment to compare with: when (UTC), and control id -> state."""

    as_of: datetime
    states: Mapping[str, State]


class Cover(msgspec.Struct, frozen=True):
    """What a report on paper says besides the diagnosis.

    Attributes:
        company: name for the cover; "" where the company gave none.
        before: what to compare with; None where there is nothing earlier.
        in_portal: the reader has pages with buttons, so no commands are named.
    """

    company: str = ""
    before: Before | None = None
    in_portal: bool = False


def to_paper(diagnosis: Diagnosis, catalog: Catalog, lang: Lang, cover: Cover) -> str:
    """Return the report as one HTML page for A4, in ``lang``."""
    shown = context(diagnosis, catalog, lang, in_portal=cover.in_portal)
    return (
        environment()
        .get_template("paper.html")
        .render(
            shown
            | {
                "company": cover.company,
                "changes": _changes(diagnosis, catalog, lang, cover.before),
                "before": phrases.date_text(cover.before.as_of) if cover.before else "",
                "differ_first": DIFFER_FIRST,
                "steps_first": STEPS_FIRST,
                "peers_first": PEERS_FIRST,
                "changes_first": CHANGES_FIRST,
            }
        )
    )


def _changes(
    diagnosis: Diagnosis, catalog: Catalog, lang: Lang, before: Before | None
) -> list[dict[str, Any]]:
    """Return what differs from ``before``: what got worse first, then better, then newly known."""
    if before is None:
        return []
    found = [
        change
        for change in state_changes(before.states, diagnosis.assessment.states)
        if change.control in catalog.controls
    ]
    found.sort(key=lambda change: (change.newly_known, change.improved))
    return [
        {
            "title": catalog.controls[change.control].title.say(lang),
            "old": change.old,
            "new": change.new,
        }
        for change in found
    ]
