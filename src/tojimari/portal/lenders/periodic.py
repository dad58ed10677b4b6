"""What is done again and again for lenders: new assessments of borrowers are taken over."""

from datetime import timedelta

from tojimari.portal.companies.rights import LOAN_JUDGE
from tojimari.portal.core.periodic import every
from tojimari.portal.lenders.models import BorrowerStanding
from tojimari.portal.lenders.portfolio import stale, take_over
from tojimari.portal.supporters.models import Grant

BORROWERS_AT_ONCE = 1000
_WHY = "whom lenders may judge"


@every(timedelta(hours=1))
def take_over_borrowers() -> None:
    """Take over new assessments of borrowers, and forget those no lender may judge any more."""
    agreed = (
        Grant.objects.across(_WHY)
        .filter(
            withdrawn_at=None,
            scopes__has=LOAN_JUDGE,
            organisation__approved_at__isnull=False,
        )
        .values("company")
    )
    BorrowerStanding.objects.across(_WHY).exclude(company__in=agreed).delete()
    for company in stale(agreed, BORROWERS_AT_ONCE):
        take_over(company)
