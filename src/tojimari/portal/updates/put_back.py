"""After a backup was restored: what goes on, and what owners have to know."""

from collections import Counter

from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import tell
from tojimari.portal.updates.models import Proposal
from tojimari.portal.updates.notices import UPDATE_RESTORED

_WHY = "a backup was restored"


def tell_what_goes_on() -> None:
    """Tell the owners which approved updates go on: a stop that came after the backup is not known.

    Nothing is done twice for it: devices know the tasks they took, under whatever number.
    """
    approved = Proposal.objects.across(_WHY).filter(
        state=Proposal.APPROVED, until__gt=timezone.now()
    )
    counted = Counter(approved.values_list("company", flat=True))
    for company in Company.objects.filter(pk__in=counted):
        tell(company, UPDATE_RESTORED, "restored", values={"n": counted[company.pk]})
