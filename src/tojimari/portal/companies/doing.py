"""Controls that are put in place on a page of the portal itself; the app that has it declares it."""

import msgspec
from django.urls import reverse

from tojimari.portal.companies.models import Company


class OwnPage(msgspec.Struct, frozen=True):
    """A page of a company that puts a control in place.

    Attributes:
        name: of the address; it takes the company, and what is in ``rest``.
        says: key of the portal's text on its button.
    """

    name: str
    says: str
    rest: tuple[str, ...] = ()


_PAGES: dict[str, OwnPage] = {}


def put_in_place_at(control: str, page: OwnPage) -> None:
    """Declare the page for a control. Raises ValueError for a second one."""
    if _PAGES.setdefault(control, page) != page:
        raise ValueError(f"{control}: there is such a page already")


def has_page(control: str) -> bool:
    """Return whether a page was declared for a control."""
    return control in _PAGES


def own_page(company: Company, control: str) -> tuple[str, str] | None:
    """Return (address, key of the button's text) of the page for a control; None for most."""
    page = _PAGES.get(control)
    if page is None:
        return None
    return reverse(page.name, args=[company.pk, *page.rest]), page.says
