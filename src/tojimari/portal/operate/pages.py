"""The health page for machines, and the operator's page."""

import uuid
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.core.rights import PORTAL_OPERATE
from tojimari.portal.devices.models import Device
from tojimari.portal.errors import refused
from tojimari.portal.operate.doctor import ALIVE_WITHIN, examine
from tojimari.portal.operate.models import Heartbeat
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Helper, Organisation
from tojimari.portal.words import say


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when pages can be served, 503 when not; says nothing about anybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        newest = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    except DatabaseError:
        return JsonResponse({"database": "bad"}, status=503)
    alive = newest is not None and newest > timezone.now() - ALIVE_WITHIN
    return JsonResponse({"database": "good", "worker": "good" if alive else "bad"})


@login_required
@require_http_methods(["GET", "POST"])
def operator(request: HttpRequest) -> HttpResponse:
    """Show how the portal does, and make organisations. No company's data is here."""
    if not may(Actor(user=request.user), PORTAL_OPERATE):
        raise Http404
    if request.method == "POST":
        return _make_organisation(request)
    week = timezone.now() - timedelta(days=7)
    return render(
        request,
        "operator.html",
        {
            "signs": examine(),
            "companies": Company.objects.count(),
            "users": User.objects.count(),
            "devices": Device.objects.across("the operator's count")
            .filter(removed_at=None)
            .count(),
            "new": Company.objects.filter(made_at__gt=week).count(),
            "organisations": Organisation.objects.order_by("name"),
        },
    )


def _make_organisation(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("organisation", "")
    if chosen:
        try:
            organisation = get_object_or_404(Organisation, pk=uuid.UUID(chosen))
        except ValueError as error:
            raise Http404 from error
        closed = request.POST.get("close") == "yes"
        organisation.approved_at = None if closed else timezone.now()
        organisation.save(update_fields=["approved_at"])
        return redirect("operator")
    name = request.POST.get("name", "").strip()[:120]
    kind = request.POST.get("kind", "")
    person = User.objects.filter(email=request.POST.get("email", "").strip().lower()).first()
    if not name or kind not in Organisation.KINDS or person is None:
        return refused(request, say("operator.bad"), back="/operator/")
    organisation = Organisation.objects.create(name=name, kind=kind, approved_at=timezone.now())
    Helper.objects.create(user=person, organisation=organisation)
    return redirect("operator")
