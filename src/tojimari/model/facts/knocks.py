"""What a sensor counted in a day: knocks from outside at a line, in the police agency's unit."""

from typing import ClassVar

from tojimari.model.facts.base import Fact, Moment, Row


class KnockedPort(Row, frozen=True, forbid_unknown_fields=True):
    """Knocks at one port.

    Attributes:
        port: number and protocol ("23/tcp").
        n: different sources that knocked there.
    """

    port: str
    n: int


class NetworkKnocks(Fact, frozen=True, forbid_unknown_fields=True):
    """Knocks at a line on one whole day; where none was counted there is no such fact.

    Attributes:
        day: the day in Japan (ISO 8601).
        heard_until: until when it was listened.
        addresses: watched addresses at which something arrived.
        pairs: different (source, port): what the rate is made of.
        hits: packets that arrived.
        at_least: whether there were too many to keep apart, so that ``pairs`` is too small.
        ports: the ports at which most was knocked, most first.
    """

    KIND: ClassVar[str] = "network.knocks"
    SOURCE: ClassVar[str] = "heard"

    day: str
    heard_until: Moment
    addresses: int
    pairs: int
    hits: int
    at_least: bool
    ports: tuple[KnockedPort, ...]
