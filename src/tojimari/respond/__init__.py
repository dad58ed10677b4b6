"""What to do about an incident, and by when: pure rules over the catalog's playbooks and duties."""

from tojimari.respond.clocks import Clock, ClockState, clocks
from tojimari.respond.drafts import (
    Letter,
    differences,
    draft,
    marked,
    told_tasks,
    unknown_places,
)
from tojimari.respond.response import (
    FIRST_CONTACTS,
    Task,
    calls,
    first_lines,
    leads_to_mail,
    tasks,
)

__all__ = [
    "FIRST_CONTACTS",
    "Clock",
    "ClockState",
    "Letter",
    "Task",
    "calls",
    "clocks",
    "differences",
    "draft",
    "first_lines",
    "leads_to_mail",
    "marked",
    "tasks",
    "told_tasks",
    "unknown_places",
]
