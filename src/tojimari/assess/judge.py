"""Applies one check to one subject's observations. Unknown can never come out as met here."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tojimari.assess.check import Check, Facts, Verdict
from tojimari.catalog import Catalog
from tojimari.model import (
    FIRST_HAND,
    OPEN,
    Finding,
    NotSeen,
    Observation,
    Source,
    Subject,
    UnknownReason,
)

_PASSES: tuple[UnknownReason, ...] = (
    "timed_out",
    "unreachable",
    "error_answered",
    "nonsense",
    "newer_version",
    "our_bug",
)
"""Why a fact was not seen this time, though it may be another time."""


def _latest(observations: Iterable[Observation], kind: str) -> Observation | None:
    mine = [o for o in observations if o.kind == kind and o.source in FIRST_HAND]
    # Ties are broken so that the order of the input never matters; of a fact and a look that saw
    # nothing in the same second the store hands out both only where the look was the later one.
    return max(mine, key=lambda o: (o.last_confirmed_at, o.fact is None, o.id), default=None)


def _passes(why: NotSeen) -> bool:
    """Say whether what was seen before may still be so, and nothing the owner runs would tell."""
    return why.reason in _PASSES or (why.reason == "no_permission" and not why.see_with)


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
    return subject.declaration.look_again.format(id=subject.id)


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

    What was found open stays open while it cannot be seen again, until it is too old: a site that
    is down for an hour has no fewer holes, and being taken offline is what follows an intrusion.
    The finding then says in ``not_seen`` why it rests on an earlier look, and in
    ``numbers["seen_on"]`` of which day. What was fine is unknown. A fact that only helps is taken
    from an earlier look where nothing else keeps open what it showed.
    """
    gathered = _gather(check, observations, subject, catalog, as_of)
    if isinstance(gathered, Finding):
        return gathered
    try:
        verdict, stays = gathered.judged(check, catalog, as_of)
    except Exception as error:  # noqa: BLE001  # a bug in one check must not hide the others
        why = NotSeen("our_bug", detail=f"{type(error).__name__}: {error}"[:300])
        return _unknown(check, subject, as_of, "our_bug", why)
    found = gathered.fresh | {kind: one for kind, (one, _) in stays.items()}
    not_seen = _why_unknown(verdict, found) if verdict.state == "unknown" else None
    numbers = verdict.numbers
    if stays:
        oldest, not_seen = min(stays.values(), key=lambda one: one[0].last_confirmed_at)
        if verdict.state not in OPEN:
            return _unknown(check, subject, as_of, "could_not_see", not_seen)
        numbers = numbers | {"seen_on": oldest.last_confirmed_at.date().isoformat()}
    return Finding(
        control=check.control,
        subject=subject,
        state=verdict.state,
        source=_source(found.values()),
        reason=verdict.reason,
        as_of=as_of,
        numbers=numbers,
        rests_on=tuple(sorted(o.id for o in found.values())),
        not_seen=not_seen,
        check_revision=check.revision,
    )


_Earlier = Mapping[str, tuple[Observation, NotSeen]]
"""Fact kind -> the earlier look that saw it, and why it was not seen this time."""


class _Gathered(msgspec.Struct, frozen=True):
    """The facts a check may read: those of the newest look, and those of an earlier one."""

    fresh: dict[str, Observation]
    earlier: dict[str, tuple[Observation, NotSeen]]

    def judged(self, check: Check, catalog: Catalog, as_of: datetime) -> tuple[Verdict, _Earlier]:
        """Return the verdict, and the earlier facts it rests on."""
        needed = {kind: one for kind, one in self.earlier.items() if kind in check.reads}
        verdict = self._asked(needed, check, catalog, as_of)
        if verdict.state not in OPEN and len(self.earlier) > len(needed):
            # A fact that only helps counts as it was before only where it kept something open.
            with_all = self._asked(self.earlier, check, catalog, as_of)
            if with_all.state in OPEN:
                return with_all, self.earlier
        return verdict, needed

    def _asked(self, earlier: _Earlier, check: Check, catalog: Catalog, as_of: datetime) -> Verdict:
        held = {**self.fresh, **{kind: one for kind, (one, _) in earlier.items()}}
        seen = {kind: o.fact for kind, o in held.items() if o.fact is not None}
        return check.judge(Facts(seen, as_of), catalog)


def _gather(
    check: Check,
    observations: Iterable[Observation],
    subject: Subject,
    catalog: Catalog,
    as_of: datetime,
) -> _Gathered | Finding:
    """Return the facts that ``check`` may read, or why one that it needs is unknown."""
    mine = [o for o in observations if o.subject == subject and o.observed_at <= as_of]
    fresh: dict[str, Observation] = {}
    earlier: dict[str, tuple[Observation, NotSeen]] = {}

    def too_old(observation: Observation) -> bool:
        age = as_of - observation.last_confirmed_at
        return age.days > catalog.facts[observation.kind].max_age_days

    for kind in (*check.reads, *check.also):
        observation = _latest(mine, kind)
        needed = kind in check.reads
        if observation is None:
            if needed:
                return _unknown(check, subject, as_of, "not_looked", NotSeen("not_looked"))
        elif observation.fact is None:
            why = observation.not_seen or NotSeen("our_bug")
            before = _latest((o for o in mine if o.fact is not None), kind)
            if before is not None and _passes(why) and not too_old(before):
                earlier[kind] = before, why
            elif needed:
                return _unknown(check, subject, as_of, "could_not_see", why)
        elif not too_old(observation):
            fresh[kind] = observation
        elif needed:
            why = NotSeen("too_old", see_with=look_again(subject, check))
            days = (as_of - observation.last_confirmed_at).days
            return _unknown(check, subject, as_of, "too_old", why, days=days)
    return _Gathered(fresh, earlier)


def _source(found: Iterable[Observation]) -> Source:
    """Return where a finding comes from: heard, where nothing it rests on was measured."""
    sources = {observation.source for observation in found}
    return sources.pop() if len(sources) == 1 else "measured"


def _why_unknown(verdict: Verdict, found: dict[str, Observation]) -> NotSeen:
    if verdict.because_of:
        shape, field = verdict.because_of
        kind = shape.KIND
        if kind in found and field in found[kind].partly_not_seen:
            return found[kind].partly_not_seen[field]
    return verdict.not_seen or NotSeen("not_looked")
