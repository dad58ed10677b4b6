"""What other apps' pages show of updates: `{% updates_line company control.id %}`, that what a page
asks for can be started from here; `{% isolation_line company device isolated %}`, the way to isolating.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.conf import settings

from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.devices.models import Device
from tojimari.portal.updates.agreement import able
from tojimari.portal.updates.isolation import isolated
from tojimari.portal.updates.kinds import kinds_for
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


@register.simple_tag(takes_context=True)
def isolations(context: Any, company: Company) -> dict[UUID, datetime | None]:
    """Return the devices that can be isolated, and until when each says that it is.

    Nothing for somebody who may not see that, and on a computer that serves its owner alone.
    """
    user = context["request"].user
    sees = not settings.LOCAL and may(Actor(user=user), UPDATES_READ, company)
    return isolated(company) if sees else {}


@register.inclusion_tag("parts/isolation_line.html")
def isolation_line(
    company: Company, device: Device, isolated: dict[UUID, datetime | None]
) -> dict[str, Any]:
    """Show how it stands with a device that can be isolated, and the way to the page."""
    return {
        "company": company,
        "device": device,
        "shown": device.pk in isolated,
        "until": isolated.get(device.pk),
    }
