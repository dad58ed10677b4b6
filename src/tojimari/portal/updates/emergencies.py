"""Who may isolate a device and let it in again, and whose word on it counts as things are today.

One person is enough, and nobody has to be asked beforehand: it takes nothing away that does not come
back by itself, and it has to be quick. So neither the second person nor a policy is asked.
"""

from typing import Any

from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.rights import DEVICES_ISOLATE
from tojimari.portal.updates.models import Consent, Proposal


def may_ask(company: Any, *, user: Any = None, organisation: Any = None) -> bool:
    """Return whether a person, for themselves or for an organisation, may isolate devices."""
    return may(Actor(user, organisation), DEVICES_ISOLATE, company)


def yes_of(proposal: Proposal) -> list[Consent]:
    """Return the words that count: of people who may still say so in the part they said it in."""
    rows = Consent.objects.of(proposal.company_id).filter(
        what=Consent.PROPOSAL, about=proposal.pk, user__isnull=False
    )
    return [
        one
        for one in rows.select_related("user").order_by("at", "pk")
        if may_ask(proposal.company, user=one.user, organisation=proposal.organisation)
    ]
