"""What other apps show beside a visit to its expert: an app declares it."""

from collections.abc import Callable

from tojimari.portal.experts.models import ExpertVisit

Beside = Callable[[ExpertVisit], tuple[str, str] | None]
"""Returns the words of a link and its address, in the reader's language; None for nothing now."""

_BESIDE: list[Beside] = []


def stands_beside(found: Beside) -> Beside:
    """Declare a link on the page of a visit as its expert sees it."""
    _BESIDE.append(found)
    return found


def links_beside(visit: ExpertVisit) -> list[tuple[str, str]]:
    """Return the links of a visit: words and address."""
    return [link for each in _BESIDE if (link := each(visit)) is not None]
