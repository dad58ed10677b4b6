"""What the engines that watch a device, or the network around it, wrote in one day."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact, Moment, Row


class HeardEngine(Row, frozen=True, forbid_unknown_fields=True):
    """One engine whose log is heard.

    Attributes:
        engine: which one.
        guards: what it watches.
        lines: lines it wrote in the day.
        unread: lines of them that could not be read.
        last_line_at: when it wrote last; None for never.
        silent: whether it has written nothing for longer than it should.
    """

    engine: str
    guards: Literal["endpoint", "network", "names", "decoy", "accounts", "records"]
    lines: int
    unread: int
    last_line_at: Moment | None
    silent: bool


class HeardSignals(Row, frozen=True, forbid_unknown_fields=True):
    """Signals of one kind.

    Attributes:
        engine: which engine saw them.
        kind: kind of signal.
        n: how many.
        stopped: how many of them it stopped.
    """

    engine: str
    kind: str
    n: int
    stopped: int


class HeardMatter(Row, frozen=True, forbid_unknown_fields=True):
    """Something that was worth telling a person.

    Attributes:
        rule: which rule of the catalog told it.
        level: whether somebody must act at once.
        first: when it began.
        last: when it was seen last.
        n: how many signals.
    """

    rule: str
    level: Literal["now", "day", "line"]
    first: Moment
    last: Moment
    n: int


class _WatchDay(Fact, frozen=True, forbid_unknown_fields=True):
    """What the engines wrote in one day.

    Attributes:
        day: the day in Japan (ISO 8601).
        heard_until: until when it was listened.
        engines: the engines that are heard.
        signals: what they saw.
        matters: what was worth telling a person, without names and addresses.
        urgent: matters on which somebody must act at once and nobody has said that it was them.
    """

    SOURCE: ClassVar[str] = "heard"

    day: str
    heard_until: Moment
    engines: tuple[HeardEngine, ...]
    signals: tuple[HeardSignals, ...]
    matters: tuple[HeardMatter, ...]
    urgent: int


class DeviceWatchDay(_WatchDay, frozen=True, forbid_unknown_fields=True):
    """What the engines that watch one device wrote in a day."""

    KIND: ClassVar[str] = "device.watch_day"


class NetworkWatchDay(_WatchDay, frozen=True, forbid_unknown_fields=True):
    """What the engines that watch the network behind a line wrote in a day."""

    KIND: ClassVar[str] = "network.watch_day"
