"""Builds observations for tests and judges one control with the real engine and catalog."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tojimari.assess.check import Facts, all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.model import (
    Fact,
    Finding,
    NotSeen,
    Observation,
    StoredObservation,
    Subject,
    new_id,
    restored,
    seen,
    stored,
    unseen,
)
from tojimari.model.facts import DeviceTimeSync, fact_kinds, read_fact

AS_OF = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DEVICE = Subject("device", "test-device")
SEEN_FROM_OUTSIDE = {
    "site": Subject("site", "shop.example"),
    "mail_domain": Subject("mail_domain", "shop.example"),
    "network": Subject("network", "192.0.2.1"),
}


def subject_of(kind: str) -> Subject:
    """Return what a test's fact of ``kind`` is about."""
    return SEEN_FROM_OUTSIDE.get(kind.partition(".")[0], DEVICE)


def fact(
    kind: str,
    fields: dict[str, Any] | None = None,
    *,
    not_seen: NotSeen | None = None,
    age_days: int = 0,
    partly_not_seen: dict[str, NotSeen] | None = None,
    subject: Subject | None = None,
    version: int | None = None,
) -> Observation:
    """Return a measured observation; the fields must fit the kind's ``version`` (the newest)."""
    at = AS_OF - timedelta(days=age_days)
    made = restored(
        StoredObservation(
            id=new_id(),
            kind=kind,
            kind_version=version or fact_kinds()[kind].VERSION,
            subject=subject or subject_of(kind),
            source="measured",
            observed_at=at,
            last_confirmed_at=at,
            fields=fields,
            not_seen=not_seen,
            partly_not_seen=partly_not_seen or {},
        )
    )
    assert made.unread is None, made.not_seen
    return made


def measured(
    fact: Fact, *, age_days: int = 0, partly_not_seen: dict[str, NotSeen] | None = None
) -> Observation:
    """Return the measured observation of ``fact``, as a store hands it out."""
    at = AS_OF - timedelta(days=age_days)
    subject = subject_of(fact.KIND)
    made = restored(stored(seen(fact, subject=subject, at=at, partly_not_seen=partly_not_seen)))
    assert made.unread is None, made.not_seen
    return made


def not_measured(kind: type[Fact], why: NotSeen) -> Observation:
    """Return the observation that a fact of ``kind`` was looked for and not seen."""
    return unseen(kind, why, subject=subject_of(kind.KIND), at=AS_OF)


def judged(control: str, *observations: Observation) -> Finding:
    """Judge by the check ``control`` (its id) on the test's device, site, mail domain or network.

    The sentence must render in both languages.
    """
    catalog = load_catalog()
    check = all_checks()[control]
    subject = subject_of(check.reads[0])
    finding = judge(check, observations, subject=subject, catalog=catalog, as_of=AS_OF)
    assert finding.reason != "our_bug", finding.not_seen
    reason = catalog.reason(check.control, finding.reason)
    assert reason.text.say("ja", **finding.numbers)
    assert reason.text.say("en", **finding.numbers)
    return finding


def fields_of(observation: Observation) -> Any:
    """Return the fields as they are stored; None where the fact was not seen."""
    return stored(observation).fields


def typed_facts(facts: dict[str, Any], as_of: datetime) -> Facts:
    """Return what checks read; each value is a fact or its fields as they are stored."""
    read = {
        kind: one if isinstance(one, Fact) else read_fact(kind, fact_kinds()[kind].VERSION, one)
        for kind, one in facts.items()
        if one is not None
    }
    return Facts({kind: one for kind, one in read.items() if one is not None}, as_of)


def time_sync(
    at: datetime = AS_OF, service: str = "chrony", synchronised: bool = True
) -> Observation:
    """Return a measured clock of a device."""
    return seen(DeviceTimeSync(service, synchronised), subject=Subject("device", "d"), at=at)
