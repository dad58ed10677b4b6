"""What the agent of a gateway box says of the box: no address, no name, no list leaves it."""

from datetime import datetime

from tojimari.box.change import Box
from tojimari.box.health import health, settings_in_place
from tojimari.model import NotSeen, Observation, Subject, seen, unseen
from tojimari.model.facts.box import NetworkBox


def box_here(*, at: datetime, box: Box | None = None) -> list[Observation]:
    """Return how the box is, where this device is one that was set up; else nothing.

    It is about the network that the box's name stands for, as what it hears there is.
    """
    box = box or Box()
    if not box.store.folder.is_dir() or box.store.hidden():
        return []
    settings = settings_in_place(box)
    if settings is None:
        return []
    line = Subject("network", settings.name)
    try:
        return [seen(health(box), subject=line, at=at)]
    except OSError as error:
        why = NotSeen("error_answered", detail=(error.strerror or "")[:200])
        return [unseen(NetworkBox, why, subject=line, at=at)]
