"""Places in addresses that say something by themselves: where no program receives, tag containers."""

import re
from collections.abc import Iterable

CONTAINER = re.compile(r"\bGTM-[A-Z0-9]{4,12}\b")
"""Google's name for a container of tags."""
# Where pictures, styles and leftovers lie: no program of a site's owner receives anything there.
_ODD = re.compile(
    r"/(?:uploads?|save_image|images?|img|pictures?|photos?|css|fonts?|cache|te?mp|wp-includes"
    r"|\.well-known)/[^?]{0,200}?\.(?:php\d?|phtml|cgi|pl|aspx?|jsp)(?![\w.])",
    re.IGNORECASE,
)
_PIXEL = re.compile(r"\.(?:gif|png|jpe?g|ico|svg|css|woff2?)\?", re.IGNORECASE)


def is_odd(path: str) -> bool:
    """Say whether ``path`` is where nobody's own program would receive what people type."""
    return bool(_ODD.search(path) or _PIXEL.search(path))


def containers_of(places: Iterable[str]) -> tuple[str, ...]:
    """Return the containers of tags that are named in places of scripts."""
    return tuple(name for place in places for name in CONTAINER.findall(place))
