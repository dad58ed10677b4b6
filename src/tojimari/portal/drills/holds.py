"""Consents to mail drills are held back after an older backup was restored."""

from django.utils import timezone

from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.drills.models import DrillConsent

_WHY = "consents to drills are held back after a restore"


def _take() -> list[Held]:
    rows = DrillConsent.objects.across(_WHY).filter(withdrawn_at=None)
    found = [Held(row.company_id, str(row.pk), {}) for row in rows]
    rows.update(withdrawn_at=timezone.now())
    return found


def _give(hold: Hold) -> None:
    own = DrillConsent.objects.of(hold.company_id)
    if not own.filter(withdrawn_at=None).exists():  # given anew meanwhile: then that one counts
        own.filter(pk=hold.about).update(withdrawn_at=None)


DRILLS = holdable("drills", take=_take, give=_give)
