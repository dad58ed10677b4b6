"""Django's handle on this app."""

from typing import Any

from django.apps import AppConfig


class ProofsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.proofs"
    label = "proofs"

    def ready(self) -> None:
        """Revoke what a deleted company handed out.

        Tell the page of sharing what was handed out, and register what the doctor looks at.
        """
        from django.db.models.signals import post_delete

        from tojimari.portal.proofs import checks  # noqa: F401
        from tojimari.portal.proofs.showing import handed_out, standing
        from tojimari.portal.supporters.handed_out import handed_out_come_from
        from tojimari.portal.supporters.standings import standing_comes_from

        handed_out_come_from(handed_out)
        standing_comes_from("proofs:proofs", standing)
        post_delete.connect(_deleted, sender="proofs.Proof", dispatch_uid="proof_deleted")


def _deleted(instance: Any, **_: Any) -> None:
    from tojimari.portal.proofs.models import StatusEntry, StatusListFile

    StatusEntry.objects.filter(number=instance.entry).update(status="revoked")
    StatusListFile.objects.filter(pk=1).update(stale=True)
