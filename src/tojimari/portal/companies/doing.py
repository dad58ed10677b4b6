"""Controls that are put in place on a page of the portal itself; the app that has it declares it."""

import msgspec
from django.urls import reverse

from tojimari.portal.companies.models import Company


class OwnPage(msgspec.Struct, frozen=True):
    """A page of a company that puts a control in place.

    Attributes:
        name: of the address; it takes the company alone.
        says: key of the portal's text on its button.
    """

    name: str
    says: str


_PAGES: dict[str, OwnPage] = {}


def put_in_place_at(control: str, page: OwnPage) -> None:
    """Declare the page for a control. Raises ValueError for a second one."""
    if _PAGES.setdefault(control, page) != page:
        raise ValueError(f"{control}: there is such a page already")


def own_page(company: Company, control: str) -> tuple[str, str] | None:
    """Return (address, key of the button's text) of the page for a control; None for most."""
    page = _PAGES.get(control)
    return None if page is None else (reverse(page.name, args=[company.pk]), page.says)
