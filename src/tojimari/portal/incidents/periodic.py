"""Reminding of reports that are due soon."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.incidents.models import Incident
from tojimari.portal.incidents.notices import tell_due
from tojimari.portal.incidents.record import clocks_of, told_duties
from tojimari.portal.incidents.shown import contract_end
from tojimari.respond import Clock

_DAYS_BEFORE = timedelta(days=1)
_HOURS_BEFORE = timedelta(hours=12)


@every(timedelta(hours=6))
def remind_of_duties() -> None:
    """Tell of every duty of which nobody was told, before the day to aim at and before the last.

    Also of those of which nobody said yet whether they apply: not knowing stops no clock.
    """
    open_ones = Incident.objects.across("reports that are due soon").filter(state=Incident.OPEN)
    for incident in open_ones.select_related("company").iterator(chunk_size=200):
        told = told_duties(incident)
        for clock in clocks_of(incident):
            if clock.state != "not" and clock.duty.weight != "advice" and clock.duty.id not in told:
                _remind(incident, clock)


def _remind(incident: Incident, clock: Clock) -> None:
    contract = contract_end(incident, clock)
    if contract is not None:
        if timezone.now() >= contract - _HOURS_BEFORE:
            moment = timezone.localtime(contract).strftime("%Y-%m-%d %H:%M")
            tell_due(incident, clock.duty.id, moment, point=moment)
        return
    today = timezone.localdate()
    near = [day for day in (clock.aim, clock.due) if day and today >= day - _DAYS_BEFORE]
    if near:
        due = clock.due or clock.aim
        tell_due(incident, clock.duty.id, str(due), point=str(max(near)))
