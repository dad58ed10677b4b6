"""What the owners of a company are told about its proofs."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.proofs.rights import PROOFS_MANAGE

TOLD_DAYS = 14
"""So many days before a proof ends its owners are told."""


def _page(found: Notice) -> str:
    return reverse("proofs:proof", args=[found.company_id, found.about])


PROOF_ENDS = notice("proof.ends", to=PROOFS_MANAGE, page=_page, mail="mail.proof_ends")
"""A proof ends soon, and can be renewed. About: the proof. Values: audience, day."""
