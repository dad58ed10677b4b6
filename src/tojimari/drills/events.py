"""What happens to a drill's mail: one event for each thing that a server or a page saw."""

from datetime import datetime
from typing import Literal

import msgspec

EventKind = Literal[
    "accepted",
    "refused",
    "fetched",
    "asset",
    "opened",
    "typed",
    "replied",
    "attachment",
    "reported",
]
"""The mail server took it; it came back; the page was asked for; something else of the page was; a
person's step on the page; a field of the form was gone into; an answer came; the attached file asked
for its page; it was reported."""
How = Literal["visible", "pressed"]
"""The page's script said after a visible moment that it was seen; somebody pressed the button."""
ReportedBy = Literal["address", "page"]


class DrillEvent(msgspec.Struct, frozen=True):
    """One event.

    Attributes:
        recipient: whose mail or link it was, by any text that is the same each time.
        at: when, with its zone.
        method: of ``fetched``: GET or HEAD.
        address: IP address of who asked, or any text that stands for it; "" where none is known.
        central: the address was in a data centre, where only that is known of it.
        agent: what the asking program calls itself.
        how: of ``opened``.
        by: of ``reported``.
        automatic: of ``replied``: a program answered (RFC 3834, ``Auto-Submitted``).
    """

    kind: EventKind
    recipient: str
    at: datetime
    method: Literal["GET", "HEAD"] = "GET"
    address: str = ""
    agent: str = ""
    how: How = "pressed"
    by: ReportedBy = "address"
    automatic: bool = False
    central: bool = False
