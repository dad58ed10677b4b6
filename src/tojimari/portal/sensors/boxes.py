"""Takes in what gateway boxes say of themselves, and says it in sentences. All of it is hostile."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tojimari.box.sentences import health_in_words
from tojimari.model import Lang, Observation
from tojimari.model.facts import plain_fact
from tojimari.model.facts.box import BoxEngine, NetworkBox
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.lines import forget_lines
from tojimari.portal.sensors.models import GatewayBox
from tojimari.portal.typed import plain_name
from tojimari.portal.words import catalog

SILENT_AFTER = timedelta(days=3)
"""As long as the fact counts: a box reports once a day."""
TRIED_WITHIN = timedelta(days=1)
"""So old the last try of a line may be, before a report."""
_ENGINES_AT_MOST = 20
LEVELS = ("bad", "unknown", "fine")
"""How a box is, what needs a hand first."""
_VERSIONS_AT_MOST = 10
_MOST = 1_000_000_000


class ShownBox(msgspec.Struct, frozen=True):
    """One box in a list.

    Attributes:
        row: the box, with its computer and its company.
        lines: how it is, in sentences; the first one is what matters most.
        level: ``bad``: something does not work; ``unknown``: not heard from, or not seen whole;
            ``fine``.
        silent: it has not reported for so long that what it said counts no more.
        versions: its packages with their versions, as it said last.
    """

    row: GatewayBox
    lines: list[str]
    level: str
    silent: bool = False
    versions: tuple[str, ...] = ()


def box_heard(device: Device, facts: Sequence[Observation]) -> None:
    """Keep how a box is, where a report says so."""
    for one in facts:
        if not isinstance(one.fact, NetworkBox):
            continue
        row = GatewayBox.objects.of(device.company_id).filter(device=device).first()
        if row is not None and row.reported_at > one.observed_at:
            return
        GatewayBox.objects.of(device.company_id).update_or_create(
            device=device,
            defaults={
                "company_id": device.company_id,
                "name": one.subject.id,
                "reported_at": one.observed_at,
                "state": plain_fact(_bounded(one.fact, one.observed_at)),
            },
        )
        return


def box_forgotten(device: Device) -> None:
    """Delete what a box said, and its facts where no other computer speaks for its line."""
    forget_lines(device, GatewayBox.objects.of(device.company_id), "name", NetworkBox.KIND)


def _bounded(fact: NetworkBox, at: datetime) -> NetworkBox:
    def moment(said: datetime | None) -> datetime | None:
        return None if said is None else min(said, at)

    def count(said: int) -> int:
        return max(0, min(said, _MOST))

    return msgspec.structs.replace(
        fact,
        generation=count(fact.generation),
        generation_at=moment(fact.generation_at),
        changed_by_hand=count(fact.changed_by_hand),
        lists=count(fact.lists),
        line_at=moment(fact.line_at),
        engines=tuple(
            BoxEngine(
                plain_name(one.engine),
                one.running,
                tuple(plain_name(version) for version in one.versions[:_VERSIONS_AT_MOST]),
            )
            for one in fact.engines[:_ENGINES_AT_MOST]
        ),
    )


def shown_box(row: GatewayBox, now: datetime, lang: Lang) -> ShownBox:
    """Return how a box is; one that is silent, or that nobody saw whole, is never fine."""

    def say(key: str, **values: object) -> str:
        return catalog().ui(f"box.{key}").say(lang, **values)

    try:
        fact = msgspec.convert(row.state, NetworkBox)
    except msgspec.ValidationError:  # kept by another version of the portal
        return ShownBox(row, [], "unknown")
    silent = now - row.reported_at > SILENT_AFTER
    level = "unknown" if silent else _level(fact, row.reported_at)
    return ShownBox(row, health_in_words(fact, say), level, silent, _versions(fact))


def _versions(fact: NetworkBox) -> tuple[str, ...]:
    return tuple(sorted({version for one in fact.engines for version in one.versions}))


def _level(fact: NetworkBox, reported_at: datetime) -> str:
    """Return how a box is by its newest report."""
    running = [one.running for one in fact.engines]
    line = fact.names_answered and (fact.ipv4 or fact.ipv6)
    bad = (
        False in running
        or fact.filtering is False
        or fact.names_filtered is False
        or fact.changing
        or fact.changed_by_hand > 0
        or (fact.line_at is not None and not line)
    )
    if bad:
        return "bad"
    # The box tries its line every quarter of an hour: what is older says nothing of today.
    tried = fact.line_at is not None and reported_at - fact.line_at < TRIED_WITHIN
    seen = None not in running and fact.filtering is not None and tried
    return "fine" if seen and fact.proven else "unknown"


class BoxCounts(msgspec.Struct, frozen=True):
    """How the boxes of a portal are, all together; of no company by itself.

    Attributes:
        levels: level -> boxes; silent: boxes that have not reported for days (they count as unknown).
        versions: (package with its version, boxes that have it), by name.
    """

    levels: dict[str, int]
    silent: int
    versions: tuple[tuple[str, int], ...]

    @property
    def n(self) -> int:
        """Return how many boxes there are."""
        return sum(self.levels.values())


def box_counts(now: datetime) -> BoxCounts:
    """Return how many boxes of this portal work, and which versions they have."""
    levels, versions, silent = dict.fromkeys(LEVELS, 0), Counter[str](), 0
    rows = GatewayBox.objects.across("the operator's count of boxes").filter(
        device__removed_at=None
    )
    for reported_at, state in rows.values_list("reported_at", "state").iterator():
        try:
            fact = msgspec.convert(state, NetworkBox)
        except msgspec.ValidationError:
            levels["unknown"] += 1
            continue
        gone = now - reported_at > SILENT_AFTER
        silent += gone
        levels["unknown" if gone else _level(fact, reported_at)] += 1
        versions.update(_versions(fact))
    return BoxCounts(levels, silent, tuple(sorted(versions.items())))
