"""Judges a company's observations and keeps what lists and lines need."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from msgspec.structs import replace

from tojimari.diagnose import Diagnosis, diagnose, moment_of
from tojimari.model import OPEN, Assessment, Profile
from tojimari.portal.companies.aid import with_aid
from tojimari.portal.companies.lookers import lookers_of
from tojimari.portal.companies.models import Assessed, Company, ControlState, Standing
from tojimari.portal.companies.observations import current
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.words import say

SILENT_AFTER = timedelta(days=30)


def result_of(company: Company) -> Diagnosis:
    """Judge everything known of ``company``, now."""
    observations = current(company)
    known = with_aid(whole_catalog(), company)
    names = device_names(company)
    return diagnose(
        observations,
        company=str(company.pk),
        catalog=known,
        as_of=moment_of(observations, timezone.now()),
        device_names=names,
        prefecture=company.prefecture,
    )


def device_names(company: Company) -> dict[str, str]:
    """Return subject id -> what each computer is called; "PC 2" where nobody named the second."""
    computers = (looker for looker in lookers_of(company) if looker.looks and looker.id)
    return {
        looker.id: looker.name or say("devices.numbered", n=number)
        for number, looker in enumerate(computers, 1)
    }


def without_device_names(result: Diagnosis) -> Diagnosis:
    """Return ``result`` with its computers numbered: their names often tell whose they are."""
    numbered = {
        id_: say("devices.numbered", n=number) for number, id_ in enumerate(result.device_names, 1)
    }
    return replace(result, device_names=numbered)


def without_money(result: Diagnosis) -> Diagnosis:
    """Return ``result`` for a reader who may not know what the company said for grants."""
    return replace(result, tells_money=False)


def without_incidents(result: Diagnosis) -> Diagnosis:
    """Return ``result`` for a reader who may not know that there were incidents."""
    return replace(result, tells_incidents=False)


def catch_up(company: Company) -> Diagnosis | None:
    """Judge ``company`` and keep what lists and lines need, if something waits for that."""
    judged = Standing.objects.of(company).filter(stale_since=None)
    return None if judged.exists() else refresh(company)


def up_to_date(company: Company) -> Diagnosis:
    """Judge ``company`` now, once; what lists and lines need is kept too when it waits for that."""
    return catch_up(company) or result_of(company)


def has_looked(company: Company) -> bool:
    """Return whether a device of ``company`` was looked at; what a phone's holder says is not."""
    return any(looker.looks and looker.seen_at for looker in lookers_of(company))


def refresh(company: Company) -> Diagnosis:
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


def _choice(profile: Profile, question: str) -> str:
    chosen = profile.get(question)
    return str(chosen[0]) if isinstance(chosen, list) and chosen else ""


def _keep_standing(company: Company, result: Diagnosis, asked_at: datetime) -> None:
    devices = lookers_of(company)
    looking = [device for device in devices if device.looks]
    seen = [device.seen_at for device in looking if device.seen_at]
    silent = any((d.seen_at or d.since) < timezone.now() - SILENT_AFTER for d in looking)
    urgent = result.urgency(silent=silent)
    basics, step = result.basics.counts, result.next_step
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
        "open_items": _open_items(result),
        "not_met": states.count("not_met") + states.count("partly"),
        "unknown": states.count("unknown"),
        "contradictions": len(result.disagreements),
        "devices": len(devices),
        "step": step.control if step else "",
        "step_kind": step.kind if step else "",
        "urgency": urgent.points,
        "why": list(urgent.why),
        "last_seen_at": max(seen, default=None),
    }
    rows = Standing.objects.of(company)
    Standing.objects.of(company).filter(stale_since__lte=asked_at).update(stale_since=None)
    if not rows.update(**values):
        rows.create(company=company, **values)


def _open_items(result: Diagnosis) -> str:
    names = [item.id for item in result.basics.items if item.state in OPEN]
    return f" {' '.join(names)} " if names else ""


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


def _keep_history(company: Company, result: Diagnosis) -> None:
    """Keep a line when something changed, and otherwise at most one a day."""
    assessment = result.assessment
    states = assessment.states
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


def mark_all_stale(companies: Collection[UUID]) -> None:
    """Note, by their ids, of which companies something is known that has not been judged yet."""
    rows = Standing.objects.across("standings of companies that something new concerns")
    rows.filter(company__in=companies, stale_since=None).update(stale_since=timezone.now())
