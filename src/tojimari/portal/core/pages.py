"""The ground's own addresses: the published keys, and putting a notice away."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.core.access import company_view
from tojimari.portal.core.keys import published
from tojimari.portal.core.notices import see
from tojimari.portal.core.rights import COMPANY_READ


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """Answer with the keys that verify what this portal signed (RFC 7517)."""
    response = JsonResponse(published(), content_type="application/jwk-set+json")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@company_view(COMPANY_READ)
@require_POST
def notice_seen(request: HttpRequest, company: Any, notice_id: int) -> HttpResponse:
    """Put a notice away for everybody it was for."""
    if not see(company, request.actor, notice_id):
        raise Http404
    return redirect("companies:result", company.pk)
