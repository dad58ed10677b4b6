"""A buyer's own list of controls as something a statement can be about, like a framework.

The list belongs to the buyer who asked: a company that chose the controls itself would choose what it
meets. So a statement about one is only ever made for an answer to a request.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

from tojimari.attest.claims import ItemClaim
from tojimari.catalog import Catalog, Framework
from tojimari.catalog.schema import Item
from tojimari.model import Text

PREFIX = "list-"
"""What the ids of such lists begin with; no framework of the catalog is called so."""


def own_framework(controls: Iterable[str], catalog: Catalog) -> Framework | None:
    """Return the list of these controls, an item a control; None where one left the catalog.

    Its id is a digest of the controls: the same list has the same id, whoever asks it.
    """
    ids = sorted(set(controls))
    if not ids or not set(ids) <= set(catalog.controls):
        return None
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
    title = _text("proof.own_list", catalog, len(ids))
    return Framework(
        id=f"{PREFIX}{digest}",
        version=digest,
        title=title,
        short=title,
        publisher=title,
        about=title,
        as_of=date.min,  # it is of the day of the request, and nothing here asks
        sources=(),
        scoring="all_items",
        items=tuple(
            Item(id=id_, title=control.title, controls=(id_,))
            for id_, control in catalog.controls.items()
            if id_ in ids
        ),
        order=0,
        own_ids=True,
    )


def item_titles(framework: str, catalog: Catalog) -> dict[str, Text]:
    """Return the title of each item of a framework, or of a buyer's own list, by its id."""
    if framework.startswith(PREFIX):
        return {id_: control.title for id_, control in catalog.controls.items()}
    found = catalog.frameworks.get(framework)
    return {item.id: item.title for item in found.items} if found else {}


def in_order(items: Iterable[ItemClaim], titles: Mapping[str, Text]) -> list[ItemClaim]:
    """Return ``items`` in the order of ``titles``; a statement holds them in the order of digests.

    Items that have no title (of a newer catalog, say) come last.
    """
    place = {id_: number for number, id_ in enumerate(titles)}
    return sorted(items, key=lambda one: (place.get(one.id, len(place)), one.id))


def _text(key: str, catalog: Catalog, n: int) -> Text:
    words = catalog.ui(key)
    return Text(ja=words.say("ja", n=n), en=words.say("en", n=n))
