"""Which step next, and why. Reads the assessment and the catalog; never peers."""

from tojimari.plan.calendar import Due, calendar
from tojimari.plan.choose import ASK_BASICS, ASK_REST, LOOK_OUTSIDE, Step, plan

__all__ = ["ASK_BASICS", "ASK_REST", "LOOK_OUTSIDE", "Due", "Step", "calendar", "plan"]
