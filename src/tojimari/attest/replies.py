"""What a supplier answers to one thing asked: its states, what they rest on, what is known already."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec

from tojimari.assess.standing import ItemStanding, combine
from tojimari.attest.claims import Review, claim_of
from tojimari.attest.requirements import Ask
from tojimari.model import OPEN, Assessment
from tojimari.model.japan import JAPAN

ReplyState = Literal["met", "planned", "not_met", "not_applicable", "declined"]
STATES: tuple[ReplyState, ...] = ("met", "planned", "not_met", "not_applicable", "declined")
Evidence = Literal["said", "paper", "record", "measured", "reviewed"]
EVIDENCE: tuple[Evidence, ...] = ("said", "paper", "record", "measured", "reviewed")
"""What an answer rests on, from the weakest to the strongest: the kinds of ``attest.claims``, and a
record, which a person tells apart from a paper and an assessment does not."""
BY_HAND: tuple[Evidence, ...] = ("said", "paper", "record", "reviewed")
"""What a person may say an answer rests on; only an assessment says that something was measured."""
WORDS_AT_MOST = 500
NEEDS_WORDS: tuple[ReplyState, ...] = ("not_applicable", "declined")
"""Answers that say why."""
YEARS_AHEAD = 3


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to one thing asked.

    Attributes:
        evidence: what "met" rests on; ``said`` for every other state.
        by: the day by which it is planned; None for every other state.
        words: a remark, and the reason where one is needed.
        on: the day it was answered.
        own: typed or confirmed by a person; False: taken over and not looked at yet.
        covered, known: of how many devices it was measured, and how many there are; None where
            that was not counted.
    """

    state: ReplyState
    on: date
    evidence: Evidence = "said"
    by: date | None = None
    words: str = ""
    own: bool = True
    covered: int | None = None
    known: int | None = None


def problem_of(reply: Reply, today: date) -> str:
    """Return what is wrong with an answer: ``no_day``, ``past``, ``far``, ``no_reason``; else ""."""
    if reply.state == "planned":
        if reply.by is None:
            return "no_day"
        if reply.by < today:
            return "past"
        if (reply.by - today).days > YEARS_AHEAD * 366:
            return "far"
    if reply.state in NEEDS_WORDS and not reply.words.strip():
        return "no_reason"
    return ""


def plain(reply: Reply) -> Reply:
    """Return ``reply`` with only what its state can hold: a day where planned, evidence where met."""
    met = reply.state == "met"
    return msgspec.structs.replace(
        reply,
        by=reply.by if reply.state == "planned" else None,
        evidence=reply.evidence if met else "said",
        covered=reply.covered if met else None,
        known=reply.known if met else None,
        words=reply.words[:WORDS_AT_MOST],
    )


def from_assessment(
    ask: Ask, assessment: Assessment, *, review: Review | None = None
) -> Reply | None:
    """Return what a company's assessment answers; None where anything it rests on is unknown.

    It is what a signed statement would claim of the same item (``attest.claims``), so that the two
    never differ. A control that is open makes it "not met": what is planned only a person knows, and
    so does why something does not apply.
    """
    if not ask.controls or any(id_ not in assessment.controls for id_ in ask.controls):
        return None
    states = [assessment.controls[id_].state for id_ in ask.controls]
    state = combine([*states, "unknown"] if ask.gap else states)
    claim = claim_of(ItemStanding(ask.key, state, ask.controls, ask.gap), assessment, review=review)
    on = assessment.as_of.astimezone(JAPAN).date()
    if claim.state in OPEN:
        return Reply("not_met", on, own=False)
    if claim.state != "met" or claim.evidence == "none":
        return None
    covered, known = (claim.seen, claim.known) if claim.evidence == "measured" else (None, None)
    return Reply("met", on, claim.evidence, own=False, covered=covered, known=known)


def from_given(ask: Ask, given: Mapping[str, Reply], every: Iterable[Ask]) -> Reply | None:
    """Return what earlier answers of a company answer; None where they do not.

    The same thing asked again has the same answer. Else it is met where every control behind it
    stood behind something answered "met"; such an answer rests on the weakest of those.

    given: earlier answers by key. every: the asks of those earlier requests.
    """
    same = given.get(ask.key)
    if same is not None and same.state != "declined":
        return _not_seen_now(same)
    if not ask.controls:
        return None
    behind: dict[str, list[Reply]] = {}
    for one in every:
        reply = given.get(one.key)
        if reply is None:
            continue
        if reply.state != "met" and set(one.controls) & set(ask.controls):
            return None  # something answered otherwise speaks about the same controls
        if reply.state == "met":
            for control in one.controls:
                behind.setdefault(control, []).append(reply)
    if any(control not in behind for control in ask.controls):
        return None
    weakest = [
        max(behind[control], key=lambda r: EVIDENCE.index(r.evidence)) for control in ask.controls
    ]
    evidence = min((one.evidence for one in weakest), key=EVIDENCE.index)
    oldest = min(one.on for one in weakest)
    return _not_seen_now(Reply("met", oldest, evidence))


def _not_seen_now(reply: Reply) -> Reply:
    """Return an earlier answer for another request: what was measured then is only said now."""
    evidence = "said" if reply.evidence == "measured" else reply.evidence
    return msgspec.structs.replace(reply, evidence=evidence, covered=None, known=None, own=False)


def known_reply(
    ask: Ask,
    given: Mapping[str, Reply],
    every: Iterable[Ask],
    assessment: Assessment | None,
    *,
    review: Review | None = None,
) -> Reply | None:
    """Return the answer a company has already: what it answered before, beside what was seen.

    Where its assessment now says "not met", an earlier "met" is not handed on.
    """
    earlier = from_given(ask, given, every)
    seen = from_assessment(ask, assessment, review=review) if assessment is not None else None
    if earlier is None or seen is None:
        return seen or earlier
    if earlier.state == "met" and seen.state == "not_met":
        return seen
    if earlier.state == "met" and seen.state == "met":
        return max(earlier, seen, key=lambda reply: EVIDENCE.index(reply.evidence))
    return earlier


def counts_of(replies: Iterable[Reply | None]) -> dict[str, int]:
    """Return how many are in each state; ``open`` are those without an answer."""
    found = dict.fromkeys((*STATES, "open"), 0)
    for reply in replies:
        found["open" if reply is None else reply.state] += 1
    return found
