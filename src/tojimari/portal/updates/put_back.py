"""After an older backup was restored: what had been agreed to is stopped, and owners are told."""

from collections import Counter

from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import tell
from tojimari.portal.updates.endings import stop_everything
from tojimari.portal.updates.models import Policy, Proposal
from tojimari.portal.updates.notices import UPDATE_RESTORED

_WHY = "an older backup was restored"


def stop_what_was_agreed() -> None:
    """Stop approved updates and end each yes beforehand: a stop since the backup is in no row.

    What devices took already they know, under whatever number, and do not do again.
    """
    now = timezone.now()
    approved = Proposal.objects.across(_WHY).filter(state=Proposal.APPROVED, until__gt=now)
    counted = Counter(approved.values_list("company", flat=True))
    Policy.objects.across(_WHY).filter(ended_at=None).update(ended_at=now)
    stop_everything("restored")
    for company in Company.objects.filter(pk__in=counted):
        tell(company, UPDATE_RESTORED, "restored", values={"n": counted[company.pk]})
