"""What apps above add to money and help: programmes of others, and papers that are there."""

from collections.abc import Callable, Iterable

from tojimari.catalog import Catalog
from tojimari.catalog.money import Programme
from tojimari.portal.companies.models import Company

Programmes = Callable[[Company], Iterable[Programme]]
"""For a company, the programmes that are known for it beside the shipped ones."""
Papers = Callable[[Company], Iterable[str]]
"""For a company, ids of papers (as the catalog's ``money/papers.yaml`` has them) that are there."""

_PROGRAMMES: list[Programmes] = []
_PAPERS: list[Papers] = []


def programmes_come_from(programmes: Programmes) -> None:
    """Declare where programmes come from; declaring the same again changes nothing."""
    if programmes not in _PROGRAMMES:
        _PROGRAMMES.append(programmes)


def papers_come_from(papers: Papers) -> None:
    """Declare where papers come from; declaring the same again changes nothing."""
    if papers not in _PAPERS:
        _PAPERS.append(papers)


def with_aid(catalog: Catalog, company: Company) -> Catalog:
    """Return the catalog with every programme that is known for ``company``."""
    more = [one for programmes in _PROGRAMMES for one in programmes(company)]
    return catalog.with_programmes(more) if more else catalog


def papers_of(company: Company) -> frozenset[str]:
    """Return the ids of the papers that apps keep for ``company``."""
    return frozenset(id_ for papers in _PAPERS for id_ in papers(company))
