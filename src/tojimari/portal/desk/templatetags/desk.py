"""`{% ask_desk company "control" control.id %}`: the way to ask about what a page shows, if there is one."""

from typing import Any

from django import template
from django.conf import settings

from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.desk.rights import DESK_ASK
from tojimari.portal.desk.tickets import desks_of

register = template.Library()


@register.inclusion_tag("parts/ask_desk.html", takes_context=True)
def ask_desk(context: Any, company: Any, kind: str = "", id_: object = "") -> dict[str, Any]:
    """Show the button that asks a desk; nothing where there is no desk, or nobody to ask.

    kind, id_: what the question is about; without them it leads to the desk itself.
    """
    return {"asks": has_desk(context, company), "company": company, "kind": kind, "id": id_}


@register.simple_tag(takes_context=True)
def has_desk(context: Any, company: Any) -> bool:
    """Say whether the reader can ask a desk for the company; for pages that show it many times."""
    user = context["request"].user
    return bool(
        not settings.LOCAL
        and company
        and user.is_authenticated
        and may(Actor(user=user), DESK_ASK, company)
        and desks_of(company)
    )
