"""What a company is told of a lender's decisions."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.lenders.rights import LOANS_READ


def _loans(found: Notice) -> str:
    return reverse("lenders:own_loans", args=[found.company_id])


LOAN_DECIDED = notice("loan.decided", to=LOANS_READ, page=_loans)
"""A person of a lender decided on conditions. About: the lender. Values: organisation."""
