"""The mails a drill can be made of: those of the catalog, and a company's own."""

from typing import Any

import msgspec

from tojimari.catalog.drill_template import DrillTemplate
from tojimari.portal.drills.models import OwnTemplate
from tojimari.portal.words import catalog

OWN = "own-"
"""What the id of a company's own template begins with."""
OWN_AT_MOST = 50


def own_template(row: OwnTemplate) -> DrillTemplate:
    """Return a company's own template as those of the catalog are."""
    made = msgspec.convert(row.content, DrillTemplate)
    return msgspec.structs.replace(made, id=f"{OWN}{row.pk.hex}")


def templates_of(company: Any) -> dict[str, DrillTemplate]:
    """Return every template a company can choose, by its id: its own ones first."""
    own = [own_template(row) for row in OwnTemplate.objects.of(company).order_by("made_at")]
    return {one.id: one for one in own} | dict(catalog().drills)


def template_of(company: Any, template_id: str) -> DrillTemplate | None:
    """Return one template; None where there is none, or not any more."""
    if not template_id.startswith(OWN):
        return catalog().drills.get(template_id)
    key = template_id.removeprefix(OWN)
    try:
        row = OwnTemplate.objects.of(company).filter(pk=key).first()
    except (ValueError, TypeError):
        return None
    return own_template(row) if row is not None else None
