"""Applies one check to one subject's observations. Unknown can never come out as met here."""

from collections.abc import Iterable
from datetime import datetime

from tojimari.assess.check import Check, Facts, Verdict
from tojimari.catalog import Catalog
from tojimari.model import Finding, NotSeen, Observation, Subject


def _latest(observations: Iterable[Observation], kind: str) -> Observation | None:
    mine = [o for o in observations if o.kind == kind and o.source == "measured"]
    # Ties are broken by id so that the order of the input never matters.
    return max(mine, key=lambda o: (o.last_confirmed_at, o.id), default=None)


def _unknown(
    check: Check, subject: Subject, as_of: datetime, reason: str, why: NotSeen, **numbers: object
) -> Finding:
    return Finding(
        control=check.control,
        subject=subject,
        state="unknown",
        source="measured",
        reason=reason,
        as_of=as_of,
        numbers=numbers,
        not_seen=why,
        check_revision=check.revision,
    )


def look_again(subject: Subject, check: Check) -> str:
    """Return the command that looks at ``subject`` again for ``check``."""
    if check.on_request:
        return f"{check.on_request} {subject.id}"
    if subject.kind == "device":
        return "tojimari check"
    # The command tells a name from an address by the option.
    option = "--address " if subject.kind == "network" else ""
    return f"tojimari site {option}{subject.id}"


def judge(
    check: Check,
    observations: Iterable[Observation],
    *,
    subject: Subject,
    catalog: Catalog,
    as_of: datetime,
) -> Finding:
    """Return the finding of ``check`` about ``subject`` at ``as_of``.

    A declared fact that is missing, was not seen or is older than its kind allows gives
    "unknown" without asking the check. An exception in the check is our own bug and gives
    "unknown" too.
    """
    mine = [o for o in observations if o.subject == subject and o.observed_at <= as_of]
    found: dict[str, Observation] = {}
    for kind in (*check.reads, *check.also):
        observation = _latest(mine, kind)
        needed = kind in check.reads
        if observation is None:
            if needed:
                return _unknown(check, subject, as_of, "not_looked", NotSeen("not_looked"))
            continue
        if observation.fields is None:
            if needed:
                why = observation.not_seen or NotSeen("our_bug")
                return _unknown(check, subject, as_of, "could_not_see", why)
            continue
        age_days = (as_of - observation.last_confirmed_at).days
        if age_days > catalog.facts[kind].max_age_days:
            if needed:
                why = NotSeen("too_old", see_with=look_again(subject, check))
                return _unknown(check, subject, as_of, "too_old", why, days=age_days)
            continue
        found[kind] = observation
    facts = Facts({kind: o.fields or {} for kind, o in found.items()}, as_of)
    try:
        verdict = check.judge(facts, catalog)
    except Exception as error:  # noqa: BLE001  # a bug in one check must not hide the others
        why = NotSeen("our_bug", detail=f"{type(error).__name__}: {error}"[:300])
        return _unknown(check, subject, as_of, "our_bug", why)
    return Finding(
        control=check.control,
        subject=subject,
        state=verdict.state,
        source="measured",
        reason=verdict.reason,
        as_of=as_of,
        numbers=verdict.numbers,
        rests_on=tuple(sorted(o.id for o in found.values())),
        not_seen=_why_unknown(verdict, found) if verdict.state == "unknown" else None,
        check_revision=check.revision,
    )


def _why_unknown(verdict: Verdict, found: dict[str, Observation]) -> NotSeen:
    if verdict.because_of:
        kind, field = verdict.because_of
        if kind in found and field in found[kind].partly_not_seen:
            return found[kind].partly_not_seen[field]
    return verdict.not_seen or NotSeen("not_looked")
