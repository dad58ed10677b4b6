"""Who has said yes to what, and who still has to."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.updates.models import Consent, SecondPerson
from tojimari.portal.updates.rights import UPDATES_APPROVE, UPDATES_SECOND

ENDS_AFTER = timedelta(days=7)
"""Where the second person does not say yes to being no longer needed, it ends after this time."""


class Standing(msgspec.Struct, frozen=True):
    """How far a matter is.

    Attributes:
        given: every yes that counts, the oldest first.
        owner: an owner's is still needed.
        second: the second person's is still needed; None where there is none.
    """

    given: list[Any]
    owner: bool
    second: Any

    @property
    def is_complete(self) -> bool:
        """Return whether nobody's yes is missing."""
        return not self.owner and self.second is None


def second_person(company: Company) -> SecondPerson | None:
    """Return who has to say yes besides an owner; None where nobody has to."""
    found: SecondPerson | None = (
        SecondPerson.objects.of(company).select_related("user").filter(user__isnull=False).first()
    )
    if found is None or (found.ends_at is not None and found.ends_at <= timezone.now()):
        return None
    return found


def standing(company: Company, what: str, about: UUID) -> Standing:
    """Return how far a matter is, by those who may still say yes today."""
    named = second_person(company)
    rows = Consent.objects.of(company).filter(what=what, about=about, user__isnull=False)
    given, owner, second = [], True, named is not None
    for one in rows.select_related("user").order_by("at", "pk"):
        actor = Actor(user=one.user)
        if named is not None and one.user_id == named.user_id:
            if may(actor, UPDATES_SECOND, company):
                second = False
                given.append(one)
        elif may(actor, UPDATES_APPROVE, company):
            owner = False
            given.append(one)
    return Standing(given, owner, named.user if named is not None and second else None)


def part_of(company: Company, user: Any) -> str:
    """Return as what somebody's yes counts: ``owner``, ``second``, or "" for not at all."""
    named = second_person(company)
    if named is not None and named.user_id == user.pk:
        return "second" if may(Actor(user=user), UPDATES_SECOND, company) else ""
    return "owner" if may(Actor(user=user), UPDATES_APPROVE, company) else ""


def give(company: Company, what: str, about: UUID, user: Any, how: str) -> Standing:
    """Keep somebody's yes; returns how far the matter is then."""
    Consent.objects.of(company).get_or_create(
        what=what,
        about=about,
        user=user,
        defaults={"company": company, "name": str(user), "how": how},
    )
    return standing(company, what, about)


def forget(company: Company, what: str, about: UUID) -> None:
    """Forget every yes to a matter: it is asked anew next time."""
    Consent.objects.of(company).filter(what=what, about=about).delete()
