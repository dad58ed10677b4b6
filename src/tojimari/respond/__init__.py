"""What to do about an incident, and by when: pure rules over the catalog's playbooks and duties."""

from tojimari.respond.clocks import Clock, ClockState, clocks
from tojimari.respond.drafts import Letter, draft, told_tasks
from tojimari.respond.response import Task, calls, first_lines, leads_to_mail, tasks

__all__ = [
    "Clock",
    "ClockState",
    "Letter",
    "Task",
    "calls",
    "clocks",
    "draft",
    "first_lines",
    "leads_to_mail",
    "tasks",
    "told_tasks",
]
