"""What a company is told about requests of buyers."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.requests.rights import REQUESTS_ANSWER


def _requests(found: Notice) -> str:
    return reverse("requests:company_requests", args=[found.company_id])


REQUEST_CAME = notice("request.came", to=REQUESTS_ANSWER, page=_requests)
"""A buyer asks; the mail about it goes to the address the buyer knows. Values: organisation, title."""
