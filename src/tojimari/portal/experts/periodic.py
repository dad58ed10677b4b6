"""What is done again and again about visits: mails that wait, and visits that time went by."""

from datetime import timedelta

from tojimari.portal.core.periodic import every
from tojimari.portal.experts.mails import mail_visits, waiting
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.rights import gone_by, looked_after, still_expert
from tojimari.portal.experts.visits import (
    CLOSED,
    NO_GRANT,
    PROMISED,
    arrange_anew,
    call_off,
    lapse,
)


@every(timedelta(minutes=30))
def mail_visits_again() -> None:
    """Try the mails about visits that the mail server would not take before."""
    for company in waiting():
        mail_visits.enqueue(company)


@every(timedelta(hours=1))
def end_visits() -> None:
    """Say so where a visit cannot be any more; what an expert sees ends at once without this.

    Time went by: it lapses, nothing of it becomes evidence, and all are told. The company took its grant back, or
    the organisation was closed: it is off. The expert left the organisation: it is arranged anew.
    """
    rows = ExpertVisit.objects.across("visits that cannot be any more").select_related("company")
    for visit in rows.filter(gone_by()):
        lapse(visit)
    open_ones = rows.filter(state__in=ExpertVisit.OPEN)
    for visit in open_ones.filter(~looked_after()):
        call_off(visit, NO_GRANT)
    for visit in open_ones.filter(organisation__approved_at=None):
        call_off(visit, CLOSED)
    for visit in open_ones.filter(~still_expert(), state__in=PROMISED, expert__isnull=False):
        arrange_anew(visit)
