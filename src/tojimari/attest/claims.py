"""What an assessment lets a company claim: a state an item of a framework, and what it rests on.

A claim says no more than the assessment. Its state is the item's; its evidence is the weakest that
any part of the item rests on, so one part that was only said makes the item said. How many items are
in which state is part of every claim and is always shown: nobody shows only what is fine.

An item that a look saw open can be claimed as met again only by the company's word or a paper, and
only if that look is taken away altogether: the claim then says so, and counts fewer devices.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec

from tojimari.assess.standing import ItemStanding, standing
from tojimari.catalog import Framework
from tojimari.model import Assessment, ControlStanding, State, count_states, declared
from tojimari.model.assessment import MIXED
from tojimari.model.japan import JAPAN

Evidence = Literal["measured", "reviewed", "paper", "said", "none"]
"""What a claim rests on. ``measured``: programs looked; ``reviewed``: somebody who helps the company
looked at what it says or has on paper; ``paper``: a paper or record is registered; ``said``: the
company's word; ``none``: nothing is known."""

EVIDENCE: tuple[Evidence, ...] = ("none", "said", "paper", "reviewed", "measured")
"""The kinds of evidence, from the weakest to the strongest."""

REVIEW_DAYS = 365
"""How long a review counts."""

_OF_BASIS: Mapping[str, Evidence] = {
    "measured": "measured",
    "document": "paper",
    "record": "paper",
    "answered": "said",
    MIXED: "said",  # of the devices that nobody looked at the company said it
}
_DEVICE = "device"


class Review(msgspec.Struct, frozen=True):
    """That somebody who helps the company looked at what it says of an item, and agrees.

    Attributes:
        item: id of the item in the framework.
        by: who, as it is shown.
        on: the day in Japan.
        rests_on: ids of the observations that the item rested on. What came later was not reviewed.
    """

    item: str
    by: str
    on: date
    rests_on: frozenset[str]


class ItemClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is claimed of one item of a framework.

    Attributes:
        id: the item's id in the catalog.
        state: met, partly, not_met, unknown, not_applicable.
        evidence: the weakest that it rests on; "none" for what is unknown.
        seen: on how many devices each part that is measured on devices was seen, at least; None
            where no part was.
        known: how many devices there are, as the company said, or as many as were seen where that
            is more; None where it did not say.
        left_out: how many of the item's parts do not apply, by the company's word.
        reviewed_by: who reviewed it, "" for nobody; reviewed_on: the day, as ISO text.
    """

    id: str
    state: State
    evidence: Evidence
    seen: int | None = None
    known: int | None = None
    left_out: int = 0
    reviewed_by: str = ""
    reviewed_on: str = ""


class Devices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of how many devices something was measured, of how many there are (None: not said).

    Where more were seen than the company said it has, there are as many as were seen.
    """

    seen: int
    known: int | None


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is claimed of a company in one framework.

    Attributes:
        framework: id in the catalog; framework_version: the edition's version there.
        as_of: the day in Japan that was judged for.
        catalog_version: version of the catalog whose rules judged.
        check_revisions: revision of each check that found something, by its id.
        counts: state -> number of items; all five are there.
        met_by: evidence -> number of items that are met by it; sums to ``counts["met"]``.
        devices: devices seen, of devices known.
        items: one claim an item, in the framework's order.
    """

    framework: str
    framework_version: str
    as_of: date
    catalog_version: str
    check_revisions: dict[str, int]
    counts: dict[State, int]
    met_by: dict[Evidence, int]
    devices: Devices
    items: tuple[ItemClaim, ...]


def claims(
    framework: Framework, assessment: Assessment, *, reviews: Iterable[Review] = ()
) -> Claims:
    """Return what may be claimed in ``framework`` by ``assessment``. Pure."""
    where = standing(framework, assessment)
    as_of = assessment.as_of.astimezone(JAPAN).date()
    newest = newest_reviews(reviews)
    devices = _devices(assessment)
    items = tuple(_claim(item, assessment, devices, newest.get(item.id)) for item in where.items)
    used = {control for item in where.items for control in item.controls}
    return Claims(
        framework=framework.id,
        framework_version=framework.version,
        as_of=as_of,
        catalog_version=assessment.catalog_version,
        check_revisions=_revisions(used, assessment),
        counts=count_states(item.state for item in items),
        met_by=met_by(items),
        devices=devices,
        items=items,
    )


def claim_of(
    item: ItemStanding, assessment: Assessment, *, review: Review | None = None
) -> ItemClaim:
    """Return what may be claimed of one thing that rests on controls: the same rule as ``claims``."""
    return _claim(item, assessment, _devices(assessment), review)


def newest_reviews(reviews: Iterable[Review]) -> dict[str, Review]:
    """Return the newest review of each item."""
    return {one.item: one for one in sorted(reviews, key=lambda one: (one.on, one.by))}


def met_by(items: Iterable[ItemClaim]) -> dict[Evidence, int]:
    """Return how many of ``items`` are met, by what they rest on, the strongest first."""
    met = [item.evidence for item in items if item.state == "met"]
    return {one: met.count(one) for one in reversed(EVIDENCE) if one != "none"}


def observations_of(controls: Collection[str], assessment: Assessment) -> frozenset[str]:
    """Return the ids of every observation that speaks of ``controls``."""
    return frozenset(
        id_
        for control in controls
        for finding in assessment.controls[control].findings
        for id_ in finding.rests_on
    )


def _claim(
    item: ItemStanding, assessment: Assessment, devices: Devices, review: Review | None
) -> ItemClaim:
    parts = [assessment.controls[control] for control in item.controls]
    applying = [part for part in parts if part.state != "not_applicable"]
    on_devices = [part for part in applying if _seen_on_devices(part)]
    plain = ItemClaim(
        id=item.id,
        state=item.state,
        evidence=_evidence(item.state, applying or parts),
        seen=min(part.covered for part in on_devices) if on_devices else None,
        known=devices.known if on_devices else None,
        left_out=sum(part.state == "not_applicable" and _is_said(part) for part in parts),
    )
    return _reviewed(plain, item, assessment, review)


def _evidence(state: State, parts: Iterable[ControlStanding]) -> Evidence:
    """Return the weakest evidence of what is known of an item."""
    if state == "unknown":
        return "none"
    known = [_OF_BASIS.get(part.basis, "none") for part in parts if part.state != "unknown"]
    return min(known, key=EVIDENCE.index, default="none")


def _is_said(part: ControlStanding) -> bool:
    return _OF_BASIS.get(part.basis) == "said"


def _seen_on_devices(part: ControlStanding) -> bool:
    return any(finding.subject.kind == _DEVICE for finding in part.measured)


def _reviewed(
    claim: ItemClaim,
    item: ItemStanding,
    assessment: Assessment,
    review: Review | None,
) -> ItemClaim:
    """Return ``claim`` with its review, which changes what it rests on and never its state."""
    if review is None or claim.evidence not in ("said", "paper"):
        return claim
    as_of = assessment.as_of.astimezone(JAPAN).date()
    if not 0 <= (as_of - review.on).days <= REVIEW_DAYS:
        return claim
    if not observations_of(item.controls, assessment) <= review.rests_on:
        return claim
    return msgspec.structs.replace(
        claim, evidence="reviewed", reviewed_by=review.by, reviewed_on=review.on.isoformat()
    )


def _revisions(controls: Collection[str], assessment: Assessment) -> dict[str, int]:
    found = {
        finding.control: finding.check_revision
        for control in controls
        for finding in assessment.controls[control].measured
        if finding.check_revision
    }
    return dict(sorted(found.items()))


def _devices(assessment: Assessment) -> Devices:
    seen = {
        finding.subject.id
        for part in assessment.controls.values()
        for finding in part.measured
        if finding.subject.kind == _DEVICE and finding.state != "unknown"
    }
    said = assessment.profile.get(declared(_DEVICE).counted_by)
    return Devices(len(seen), max(said, len(seen)) if isinstance(said, int) else None)
