"""What a gateway box says of itself: its configuration, its engines, its line."""

from typing import ClassVar

from tojimari.model.facts.base import Fact, Moment, Row


class BoxEngine(Row, frozen=True, forbid_unknown_fields=True):
    """One engine that the box's configuration uses.

    Attributes:
        engine: what its part of the settings is called.
        running: whether all its units run; None where that could not be seen.
        versions: its packages with their versions ("unbound 1.22.0-2").
    """

    engine: str
    running: bool | None
    versions: tuple[str, ...]


class NetworkBox(Fact, frozen=True, forbid_unknown_fields=True):
    """The state of a gateway box, about the network behind it.

    Attributes:
        generation: number of the configuration in place; 0 for none.
        generation_at: when it was made.
        proven: whether the line was seen alive with it.
        changing: whether a change is being tried, or was cut off.
        changed_by_hand: files that are not what the configuration put there.
        engines: the engines of the configuration.
        line_at: when the line was last tried from the office's side; None for never.
        names_answered: whether names were answered then.
        ipv4: whether something outside was reached by IPv4 then.
        ipv6: whether something outside was reached by IPv6 then.
        filtering: whether the packet filter's rules are loaded and let in nothing that begins
            outside; None where that could not be seen, or where the box does not filter.
        names_filtered: whether a name of the own list was kept away from the office's side; None
            where the box answers no names, or nobody has looked.
        lists: lists of harmful names that hold something, the own one not counted.
        updates_by_themselves: whether the box puts in security updates by itself.
    """

    KIND: ClassVar[str] = "network.box"

    generation: int
    generation_at: Moment | None
    proven: bool
    changing: bool
    changed_by_hand: int
    engines: tuple[BoxEngine, ...]
    line_at: Moment | None
    names_answered: bool
    ipv4: bool
    ipv6: bool
    filtering: bool | None
    names_filtered: bool | None
    lists: int
    updates_by_themselves: bool
