"""What counts for one recipient once machines are set aside."""

from datetime import datetime
from typing import Literal

import msgspec

Reason = Literal[
    "soon", "head", "shared_address", "no_assets", "seeded", "agent", "data_centre", "auto_reply"
]
"""Why something is set aside: within a minute of delivery; only the head was asked for; one address
asked for the links of several people; nothing else of the page was loaded; the address also touched
the mailbox that nobody reads; an old or a scanner's name; a data centre's address; an answer that a
program wrote."""


class Outcome(msgspec.Struct, frozen=True):
    """What one recipient did with one mail; None: not.

    Attributes:
        sent_at: when the mail server took it.
        delivered: taken and not come back, or a person did something with it.
        clicked_at: the first step of a person on the page, from the mail's link.
        typed_at: a field of the form was gone into. What was typed is never known.
        replied_at: a person answered.
        attachment_at: the attached file was opened and its page pressed on.
        reported_at: the first report.
        fetches: how often the link was asked for. It is never a click by itself.
        set_aside: reason -> how many of the fetches, steps and answers it speaks of; one may have
            several reasons.
        machines: how many were set aside, each once.
        unclear: fetches that no step followed and nothing gives away as a machine's. No click either.
    """

    sent_at: datetime | None = None
    delivered: bool = False
    clicked_at: datetime | None = None
    typed_at: datetime | None = None
    replied_at: datetime | None = None
    attachment_at: datetime | None = None
    reported_at: datetime | None = None
    fetches: int = 0
    set_aside: dict[Reason, int] = {}
    machines: int = 0
    unclear: int = 0

    @property
    def fell_for_it(self) -> bool:
        """Whether the person did what the mail asked for, or began to."""
        did = (self.clicked_at, self.typed_at, self.replied_at, self.attachment_at)
        return any(at is not None for at in did)
