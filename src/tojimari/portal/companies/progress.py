"""What changed from one judging to another, for pages: what is finished is seen."""

from datetime import timedelta
from typing import Any

from django.db.models import Min
from django.http import HttpRequest
from django.utils import timezone

from tojimari.assess.changes import state_changes
from tojimari.diagnose import Diagnosis
from tojimari.model import State
from tojimari.portal.companies.assessments import catch_up
from tojimari.portal.companies.models import Assessed, Company, Observation
from tojimari.portal.words import catalog, current_lang
from tojimari.report.phrases import devices_told, state_word

LATELY = timedelta(days=14)
_BEFORE = "before_done"
"""In the session: company id -> the line of history that stood when a step was said to be done."""


def known_before(company: Company, before: Assessed | None, result: Diagnosis) -> Assessed | None:
    """Return ``before`` as it would have been had the first look been made by then.

    What the first look finds was there all along: where it contradicts an answer, nobody did
    anything. The row that is returned is not to be saved.
    """
    known = (
        one.observed_at
        for one in result.observations
        if one.source == "measured" and one.subject.kind == "device"
    )
    first = min(known, default=None)
    if before is None or first is None or before.as_of >= first:
        return before
    # What is known now may all have changed since the first look: only then is it asked for.
    rows = Observation.objects.of(company).filter(source="measured", subject_kind="device")
    first = rows.aggregate(at=Min("observed_at"))["at"]
    if first is None or before.as_of >= first:
        return before
    judged = Assessed.objects.of(company).filter(as_of__gte=first)
    looked = judged.order_by("as_of", "pk").first()
    found: dict[str, State] = looked.states if looked else dict(result.assessment.states)
    controls = result.assessment.controls
    states = {
        id_: found.get(id_, state) if id_ in controls and controls[id_].measured else state
        for id_, state in before.states.items()
    }
    fine = looked.basics_met if looked else _fine(result)
    return Assessed(as_of=before.as_of, states=states, basics_met=fine)


def changes(before: Assessed | None, after: dict[str, State]) -> list[dict[str, Any]]:
    """Return the controls whose state differs, what got better first."""
    lang = current_lang()
    found = [
        {
            "id": change.control,
            "title": catalog().controls[change.control].title.say(lang),
            "old": change.old,
            "new": change.new,
            "old_word": state_word(change.old, catalog(), lang),
            "better": change.improved and not change.newly_known,
        }
        for change in state_changes(before.states if before else None, after)
        if change.control in catalog().controls
    ]
    return sorted(found, key=lambda c: not c["better"])


def with_devices(found: list[dict[str, Any]], result: Diagnosis) -> list[dict[str, Any]]:
    """Add to each of ``changes`` on which of several computers the control is open now."""
    controls, names, lang = result.assessment.controls, result.device_names, current_lang()
    return [
        {**one, "devices": devices_told(controls[one["id"]], names, catalog(), lang)}
        for one in found
    ]


def note_before(request: HttpRequest, company: Company) -> None:
    """Remember how things stand, to compare with once the step was looked at again."""
    catch_up(company)
    last = Assessed.objects.of(company).order_by("-as_of", "-pk").first()
    if last is not None:
        request.session[_BEFORE] = {str(company.pk): last.pk}


def since_done(request: HttpRequest, company: Company, result: Diagnosis) -> dict[str, Any]:
    """Return what came of the step that was just said to be done; see ``_progress``."""
    kept = request.session.get(_BEFORE, {}).get(str(company.pk))
    before = Assessed.objects.of(company).filter(pk=kept).first() if kept else None
    return _progress(known_before(company, before, result), result)


def lately(company: Company, result: Diagnosis) -> dict[str, Any]:
    """Return what was finished in the last two weeks; see ``_progress``."""
    rows = Assessed.objects.of(company).filter(as_of__gt=timezone.now() - LATELY)
    before = rows.order_by("as_of", "pk").first()
    return _progress(known_before(company, before, result), result)


def _fine(result: Diagnosis) -> int:
    """Return how many of the basics are in place or do not apply."""
    return result.basics.counts["met"] + result.basics.counts["not_applicable"]


def _progress(before: Assessed | None, result: Diagnosis) -> dict[str, Any]:
    """Return the basics that are fine now and were ``before``, and what is in place since."""
    fine = _fine(result)
    better = [c for c in changes(before, result.assessment.states) if c["better"]]
    return {
        "finished": [c["title"] for c in better if c["new"] in ("met", "not_applicable")],
        "begun": [c["title"] for c in better if c["new"] == "partly"],
        "basics_before": before.basics_met if before and before.basics_met < fine else None,
        "basics": fine,
        "basics_of": len(result.basics.items),
    }
