"""Where rights come from: a role in a company, and running the portal."""

from django.db.models import QuerySet

from tojimari.portal.core.permissions import (
    Actor,
    Holder,
    Right,
    Source,
    portal_rights_come_from,
    rights_come_from,
)
from tojimari.portal.people.models import Membership


def _rows(actor: Actor, wanted: Right | None) -> QuerySet | None:
    for_others = actor.organisation is not None or actor.expert is not None
    if for_others or not getattr(actor.user, "is_authenticated", False):
        return None
    rows = Membership.objects.of_user(actor.user).order_by("since", "pk")
    return rows if wanted is None else rows.filter(role__in=wanted.roles)


def _holders(company: object, wanted: Right) -> list[Holder]:
    rows = Membership.objects.of(company).filter(role__in=wanted.roles).select_related("user")
    return [
        Holder(row.user, "en" if row.remind_lang == "en" else "ja") for row in rows.order_by("pk")
    ]


def _gives(row: Membership, wanted: Right) -> bool:
    return row.role in wanted.roles


def _role(row: Membership) -> str:
    return str(row.role)


def _operates(actor: Actor, _: Right) -> bool:
    for_others = actor.organisation is not None or actor.expert is not None
    return not for_others and bool(getattr(actor.user, "is_operator", False))


rights_come_from(Source("membership", _rows, _gives, _role, _holders))
portal_rights_come_from("operator", _operates)
