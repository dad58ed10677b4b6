"""Which step next, and why. Reads the assessment and the catalog; never peers."""

from tojimari.plan.calendar import Due, calendar
from tojimari.plan.choose import ASK_BASICS, Step, plan

__all__ = ["ASK_BASICS", "Due", "Step", "calendar", "plan"]
