"""Answers to buyers are held back after an older backup was restored, with their proofs."""

from typing import Any

from django.utils import timezone

from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.proofs.holds import let_go_on
from tojimari.portal.requests.models import Inquiry
from tojimari.portal.requests.proving import take_back

_WHY = "answers are held back after a restore"


def _take() -> list[Held]:
    """Hold back every answer that buyers see. One by link alone goes on when it is sent again."""
    rows = Inquiry.objects.across(_WHY).filter(
        state=Inquiry.ANSWERED, shown_until__gt=timezone.now()
    )
    found = [
        Held(
            row.company_id,
            str(row.pk),
            {"to": row.request.organisation.name, "what": row.request.title},
        )
        for row in rows.filter(company__isnull=False).select_related("request__organisation")
    ]
    rows.update(state=Inquiry.HELD)
    return found


def _give(hold: Hold) -> None:
    rows = Inquiry.objects.of(hold.company_id).filter(pk=hold.about, state=Inquiry.HELD)
    row = rows.first()
    if row is not None and rows.update(state=Inquiry.ANSWERED) and row.proof_id:
        let_go_on(hold.company_id, row.proof_id)


def _drop(hold: Hold) -> None:
    rows = Inquiry.objects.of(hold.company_id).filter(pk=hold.about, state=Inquiry.HELD)
    row = rows.select_related("proof").first()
    if row is not None and rows.update(state=Inquiry.WITHDRAWN, **NOTHING_SHOWN):
        take_back(row.proof)


NOTHING_SHOWN: dict[str, Any] = {
    "shown": {},
    "answered_at": None,
    "shown_until": None,
    "proof": None,
    **dict.fromkeys(("met", "planned", "not_met", "not_applicable", "declined"), 0),
}
ANSWER = holdable("answer", take=_take, give=_give, drop=_drop)
