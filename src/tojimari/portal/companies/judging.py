"""Judges a company's observations and keeps what lists and lines need."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tojimari.assess.assessment import assess
from tojimari.model import Assessment, State
from tojimari.portal.companies.keeping import current
from tojimari.portal.companies.lookers import lookers_of
from tojimari.portal.companies.models import Assessed, Company, ControlState, Standing
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.words import catalog
from tojimari.report.result import Result, gather

SILENT_AFTER = timedelta(days=30)

URGENT_CONTROLS = ("remote-desktop-exposure", "supported-os", "empty-passwords", "open-services")
"""Open doors: found on a device, each makes a company more urgent by itself."""

WEIGHTS = {
    "contradiction": 30,
    "open_door": 25,
    "never_looked": 15,
    "basic_open": 10,
    "silent": 8,
    "basic_unknown": 4,
}
"""The rule of "who needs help first"; docs/fleet.md explains it."""


def result_of(company: Company) -> Result:
    """Judge everything known of ``company``, now."""
    observations = current(company)
    # A device's clock may be a few minutes ahead of ours; what it saw is not in the future.
    moment = max([timezone.now(), *(o.observed_at for o in observations)])
    assessment = assess(observations, company=str(company.pk), catalog=catalog(), as_of=moment)
    return gather(assessment, observations, whole_catalog())


def catch_up(company: Company) -> Result | None:
    """Judge ``company`` and keep what lists and lines need, if something waits for that."""
    judged = Standing.objects.of(company).filter(stale_since=None)
    return None if judged.exists() else refresh(company)


def up_to_date(company: Company) -> Result:
    """Judge ``company`` now, once; what lists and lines need is kept too when it waits for that."""
    return catch_up(company) or result_of(company)


def has_looked(company: Company) -> bool:
    """Return whether a device of ``company`` was looked at; what a phone's holder says is not."""
    return any(looker.looks and looker.seen_at for looker in lookers_of(company))


def urgency(result: Result, *, silent: bool) -> tuple[int, list[str]]:
    """Return how urgently a company needs help, and why, heaviest reason first."""
    states = result.assessment.controls
    counts = {
        "contradiction": min(2, len(result.disagreements)),
        "open_door": sum(
            any(f.state == "not_met" for f in states[c].measured)
            for c in URGENT_CONTROLS
            if c in states
        ),
        "never_looked": 0 if result.looked else 1,
        "basic_open": result.basics.counts["not_met"] + result.basics.counts["partly"],
        "silent": int(silent),
        "basic_unknown": result.basics.counts["unknown"],
    }
    points = {why: WEIGHTS[why] * count for why, count in counts.items() if count}
    return sum(points.values()), sorted(points, key=lambda why: -points[why])


def refresh(company: Company) -> Result:
    """Judge ``company`` now and keep its standing, its states, and a line of history.

    Raises Company.DoesNotExist when it was deleted meanwhile.
    """
    with transaction.atomic():
        # One at a time: a slower one must not put an older result over a newer.
        Company.objects.select_for_update().get(pk=company.pk)
        asked_at = timezone.now()
        result = result_of(company)
        _keep_standing(company, result, asked_at)
        _keep_states(company, result.assessment)
        _keep_history(company, result)
    return result


def _choice(profile: dict[str, object], question: str) -> str:
    chosen = profile.get(question)
    return str(chosen[0]) if isinstance(chosen, list) and chosen else ""


def _keep_standing(company: Company, result: Result, asked_at: datetime) -> None:
    devices = lookers_of(company)
    looking = [device for device in devices if device.looks]
    seen = [device.seen_at for device in looking if device.seen_at]
    silent = any((d.seen_at or d.since) < timezone.now() - SILENT_AFTER for d in looking)
    points, why = urgency(result, silent=silent)
    basics, step = result.basics.counts, result.steps[0] if result.steps else None
    states = [s.state for s in result.assessment.controls.values()]
    values = {
        "judged_at": timezone.now(),
        "size": _choice(result.assessment.profile, "company-size"),
        "industry": _choice(result.assessment.profile, "industry"),
        "prefecture": company.prefecture,
        "basics_met": basics["met"] + basics["not_applicable"],
        "basics_open": basics["not_met"] + basics["partly"],
        "basics_unknown": basics["unknown"],
        "basics_of": len(result.basics.items),
        "not_met": states.count("not_met") + states.count("partly"),
        "unknown": states.count("unknown"),
        "contradictions": len(result.disagreements),
        "devices": len(devices),
        "step": step.control if step else "",
        "step_kind": step.kind if step else "",
        "urgency": points,
        "why": why,
        "last_seen_at": max(seen, default=None),
    }
    rows = Standing.objects.of(company)
    Standing.objects.of(company).filter(stale_since__lte=asked_at).update(stale_since=None)
    if not rows.update(**values):
        rows.create(company=company, **values)


def _keep_states(company: Company, assessment: Assessment) -> None:
    rows = {row.control: row for row in ControlState.objects.of(company)}
    changed, new = [], []
    for id_, standing in assessment.controls.items():
        values = (standing.state, standing.headline.reason, standing.contradiction)
        row = rows.get(id_)
        if row is None:
            row = ControlState(company=company, control=id_)
            new.append(row)
        elif (row.state, row.reason, row.contradiction) != values:
            changed.append(row)
        row.state, row.reason, row.contradiction = values
    states = ControlState.objects.of(company)
    states.bulk_create(new)
    states.bulk_update(changed, ["state", "reason", "contradiction"])
    states.exclude(control__in=assessment.controls).delete()


def _keep_history(company: Company, result: Result) -> None:
    """Keep a line when something changed, and otherwise at most one a day."""
    assessment = result.assessment
    states: dict[str, State] = {id_: s.state for id_, s in assessment.controls.items()}
    last = Assessed.objects.of(company).order_by("-as_of", "-pk").first()
    if last is not None and last.states == states:
        today = timezone.localdate()
        if timezone.localdate(last.as_of) == today:
            return
    basics = result.basics.counts
    values = list(states.values())
    Assessed.objects.of(company).create(
        company=company,
        as_of=assessment.as_of,
        catalog_version=assessment.catalog_version,
        revisions=assessment.check_revisions,
        states=states,
        basics_met=basics["met"] + basics["not_applicable"],
        basics_of=len(result.basics.items),
        met=values.count("met"),
        unknown=values.count("unknown"),
    )


def mark_stale(company: Company) -> None:
    """Note that something arrived which has not been judged yet."""
    Standing.objects.of(company).filter(stale_since=None).update(stale_since=timezone.now())
