"""How much a finding presses: which of several open ones is told first, and what to do first."""

import math

from tojimari.catalog import Control
from tojimari.model import OPEN, Finding

_OPEN_DOOR = 2.0
"""An attacker can come in as things stand, and a look saw it."""


def pressure(finding: Finding, control: Control) -> float:
    """Return how much ``finding`` presses, against a gap that is merely there: 1.0 and up.

    Eighty waiting updates press more than one, a hole that is in use more than any. What is not
    open presses 1.0.
    """
    if finding.state not in OPEN:
        return 1.0
    press = _OPEN_DOOR if control.open_door and finding.state == "not_met" else 1.0
    reason = control.reasons.get(finding.reason)
    if reason is None:
        return press
    count = finding.numbers.get(reason.grows_with, 1)
    many = count if isinstance(count, int) else 1
    return max(press, reason.urgency) * (1.0 + math.log10(max(1, many)))
