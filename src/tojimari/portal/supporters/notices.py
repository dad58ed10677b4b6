"""What the owners are told about who may look."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.supporters.rights import SHARING_MANAGE


def _sharing(found: Notice) -> str:
    return reverse("supporters:sharing", args=[found.company_id])


GRANT_GIVEN = notice("grant.given", to=SHARING_MANAGE, page=_sharing)
"""An organisation may look now. Values: organisation."""
GRANT_WITHDRAWN = notice("grant.withdrawn", to=SHARING_MANAGE, page=_sharing)
"""An organisation may not look any more. Values: organisation."""
