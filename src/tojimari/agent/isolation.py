"""That a device is isolated, as root's part keeps it; the looker reads it and tells the portal."""

from datetime import datetime
from pathlib import Path

import msgspec

NAME = "isolation.json"


class Isolation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device is cut off from everything but its portal.

    Attributes:
        since, until: aware.
        hours: for how long it was asked; what is left is never more.
        port: TCP port of the portal.
        portal: its addresses, when they were last looked up.
        resolvers: addresses of the device's name servers, but for its own.
    """

    since: datetime
    until: datetime
    hours: int
    host: str
    port: int
    portal: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()


def isolated_until(folder: Path, now: datetime) -> datetime | None:
    """Return until when the device is isolated by what lies in root's ``folder``; None: it is not."""
    try:
        kept = msgspec.json.decode((folder / NAME).read_bytes(), type=Isolation)
    except (OSError, msgspec.MsgspecError):
        return None
    return kept.until if kept.until.tzinfo is not None and kept.until > now else None
