"""The health page for machines, and the operator's page."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.core.rights import PORTAL_OPERATE
from tojimari.portal.devices.models import Device
from tojimari.portal.errors import refused
from tojimari.portal.operate import desktop
from tojimari.portal.operate.checks import ALIVE_WITHIN
from tojimari.portal.operate.doctor import examine
from tojimari.portal.operate.forms import ApprovalForm, HereForm, OrganisationForm
from tojimari.portal.operate.joining import offered
from tojimari.portal.operate.models import Heartbeat
from tojimari.portal.operate.policies import POLICIES, file_of, page_of
from tojimari.portal.operate.server import stop
from tojimari.portal.people.models import User
from tojimari.portal.sensors.boxes import box_counts
from tojimari.portal.supporters.models import Helper, Organisation
from tojimari.portal.words import current_lang, say


@require_safe
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
@require_http_methods(["GET", "HEAD", "POST"])
def here(request: HttpRequest) -> HttpResponse:
    """Say how to come back to the portal on this computer; change menu entry and autostart."""
    if not settings.LOCAL:
        raise Http404
    if request.method == "POST":
        form = HereForm(request.POST)
        if not form.is_valid() or not desktop.supported():
            return refused(request, say("here.not_possible"), back=reverse("operate:here"))
        try:
            desktop.put_menu_entry(form.cleaned_data["menu"])
            desktop.put_autostart(form.cleaned_data["autostart"])
        except OSError as error:
            words = say("here.not_written", why=error.strerror or type(error).__name__)
            return refused(request, words, back=reverse("operate:here"))
        return redirect("operate:here")
    supported = desktop.supported()
    return render(
        request,
        "here.html",
        {
            "supported": supported,
            "menu": desktop.has_menu_entry(),
            "autostart": desktop.has_autostart(),
            "address": settings.PUBLIC_URL,
            "joining": offered(),
        },
    )


@login_required
@require_POST
def stop_here(request: HttpRequest) -> HttpResponse:
    """End the portal on this computer, if it was started for its owner."""
    if not settings.LOCAL or not stop():
        raise Http404
    return render(request, "stopped.html", {"menu": desktop.has_menu_entry()})


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say who runs this portal and how to reach them."""
    return render(
        request,
        "about.html",
        {
            "operator": settings.OPERATOR_NAME,
            "contact": settings.OPERATOR_CONTACT,
            "missing": say("about.missing"),
        },
    )


@require_safe
def policy(request: HttpRequest, name: str) -> HttpResponse:
    """Show the operator's privacy policy or terms, or say that there are none yet."""
    found = next((one for one in POLICIES if one == name), None)
    if found is None:
        raise Http404
    lang = current_lang()
    path = file_of(found, lang)
    return render(
        request,
        "policy.html",
        {
            "title": say(f"about.{found}"),
            "text": page_of(found, lang),
            "only_ja": lang == "en" and path is not None and path.name.endswith(".ja.md"),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def operator(request: HttpRequest) -> HttpResponse:
    """Show how the portal does, and make organisations. No company's data is here."""
    if not may(Actor(user=request.user), PORTAL_OPERATE):
        raise Http404
    if request.method == "POST":
        # Two forms on one page: only that of an organisation there is names one.
        named = ApprovalForm(request.POST).names_one()
        return _approve(request) if named else _make_organisation(request)
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
            "boxes": box_counts(timezone.now()),
            "organisations": Organisation.objects.order_by("name"),
        },
    )


def _approve(request: HttpRequest) -> HttpResponse:
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        raise Http404
    organisation = get_object_or_404(Organisation, pk=form.cleaned_data["organisation"])
    organisation.approved_at = None if form.cleaned_data["close"] else timezone.now()
    organisation.save(update_fields=["approved_at"])
    return redirect("operate:operator")


def _make_organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=reverse("operate:operator"))
    sent = form.cleaned_data
    organisation = Organisation.objects.create(
        name=sent["name"], kind=sent["kind"], approved_at=timezone.now()
    )
    Helper.objects.create(user=sent["email"], organisation=organisation)
    return redirect("operate:operator")
