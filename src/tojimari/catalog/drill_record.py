"""Shape of what a mail drill is the record of."""

from typing import Literal

import msgspec

from tojimari.model import Text


class DrillRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a drill that is over is the record of the control ``id``.

    Attributes:
        by: ``drill``: a mail of it was delivered; ``somebody``: a person reported it, and so knew the
            trick; ``everyone``: all who work there reported it.
        note: what the record says.
    """

    id: str
    by: Literal["drill", "somebody", "everyone"]
    note: Text
