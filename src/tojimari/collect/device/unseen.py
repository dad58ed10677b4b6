"""Facts a system's collectors do not read yet: unknown, with the place where a person can look."""

from tojimari.collect.look import Seen
from tojimari.model import NotSeen


def unseen(places: dict[str, str]) -> list[Seen]:
    """Return one "not seen" for every fact kind in ``places`` (kind -> where to look)."""
    return [
        Seen(kind, not_seen=NotSeen("not_on_this_system", see_with=place))
        for kind, place in places.items()
    ]
