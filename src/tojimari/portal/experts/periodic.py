"""What is done again and again about visits: mails that wait, and visits that time went by."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.experts.mails import mail_visits, waiting
from tojimari.portal.experts.models import REPORTS_WITHIN, WAITS_FOR, ExpertVisit
from tojimari.portal.experts.rights import looked_after
from tojimari.portal.experts.visits import grant_ended, lapse


@every(timedelta(minutes=30))
def mail_visits_again() -> None:
    """Try the mails about visits that the mail server would not take before."""
    for company in waiting():
        mail_visits.enqueue(company)


def gone_by(now: datetime) -> Q:
    """Return which visits are over by themselves: no report in time, or no appointment for long."""
    appointed = (ExpertVisit.ACCEPTED, ExpertVisit.AGREED, ExpertVisit.REPORTED)
    looking = (ExpertVisit.ASKED, ExpertVisit.PROPOSED)
    return Q(state__in=appointed, at__lt=now - REPORTS_WITHIN) | Q(
        state__in=looking, changed_at__lt=now - WAITS_FOR
    )


@every(timedelta(hours=1))
def end_visits() -> None:
    """End the visits that time went by, and those whose company took its grant back.

    Nothing of them becomes evidence. What an expert sees ends at once without this.
    """
    rows = ExpertVisit.objects.across("visits that time went by").filter(gone_by(timezone.now()))
    for visit in rows.select_related("company"):
        lapse(visit)
    rows = ExpertVisit.objects.across("visits without a grant").filter(
        ~looked_after(), state__in=ExpertVisit.OPEN
    )
    for visit in rows.select_related("company"):
        grant_ended(visit)
