"""Reminding of reports that are due soon."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.incidents.incident import clocks_of, told_duties
from tojimari.portal.incidents.models import Incident
from tojimari.portal.incidents.notices import tell_due

_BEFORE = timedelta(days=2)


@every(timedelta(hours=6))
def remind_of_duties() -> None:
    """Tell of every duty whose day to aim at, or last day, is near, and of which nobody was told."""
    today = timezone.localdate()
    open_ones = Incident.objects.across("reports that are due soon").filter(state=Incident.OPEN)
    for incident in open_ones.select_related("company").iterator(chunk_size=200):
        told = told_duties(incident)
        for clock in clocks_of(incident):
            day = clock.aim or clock.due
            if clock.state != "runs" or clock.duty.weight == "advice" or day is None:
                continue
            if clock.duty.id not in told and today >= day - _BEFORE:
                tell_due(incident, clock.duty.id, (clock.due or day).isoformat())
