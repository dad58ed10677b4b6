"""Where the visitors of a box come in, for those who hear its engines: strangers' devices are no news."""

from pathlib import Path

from tojimari.box.change import Box
from tojimari.box.health import settings_in_place


def guest_interfaces(root: Path = Path("/")) -> frozenset[str]:
    """Return the interface of the visitors' network of the box that is in place; none without one.

    None either where this user may not read the box's store (root's).
    """
    box = Box(root)
    if not box.store.folder.is_dir() or box.store.hidden():
        return frozenset()
    settings = settings_in_place(box)
    return frozenset({settings.guest.interface} if settings and settings.guest else ())
