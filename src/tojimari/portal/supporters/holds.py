"""Grants are held back after an older backup was restored."""

from django.utils import timezone

from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.supporters.models import Grant

_WHY = "grants are held back after a restore"


def _take() -> list[Held]:
    rows = Grant.objects.across(_WHY).filter(withdrawn_at=None).select_related("organisation")
    found = [Held(row.company_id, str(row.pk), {"to": row.organisation.name}) for row in rows]
    Grant.objects.across(_WHY).filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    return found


def _give(hold: Hold) -> None:
    own = Grant.objects.of(hold.company_id)
    row = own.filter(pk=hold.about).first()
    # Given anew meanwhile: then the new one counts.
    if row and not own.filter(organisation=row.organisation_id, withdrawn_at=None).exists():
        own.filter(pk=row.pk).update(withdrawn_at=None)


GRANT = holdable("grant", take=_take, give=_give)
