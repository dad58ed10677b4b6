"""Shapes of what is known about signals: their kinds, what is told of them, ports, the police's figures."""

from typing import Any, Literal

import msgspec

from tojimari.model import Text

Level = Literal["now", "day", "line"]
"""now: somebody must act at once; day: once a day at most; line: counted in the day's line alone."""
SightingField = Literal["source", "target", "name", "log"]
CountOf = Literal["times", "targets", "sources", "days"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SignalKind(_Strict, frozen=True):
    """One kind of signal.

    Attributes:
        title: what it is called in lists.
        line: how often it was seen in a day, for a quiet day's line; ``{n}`` times.
        together: minutes whose equal signals are kept together.
        shown: whether the day's line names it; what only shows that an engine works is not.
        order: place in the line.
    """

    id: str
    order: int
    title: Text
    line: Text
    together: int = 1
    shown: bool = True


class SteadyCalls(_Strict, frozen=True):
    """Which calls are a rhythm that no person makes.

    Attributes:
        most_jitter: the largest standard deviation of the time between two calls, by its mean.
        shortest_seconds, longest_seconds: between which the mean lies.
        only_new: only to places that nobody called before, in the first week.
        only_nameless: only to addresses that nobody looked up by a name.
    """

    most_jitter: float
    shortest_seconds: int
    longest_seconds: int
    only_new: bool = True
    only_nameless: bool = True


class WatchRule(_Strict, frozen=True):
    """When signals are told to a person, and in which words.

    Attributes:
        kind: kind of the signals.
        stopped: "yes": only what was stopped, "no": only what was not, "any".
        severity: the lowest severity that counts.
        side: whether the source is of the own network ("inside"), of the Internet, or either.
        count_of: what is counted: signals, different targets, different sources, different days.
        at_least: how many of those within ``within_minutes`` make it worth telling.
        group_by: what belongs to one matter has these in common; "that was us" is about them too.
        wait_minutes: so long is waited whether it settles by itself.
        settled_by: kind of signal that settles it: in the same log, after it. With the kind itself
            one that was stopped, of the same name; also in another log, where it names the same file.
        level: how it is told.
        again_days: the same matter is not told again before.
        what: what happened, in one sentence.
        danger: whether it is dangerous, in one sentence.
        do: the one thing to do; that there is nothing to do is said too.
        ours: what the answer "that was us" means; None where there is no such answer.
        ours_days: for how long that answer keeps it quiet.
        incident: id of the playbook that helps when it is true; "" for none.
        steady: of the kind ``steady``: which calls are that; None for any other kind.
        sample: values for every place in the sentences.
    """

    id: str
    order: int
    kind: str
    level: Level
    what: Text
    danger: Text
    do: Text
    sample: dict[str, Any]
    stopped: Literal["yes", "no", "any"] = "any"
    severity: Literal["low", "medium", "high"] = "low"
    side: Literal["inside", "outside", "either"] = "either"
    count_of: CountOf = "times"
    at_least: int = 1
    within_minutes: int = 60
    group_by: tuple[SightingField, ...] = ()
    wait_minutes: int = 0
    settled_by: str = ""
    again_days: int = 7
    ours: Text | None = None
    ours_days: int = 30
    incident: str = ""
    steady: SteadyCalls | None = None


class KnockPort(_Strict, frozen=True):
    """What knocks at a port are after."""

    id: str
    port: int
    protocol: Literal["tcp", "udp"]
    name: str
    plain: Text


class SensorYear(_Strict, frozen=True):
    """The police agency's sensors: accesses a day and IP address in one year (or part of it).

    Attributes:
        until_month: last month that the figure covers.
        source: id of the source; mark: how the figure was checked.
    """

    id: str
    year: int
    per_day_and_address: float
    source: str
    mark: Literal["publisher", "secondary", "unverified"]
    until_month: int = 12


class WatchKnowledge(_Strict, frozen=True):
    """Everything about what is heard; keys are ids."""

    kinds: dict[str, SignalKind] = {}
    rules: dict[str, WatchRule] = {}
    ports: dict[str, KnockPort] = {}
    sensor_years: dict[str, SensorYear] = {}
