"""What a person is told: signals put together by rules that are data. Pure: no clock, no file."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import msgspec

from tojimari.catalog.watch_rule import Level, SignalKind, WatchRule
from tojimari.model import Lang
from tojimari.model.japan import JAPAN
from tojimari.watch.familiar import Rhythm
from tojimari.watch.ledger import Log, LogDay, Sighting
from tojimari.watch.signal import SEVERITIES, is_inside

SILENT_AFTER = timedelta(hours=26)
"""So long a watch that writes every day may be quiet: a day, and some slack for its rotation."""
DIGEST_EVERY = timedelta(hours=24)
_NAMED = 3
"""Things of a kind that a sentence names."""


class Notice(msgspec.Struct, frozen=True):
    """One matter that is told.

    Attributes:
        id: the same for the same matter, short enough to be typed.
        rule: id of the rule.
        about: what the matter's signals have in common: what "that was us" silences.
        level: how it is told.
        first, last: when it began and was seen last (UTC).
        n: how many signals.
        sources, targets, names: some of who did it, to what, and what the engines call it.
        engines: titles of the engines that saw it.
        logs: ids of the logs that said it.
    """

    id: str
    rule: str
    about: str
    level: Level
    first: datetime
    last: datetime
    n: int
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...]
    engines: tuple[str, ...]
    logs: tuple[int, ...]

    def values(self) -> dict[str, object]:
        """Return what the rule's sentences may name."""
        return {
            "n": self.n,
            "source": ", ".join(self.sources) or "-",
            "target": ", ".join(self.targets) or "-",
            "name": ", ".join(self.names) or "-",
            "engine": ", ".join(self.engines) or "-",
            "since": f"{self.first.astimezone(JAPAN):%Y-%m-%d %H:%M}",
        }


def _fits(rule: WatchRule, seen: Sighting) -> bool:
    if seen.kind != rule.kind:
        return False
    if SEVERITIES.index(seen.severity) < SEVERITIES.index(rule.severity):
        return False
    if rule.stopped != "any" and (seen.stopped is True) != (rule.stopped == "yes"):
        return False
    return rule.side == "either" or is_inside(seen.source) == (rule.side == "inside")


def _about(rule: WatchRule, seen: Sighting) -> str:
    return "\n".join(f"{field}={getattr(seen, field)}" for field in rule.group_by)


def _worth(rule: WatchRule, window: Collection[Sighting]) -> int:
    """Return how many of what the rule counts stand in a window."""
    match rule.count_of:
        case "times":
            return sum(seen.n for seen in window)
        case "targets":
            return len({seen.target for seen in window})
        case "sources":
            return len({seen.source for seen in window})
        case "days":
            return len({day for seen in window for day in _days(seen)})


def _days(seen: Sighting) -> Iterator[date]:
    day, end = seen.first.astimezone(JAPAN).date(), seen.last.astimezone(JAPAN).date()
    while day <= end:
        yield day
        day += timedelta(days=1)


def _reaches(rule: WatchRule, mine: list[Sighting]) -> bool:
    """Whether a window of the rule's length holds enough; ``mine`` by when each began."""
    length = timedelta(minutes=rule.within_minutes)
    begin = 0
    for end in range(len(mine)):
        while mine[end].first - mine[begin].first > length:
            begin += 1
        if _worth(rule, mine[begin : end + 1]) >= rule.at_least:
            return True
    return False


def _unsettled(
    rule: WatchRule, mine: Iterable[Sighting], all_: Iterable[Sighting], as_of: datetime
) -> list[Sighting]:
    """Return what nothing settled in time, and what has waited long enough."""
    if not rule.wait_minutes:
        return list(mine)
    wait = timedelta(minutes=rule.wait_minutes)
    settling = [seen for seen in all_ if seen.kind == rule.settled_by]
    same_kind = rule.settled_by == rule.kind
    return [
        seen
        for seen in mine
        if as_of - seen.last >= wait
        and not any(
            (one.log == seen.log or (same_kind and seen.target and one.target == seen.target))
            and one.last >= seen.first
            and (one.first - seen.last <= wait or not same_kind)
            and (not same_kind or (one.stopped is True and one.name == seen.name))
            for one in settling
        )
    ]


def _some(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({word for word in words if word})[:_NAMED])


def _notice(rule: WatchRule, about: str, mine: list[Sighting], titles: Mapping[int, str]) -> Notice:
    return Notice(
        id=hashlib.blake2b(f"{rule.id}\n{about}".encode(), digest_size=4).hexdigest(),
        rule=rule.id,
        about=about,
        level=rule.level,
        first=min(seen.first for seen in mine),
        last=max(seen.last for seen in mine),
        n=sum(seen.n for seen in mine),
        sources=_some(seen.source for seen in mine),
        targets=_some(seen.target for seen in mine),
        names=_some(seen.name for seen in mine),
        engines=_some(titles.get(seen.log, "") for seen in mine),
        logs=tuple(sorted({seen.log for seen in mine})),
    )


def notices(
    sightings: Iterable[Sighting],
    rules: Iterable[WatchRule],
    *,
    titles: Mapping[int, str],
    as_of: datetime,
    silences: Mapping[tuple[str, str], datetime] | None = None,
) -> list[Notice]:
    """Return every matter that is worth telling as of a moment, the most pressing rule first.

    titles: id of a log -> title of its engine.
    silences: (rule, about) -> until when somebody said that it was them.
    """
    seen_so_far = sorted(
        (seen for seen in sightings if seen.first <= as_of),
        key=lambda seen: (seen.first, seen.log, seen.kind, seen.source, seen.target, seen.name),
    )
    silent = {key for key, until in (silences or {}).items() if until > as_of}
    found: list[Notice] = []
    for rule in rules:
        if rule.level == "line":
            continue
        groups: dict[str, list[Sighting]] = {}
        for seen in seen_so_far:
            if _fits(rule, seen):
                groups.setdefault(_about(rule, seen), []).append(seen)
        for about, mine in sorted(groups.items()):
            left = _unsettled(rule, mine, seen_so_far, as_of)
            if left and (rule.id, about) not in silent and _reaches(rule, left):
                found.append(_notice(rule, about, left, titles))
    return found


def due(
    found: Iterable[Notice],
    rules: Mapping[str, WatchRule],
    told: Mapping[str, tuple[datetime, bool]],
    *,
    as_of: datetime,
) -> list[Notice]:
    """Return what is told now: what cannot wait at once, all else together once a day.

    told: id of a notice -> when it was told last, and whether that was at once. The same matter is
    told again only after its rule's days, and only if it went on meanwhile.
    """

    def is_new(one: Notice) -> bool:
        before = told.get(one.id)
        if before is None:
            return True
        return as_of - before[0] >= timedelta(days=rules[one.rule].again_days) and (
            one.last > before[0]
        )

    digests = [at for at, at_once in told.values() if not at_once]
    day_is_due = not digests or as_of - max(digests) >= DIGEST_EVERY
    return [one for one in found if is_new(one) and (one.level == "now" or day_is_due)]


def fallen_silent(
    logs: Iterable[Log],
    beats: Callable[[str], bool],
    *,
    listening_since: datetime,
    as_of: datetime,
) -> list[Sighting]:
    """Return the watches that write every day and have not, as signals.

    beats: whether an engine (its id) writes at least once a day.
    listening_since: since when somebody listens without a pause: what is written while the
        computer sleeps cannot be missed.
    """
    silent = []
    for log in logs:
        since = max(log.last_line_at or log.added_at, listening_since)
        if beats(log.engine) and as_of - since >= SILENT_AFTER:
            at = log.last_line_at or log.added_at
            silent.append(
                Sighting(log.id, "silent", "", str(log.path), "", "medium", None, at, at, 1)
            )
    return silent


def steady_calls(rule: WatchRule, rhythms: Iterable[Rhythm]) -> list[Sighting]:
    """Return the calls that are as steady as a rule asks, as signals."""
    wanted = rule.steady
    if wanted is None:
        return []
    return [
        Sighting(
            log=one.log,
            kind=rule.kind,
            source=one.source,
            target=one.target,
            name=f"{one.mean:.0f}",
            severity="high",
            stopped=False,
            first=datetime.fromtimestamp(one.first, UTC),
            last=datetime.fromtimestamp(one.last, UTC),
            n=one.n,
        )
        for one in rhythms
        if one.jitter <= wanted.most_jitter
        and wanted.shortest_seconds <= one.mean <= wanted.longest_seconds
        and (one.new or not wanted.only_new)
        and not (one.named and wanted.only_nameless)
    ]


def day_line(days: Iterable[LogDay], kinds: Iterable[SignalKind], lang: Lang) -> str:
    """Return one line on what was seen in a day; "" where nothing that is named was."""
    days = list(days)
    parts = []
    for kind in kinds:
        n = sum(day.signals.get(kind.id, (0, 0))[0] for day in days)
        if n and kind.shown:
            parts.append(kind.line.say(lang, n=n))
    return ("、" if lang == "ja" else "; ").join(parts)
