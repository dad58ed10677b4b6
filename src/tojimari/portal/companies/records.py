"""What a company did with the portal and what shows it: kept as records with their day."""

from collections.abc import Mapping
from datetime import date

from django.utils import timezone

from tojimari.assess.evidence import evidence_observation
from tojimari.model import Text
from tojimari.model.facts import RecordEvidence
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.words import catalog, current_lang


def keep_done(company: Company, days: Mapping[str, date], notes: Mapping[str, Text]) -> None:
    """Keep control -> day as records with their notes; a younger record that is there stays."""
    held: dict[str, str] = {}
    for row in current(company, RecordEvidence.KIND):
        if isinstance(row.fact, RecordEvidence):
            held[row.fact.control] = max(row.fact.done_on, held.get(row.fact.control, ""))
    made = [
        evidence_observation(
            catalog().controls[control],
            done_on=day,
            note=notes[control].say(current_lang()),
            at=timezone.now(),
        )
        for control, day in days.items()
        if held.get(control, "") < day.isoformat()
    ]
    if made:
        keep(company, made)
        mark_stale(company)
