"""The rights over what is done to devices from afar, and who has the second person's."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from tojimari.portal.core.permissions import (
    Actor,
    Holder,
    Right,
    Source,
    right,
    rights_come_from,
)
from tojimari.portal.core.rights import OWNER, STAFF
from tojimari.portal.people.models import Membership
from tojimari.portal.updates.models import SecondPerson

UPDATES_READ = right("updates:read", roles=(OWNER, STAFF))
"""See what was proposed, who said yes, and what came of it."""
UPDATES_APPROVE = right("updates:approve", roles=(OWNER,))
"""Say yes or no, make policies, start something oneself, stop it."""
UPDATES_SECOND = right("updates:second")
"""Say yes as the second person whom the company named."""


def _named() -> QuerySet:
    """Return the second persons that still are one: of the company's people, and not over."""
    rows = SecondPerson.objects.across("who has to say yes besides an owner")
    still = Q(ends_at=None) | Q(ends_at__gt=timezone.now())
    return rows.filter(still, company__memberships__user=F("user"))


def _rows(actor: Actor, wanted: Right | None) -> QuerySet | None:
    for_others = actor.organisation is not None or actor.expert is not None
    if for_others or not getattr(actor.user, "is_authenticated", False):
        return None
    rows = _named().filter(user=actor.user).order_by("since", "pk")
    return rows if wanted is None or wanted.name == UPDATES_SECOND else rows.none()


def _gives(row: SecondPerson, wanted: Right) -> bool:
    return wanted.name == UPDATES_SECOND


def _role(row: SecondPerson) -> str:
    return STAFF


def _holders(company: Any, wanted: Right) -> list[Holder]:
    if wanted.name != UPDATES_SECOND:
        return []
    users = _named().filter(company=company).values("user")
    rows = Membership.objects.of(company).filter(user__in=users).select_related("user")
    return [Holder(row.user, "en" if row.remind_lang == "en" else "ja") for row in rows]


rights_come_from(Source("second_person", _rows, _gives, _role, _holders))
