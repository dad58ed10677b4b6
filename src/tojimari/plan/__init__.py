"""Which step next, and why. Reads the assessment and the catalog; never peers."""

from tojimari.plan.calendar import Due, calendar
from tojimari.plan.choose import ASK_BASICS, ASK_REST, LOOK_HERE, LOOK_OUTSIDE, plan
from tojimari.plan.lessons_learned import lesson_observation, lessons_of
from tojimari.plan.put_off import PutOff, put_off_observation, steps_put_off
from tojimari.plan.step import Step, StepKind

__all__ = [
    "ASK_BASICS",
    "ASK_REST",
    "LOOK_HERE",
    "LOOK_OUTSIDE",
    "Due",
    "PutOff",
    "Step",
    "StepKind",
    "calendar",
    "lesson_observation",
    "lessons_of",
    "plan",
    "put_off_observation",
    "steps_put_off",
]
