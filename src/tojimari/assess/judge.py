"""Applies one check to one subject's observations. Unknown can never come out as met here."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tojimari.assess.check import Check, Facts, Verdict
from tojimari.assess.roll_up import OPEN_ON
from tojimari.catalog import Catalog
from tojimari.model import (
    FIRST_HAND,
    OPEN,
    Finding,
    NotSeen,
    Number,
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
    check: Check, subject: Subject, as_of: datetime, reason: str, why: NotSeen, **numbers: Number
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

    A declared fact that is missing or was not seen gives "unknown" without asking the check. An
    exception in the check is our own bug and gives "unknown" too.

    Time mends nothing: what was found open stays open until a newer look sees it otherwise, also
    when it could not be seen again (a site that is down for an hour has no fewer holes) or when
    nobody looked for longer than its kind counts. The finding then says in ``not_seen`` why it
    rests on an earlier look, and in ``numbers["seen_on"]`` of which day. What was fine is unknown.
    Where the owner can make it seen with a command, it is unknown as well, and
    ``numbers["open_on"]`` says on which day it was seen open. A fact that only helps is taken from
    an earlier look where nothing else keeps open what it showed.
    """
    gathered = _gather(check, observations, subject, catalog, as_of)
    try:
        return gathered.finding(check, subject, catalog, as_of)
    except Exception as error:  # noqa: BLE001  # a bug in one check must not hide the others
        why = NotSeen("our_bug", detail=f"{type(error).__name__}: {error}"[:300])
        return _unknown(check, subject, as_of, "our_bug", why)


class _Earlier(msgspec.Struct, frozen=True):
    """An earlier look at one kind, and why a newer one does not stand in its place.

    Attributes:
        aged: it is older than its kind counts.
        shown_again: a command of the owner's would show it, or a newer look saw only a part.
    """

    observation: Observation
    why: NotSeen
    aged: bool = False
    shown_again: bool = False


class _Gathered(msgspec.Struct, frozen=True):
    """The facts a check may read: those of the newest look, and those of an earlier one.

    Attributes:
        fresh: fact kind -> the newest look, where it saw the fact and is not too old.
        earlier: fact kind -> an earlier look that saw it, or saw more of it.
        missing: fact kind -> why a fact that is needed was never seen.
    """

    fresh: dict[str, Observation]
    earlier: dict[str, _Earlier]
    missing: dict[str, tuple[str, NotSeen]]

    def finding(self, check: Check, subject: Subject, catalog: Catalog, as_of: datetime) -> Finding:
        """Return the finding; see ``judge``."""
        for reason, why in self.missing.values():
            return _unknown(check, subject, as_of, reason, why)
        needed = {
            kind: one
            for kind, one in self.earlier.items()
            if kind in check.reads and kind not in self.fresh
        }
        now = None if needed else self._asked({}, check, catalog, as_of)
        if now is not None and now.state in OPEN:
            return self._found(check, subject, now, {}, as_of)
        for held in self._looks_before(needed, now):
            verdict = self._asked(held, check, catalog, self._moment(held, check, as_of))
            if verdict.state in OPEN:
                return self._still_open(check, subject, verdict, held, as_of)
        if now is not None:
            return self._found(check, subject, now, {}, as_of)
        return _not_seen_again(check, subject, needed, as_of)

    def _looks_before(
        self, needed: dict[str, _Earlier], now: Verdict | None
    ) -> list[dict[str, _Earlier]]:
        """Return the earlier looks that may show what was open, those that are needed first.

        What was seen whole counts before a part of it only where the part decides nothing.
        """
        undecided = now is None or now.state == "unknown"
        all_ = {k: one for k, one in self.earlier.items() if undecided or k not in self.fresh}
        looks = [needed] if undecided else []
        return [*looks, all_] if len(all_) > len(needed) else looks

    def _moment(self, held: Mapping[str, _Earlier], check: Check, as_of: datetime) -> datetime:
        """Return when the facts were together seen so: age alone makes nothing open or fine."""
        if held:
            aged = [one.observation.last_confirmed_at for one in held.values() if one.aged]
            return min(aged, default=as_of)
        return max(self.fresh[kind].last_confirmed_at for kind in check.reads)

    def _asked(
        self, held: Mapping[str, _Earlier], check: Check, catalog: Catalog, at: datetime
    ) -> Verdict:
        facts = self._facts(held)
        seen = {kind: o.fact for kind, o in facts.items() if o.fact is not None}
        return check.judge(Facts(seen, at), catalog)

    def _facts(self, held: Mapping[str, _Earlier]) -> dict[str, Observation]:
        return {**self.fresh, **{kind: one.observation for kind, one in held.items()}}

    def _found(
        self,
        check: Check,
        subject: Subject,
        verdict: Verdict,
        held: Mapping[str, _Earlier],
        as_of: datetime,
        not_seen: NotSeen | None = None,
        **numbers: Number,
    ) -> Finding:
        found = self._facts(held)
        if verdict.state == "unknown":
            not_seen = _why_unknown(verdict, found)
        return Finding(
            control=check.control,
            subject=subject,
            state=verdict.state,
            source=_source(found.values()),
            reason=verdict.reason,
            as_of=as_of,
            numbers={**verdict.numbers, **numbers},
            rests_on=tuple(sorted(o.id for o in found.values())),
            not_seen=not_seen,
            check_revision=check.revision,
        )

    def _still_open(
        self,
        check: Check,
        subject: Subject,
        verdict: Verdict,
        held: dict[str, _Earlier],
        as_of: datetime,
    ) -> Finding:
        """Return that it is open as it was seen, or unknown where a command shows how it is now."""
        if not held:  # fresh, and open when it was seen: only its age speaks for less
            seen = (self.fresh[kind] for kind in check.reads)
            newest = max(seen, key=lambda o: o.last_confirmed_at)
            held = {newest.kind: _Earlier(newest, _too_old(subject, check))}
        oldest = min(held.values(), key=lambda one: one.observation.last_confirmed_at)
        day = oldest.observation.last_confirmed_at.date().isoformat()
        shown = next((one for one in held.values() if one.shown_again), None)
        if shown is not None:
            return _unknown(check, subject, as_of, "could_not_see", shown.why, **{OPEN_ON: day})
        return self._found(check, subject, verdict, held, as_of, oldest.why, seen_on=day)


def _not_seen_again(
    check: Check, subject: Subject, needed: Mapping[str, _Earlier], as_of: datetime
) -> Finding:
    """Return that what was fine is not known any more: it was not seen again, or long ago."""
    oldest = min(needed.values(), key=lambda one: one.observation.last_confirmed_at)
    if oldest.why.reason != "too_old":
        return _unknown(check, subject, as_of, "could_not_see", oldest.why)
    days = (as_of - oldest.observation.last_confirmed_at).days
    return _unknown(check, subject, as_of, "too_old", oldest.why, days=days)


def _too_old(subject: Subject, check: Check) -> NotSeen:
    return NotSeen("too_old", see_with=look_again(subject, check))


def _gather(
    check: Check,
    observations: Iterable[Observation],
    subject: Subject,
    catalog: Catalog,
    as_of: datetime,
) -> _Gathered:
    """Return the facts that ``check`` may read, and why one that it needs is not there."""
    mine = [o for o in observations if o.subject == subject and o.observed_at <= as_of]
    gathered = _Gathered({}, {}, {})

    def is_old(observation: Observation) -> bool:
        age = as_of - observation.last_confirmed_at
        return age.days > catalog.facts[observation.kind].max_age_days

    for kind in (*check.reads, *check.also):
        newest = _latest(mine, kind)
        before = _latest((o for o in mine if o.fact is not None), kind)
        whole = _latest((o for o in mine if o.fact is not None and not o.partly_not_seen), kind)
        if newest is None:
            if kind in check.reads:
                gathered.missing[kind] = "not_looked", NotSeen("not_looked")
        elif newest.fact is None:
            why = newest.not_seen or NotSeen("our_bug")
            if before is not None and why.reason != "erased":
                gathered.earlier[kind] = _Earlier(before, why, is_old(before), not _passes(why))
            elif kind in check.reads:
                gathered.missing[kind] = "could_not_see", why
        elif is_old(newest):
            gathered.earlier[kind] = _Earlier(newest, _too_old(subject, check), aged=True)
        else:
            gathered.fresh[kind] = newest
            if newest.partly_not_seen and whole is not None:
                why = next(iter(newest.partly_not_seen.values()))
                gathered.earlier[kind] = _Earlier(whole, why, is_old(whole), shown_again=True)
    return gathered


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
