"""Facts a system's collectors do not read yet: unknown, with the place where a person can look."""

from collections.abc import Mapping

from tojimari.collect.look import Seen, missed
from tojimari.model import Fact, NotSeen


def gaps(places: Mapping[type[Fact], str]) -> list[Seen]:
    """Return one "not seen" for every fact kind in ``places`` (kind -> where to look)."""
    return [
        missed(kind, NotSeen("not_on_this_system", see_with=place))
        for kind, place in places.items()
    ]
