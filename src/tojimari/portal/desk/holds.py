"""Tickets handed over to others are held back after an older backup was restored."""

from django.utils import timezone

from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.desk.models import Handover

_WHY = "tickets handed over are held back after a restore"


def _take() -> list[Held]:
    now = timezone.now()
    rows = Handover.objects.across(_WHY).filter(ended_at=None, until__gt=now)
    found = [
        Held(row.company_id, str(row.pk), {"to": row.to.name, "what": row.ticket.subject})
        for row in rows.select_related("to", "ticket")
    ]
    rows.update(ended_at=now)
    return found


def _give(hold: Hold) -> None:
    rows = Handover.objects.of(hold.company_id).filter(pk=hold.about)
    row = rows.select_related("ticket").first()
    if row is None:
        return
    own = Handover.objects.of(hold.company_id).filter(ticket=row.ticket_id, to=row.to_id)
    if not own.filter(ended_at=None).exists():
        rows.update(ended_at=None)


HANDOVER = holdable("handover", take=_take, give=_give)
