"""Proofs are held back after an older backup was restored, in the list of revoked ones as well."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from tojimari.model import LANGS
from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.proofs.frameworks import framework_of_proof
from tojimari.portal.proofs.models import Proof, StatusEntry, StatusListFile
from tojimari.portal.proofs.signing import sign_list, withdraw

_WHY = "proofs are held back after a restore"


def _take() -> list[Held]:
    """Hold back every proof that counts; those of answers go on together with their answer."""
    now = timezone.now()
    rows = Proof.objects.across(_WHY).filter(
        revoked_at=None, superseded_at=None, held_at=None, expires_at__gt=now
    )
    found = [
        Held(row.company_id, str(row.pk), {"to": row.audience, "what": _what(row)})
        for row in rows.filter(for_request=None).exclude(text="")
    ]
    rows.exclude(text="").update(held_at=now)
    StatusEntry.objects.filter(status="valid").update(status="suspended")
    # The list of then does not know what was revoked since, so it is handed out no more.
    StatusListFile.objects.update_or_create(
        pk=1, defaults={"text": "", "stale": True, "restored_at": now}
    )
    return found


def _what(row: Proof) -> dict[str, str]:
    framework = framework_of_proof(row)
    return {lang: framework.short.say(lang) if framework else row.framework for lang in LANGS}


def let_go_on(company: Any, proof_id: Any) -> None:
    """Let a proof that was held back count again."""
    with transaction.atomic():
        rows = Proof.objects.of(company).filter(pk=proof_id)
        row = rows.select_for_update().first()
        if row is None:
            return
        rows.update(held_at=None)
        if row.revoked_at is None:
            entries = StatusEntry.objects.filter(number=row.entry, status="suspended")
            entries.update(status="valid")
        StatusListFile.objects.update_or_create(pk=1, defaults={"stale": True})
    sign_list.enqueue()


def _give(hold: Hold) -> None:
    let_go_on(hold.company_id, hold.about)


def _drop(hold: Hold) -> None:
    row = Proof.objects.of(hold.company_id).filter(pk=hold.about).first()
    if row is not None:
        withdraw(row)


PROOF = holdable("proof", take=_take, give=_give, drop=_drop)
