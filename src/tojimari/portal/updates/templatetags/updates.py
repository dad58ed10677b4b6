"""`{% updates_line company control.id %}`: that what a page asks for can be started from here."""

from typing import Any

from django import template
from django.conf import settings

from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.updates.kinds import kinds_for
from tojimari.portal.updates.proposals import able
from tojimari.portal.updates.rights import UPDATES_READ

register = template.Library()


@register.inclusion_tag("parts/updates_line.html", takes_context=True)
def updates_line(context: Any, company: Any, control: str) -> dict[str, Any]:
    """Show the line where a device of the company allows a kind of task that helps with a control;
    nothing elsewhere.
    """
    user, kinds = context["request"].user, kinds_for(control)
    helps = bool(
        kinds
        and isinstance(company, Company)
        and not settings.LOCAL
        and user.is_authenticated
        and may(Actor(user=user), UPDATES_READ, company)
        and any(set(kinds) & set(one.kinds) for one in able(company))
    )
    return {"helps": helps, "company": company}
