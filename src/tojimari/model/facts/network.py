"""What is seen of an address on the Internet from outside."""

from typing import ClassVar

from tojimari.model.facts.base import Fact, Row


class OpenPort(Row, frozen=True, forbid_unknown_fields=True):
    """Open ports.

    Attributes:
        port: port.
        service: what usually listens there.
        banner: what it says of itself, or the page's title.
        login: asks for a log-in.
    """

    port: int
    service: str
    banner: str
    login: bool


class NetworkOpenPorts(Fact, frozen=True, forbid_unknown_fields=True):
    """What answers on the address of the company's line; only listed ports are tried.

    Attributes:
        tried: ports tried.
        closed: ports that refused.
        silent: ports that stayed silent.
        online: whether the looking side was online.
        open: open ports.
    """

    KIND: ClassVar[str] = "network.open_ports"

    tried: int
    closed: int
    silent: int
    online: bool
    open: tuple[OpenPort, ...]
