"""What came of a drill: first how many reported it and how soon, then the rest with its difficulty."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Literal

import msgspec

from tojimari.catalog.phish_scale import DIFFICULTIES, Difficulty
from tojimari.drills.intervals import Share, share
from tojimari.drills.outcome import Outcome, Reason

WHOLE_ONLY_BELOW = 10
"""Where it was delivered to fewer people there is one set of figures."""
GROUP_AT_LEAST = 5
"""Smaller groups are merged: what is said of few is said of persons."""
OTHERS = ""
"""Name of the group that the small ones are merged into."""
Hidden = Literal["", "no_groups", "few_people", "one_group"]


class Figures(msgspec.Struct, frozen=True):
    """What people did, of those a mail was delivered to.

    Attributes:
        people: to whom one was to go.
        acted: clicked, typed, answered or opened the file.
        clicked: took a step on the page, from the link.
        reported_after: of those who acted, so many reported it.
        first_report: from the first mail delivered to the first report; None: nobody reported.
        usual_report: half of those who reported did so within this time of their own mail.
        fetches: how often links were asked for; never clicks.
        machines: how many fetches, steps and answers were set aside as machines'.
        set_aside: why.
        unclear: people whose link was asked for by who knows what, and who took no step.
    """

    people: int
    delivered: int
    reported: Share
    acted: Share
    clicked: Share
    typed: Share
    replied: Share
    attachment: Share
    reported_after: Share
    first_report: timedelta | None
    usual_report: timedelta | None
    fetches: int
    machines: int
    set_aside: dict[Reason, int]
    unclear: int = 0


class GroupFigures(msgspec.Struct, frozen=True):
    """Figures of one group; ``names``: those merged, more than one where they were too small."""

    name: str
    names: tuple[str, ...]
    figures: Figures


class Results(msgspec.Struct, frozen=True):
    """What may be shown of a drill.

    Attributes:
        by_difficulty: the figures of those who got a mail so hard to detect.
            Empty where one of several parts would speak of fewer than ``GROUP_AT_LEAST`` people.
        groups: empty where ``hidden`` says why.
    """

    whole: Figures
    by_difficulty: dict[Difficulty, Figures]
    groups: tuple[GroupFigures, ...] = ()
    hidden: Hidden = "no_groups"


def figures(outcomes: Collection[Outcome]) -> Figures:
    """Return the figures of ``outcomes``."""
    got = [one for one in outcomes if one.delivered]
    of = len(got)
    acted = [one for one in got if one.fell_for_it]
    sent = [one.sent_at for one in got if one.sent_at is not None]
    reports = [one.reported_at for one in got if one.reported_at is not None]
    own = [
        max(one.reported_at - one.sent_at, timedelta(0))
        for one in got
        if one.reported_at is not None and one.sent_at is not None
    ]
    set_aside: dict[Reason, int] = defaultdict(int)
    for one in outcomes:
        for reason, number in one.set_aside.items():
            set_aside[reason] += number
    return Figures(
        people=len(outcomes),
        delivered=of,
        reported=share(len(reports), of),
        acted=share(len(acted), of),
        clicked=share(sum(one.clicked_at is not None for one in got), of),
        typed=share(sum(one.typed_at is not None for one in got), of),
        replied=share(sum(one.replied_at is not None for one in got), of),
        attachment=share(sum(one.attachment_at is not None for one in got), of),
        reported_after=share(sum(one.reported_at is not None for one in acted), len(acted)),
        first_report=max(min(reports) - min(sent), timedelta(0)) if reports and sent else None,
        usual_report=sorted(own)[(len(own) - 1) // 2] if own else None,
        fetches=sum(one.fetches for one in outcomes),
        machines=sum(one.machines for one in outcomes),
        set_aside=dict(sorted(set_aside.items())),
        unclear=sum(one.unclear > 0 and not one.fell_for_it for one in outcomes),
    )


def summarise(
    outcomes: Mapping[str, Outcome],
    groups: Mapping[str, str] | None = None,
    difficulties: Mapping[str, Difficulty] | None = None,
) -> Results:
    """Return what may be shown of a drill.

    groups: recipient -> name of the group; who has none belongs to the others. difficulties:
    recipient -> how hard their mail was to detect.
    """
    shown, hidden = _groups(outcomes, groups or {})
    return Results(
        whole=figures(list(outcomes.values())),
        by_difficulty=_by_difficulty(outcomes, difficulties or {}),
        groups=shown,
        hidden=hidden,
    )


def _by_difficulty(
    outcomes: Mapping[str, Outcome], difficulties: Mapping[str, Difficulty]
) -> dict[Difficulty, Figures]:
    """Return the figures of each difficulty; none where one of several would speak of few people."""
    parts: dict[Difficulty | None, list[Outcome]] = defaultdict(list)
    for recipient, outcome in outcomes.items():
        parts[difficulties.get(recipient)].append(outcome)
    if len(parts) > 1 and any(_delivered(part) < GROUP_AT_LEAST for part in parts.values()):
        return {}
    return {each: figures(parts[each]) for each in DIFFICULTIES if each in parts}


def _delivered(outcomes: Collection[Outcome]) -> int:
    return sum(one.delivered for one in outcomes)


def _groups(
    outcomes: Mapping[str, Outcome], groups: Mapping[str, str]
) -> tuple[tuple[GroupFigures, ...], Hidden]:
    if not any(groups.get(recipient) for recipient in outcomes):
        return (), "no_groups"
    if _delivered(outcomes.values()) < WHOLE_ONLY_BELOW:
        return (), "few_people"
    members: dict[str, list[Outcome]] = defaultdict(list)
    for recipient, outcome in outcomes.items():
        members[groups.get(recipient, OTHERS)].append(outcome)
    merged = _merged({name: _delivered(of) for name, of in members.items()})
    if len(merged) < 2:
        return (), "one_group"
    return tuple(
        GroupFigures(
            names[0] if len(names) == 1 else OTHERS,
            names,
            figures([one for name in names for one in members[name]]),
        )
        for names in merged
    ), ""


def _merged(sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return which groups are shown together: each part has ``GROUP_AT_LEAST`` people or more.

    The small ones become one; where that is still too small the next larger group joins it, so that
    nothing follows by taking the shown ones from the whole.
    """
    by_size = sorted(sizes, key=lambda name: (sizes[name], name))
    small = [name for name in by_size if sizes[name] < GROUP_AT_LEAST]
    large = [name for name in by_size if sizes[name] >= GROUP_AT_LEAST]
    if small and sum(sizes[name] for name in small) < GROUP_AT_LEAST and large:
        small.append(large.pop(0))
    parts: list[tuple[str, ...]] = [(name,) for name in sorted(large)]
    return [*parts, tuple(sorted(small))] if small else parts
