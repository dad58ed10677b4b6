"""What apps above add to money and help: programmes of others."""

from collections.abc import Callable, Iterable

from tojimari.catalog import Catalog
from tojimari.catalog.money import Programme
from tojimari.portal.companies.models import Company

Programmes = Callable[[Company], Iterable[Programme]]
"""For a company, the programmes that are known for it beside the shipped ones."""

_PROGRAMMES: list[Programmes] = []


def programmes_come_from(programmes: Programmes) -> None:
    """Declare where programmes come from; declaring the same again changes nothing."""
    if programmes not in _PROGRAMMES:
        _PROGRAMMES.append(programmes)


def with_aid(catalog: Catalog, company: Company) -> Catalog:
    """Return the catalog with every programme that is known for ``company``."""
    more = [one for programmes in _PROGRAMMES for one in programmes(company)]
    return catalog.with_programmes(more) if more else catalog
