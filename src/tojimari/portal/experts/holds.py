"""What experts see by a visit is held back after an older backup was restored."""

from datetime import datetime

from django.utils import timezone

from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.experts.models import ExpertVisit

_WHY = "what experts see is held back after a restore"
_SEEING = (ExpertVisit.AGREED, ExpertVisit.REPORTED)


def _take() -> list[Held]:
    now = timezone.now()
    rows = ExpertVisit.objects.across(_WHY).filter(state__in=_SEEING, sees_until__gt=now)
    found = [
        Held(
            row.company_id,
            str(row.pk),
            {"to": row.expert_name, "until": row.sees_until.isoformat()},
        )
        for row in rows
    ]
    rows.update(sees_until=now)
    return found


def _give(hold: Hold) -> None:
    until = datetime.fromisoformat(hold.values["until"])
    rows = ExpertVisit.objects.of(hold.company_id).filter(pk=hold.about, state__in=_SEEING)
    rows.update(sees_until=until)


VISIT = holdable("visit", take=_take, give=_give)
