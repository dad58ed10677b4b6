"""What belongs to the company: its name, its people, its log, its data, its end."""

from django.conf import settings
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.model.japan import NUMBERS, PREFECTURES, PREFECTURES_EN
from tojimari.portal.companies.forms import CompanyForm
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.deletion import delete_company
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.core.rights import COMPANY_MANAGE, COMPANY_READ
from tojimari.portal.errors import refused
from tojimari.portal.forms import TypedOutForm
from tojimari.portal.people.models import Membership
from tojimari.portal.words import current_lang, say

EVENTS_A_PAGE = 50


def prefecture_choices() -> list[tuple[str, str]]:
    """Return (number, name) of the 47 prefectures in the reader's language."""
    names = PREFECTURES if current_lang() == "ja" else PREFECTURES_EN
    return list(zip(NUMBERS, names, strict=True))


@company_view(COMPANY_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest, company: Company) -> HttpResponse:
    """Show and change name and prefecture; list the people."""
    if request.method == "POST":
        form = CompanyForm(request.POST)
        if not form.is_valid():
            back = reverse("companies:settings", args=[company.pk])
            return refused(request, form.sentence(), back=back)
        for name, value in form.cleaned_data.items():
            setattr(company, name, value)
        company.save(update_fields=list(form.cleaned_data))
        Standing.objects.of(company).update(prefecture=company.prefecture)
        note_by(request, "company.changed", company)
        return redirect("companies:settings", company.pk)
    people = company.memberships.select_related("user").order_by("since")
    return render(
        request,
        "settings.html",
        {"company": company, "people": people, "prefectures": prefecture_choices()},
    )


@company_view(COMPANY_MANAGE)
@require_POST
def remove_person(request: HttpRequest, company: Company, membership_id: int) -> HttpResponse:
    """Take a role away; the last owner cannot leave a company without one."""
    with transaction.atomic():
        # Two owners who remove each other at once: the second one finds itself alone.
        Company.objects.select_for_update().get(pk=company.pk)
        membership = get_object_or_404(company.memberships, pk=membership_id)
        others = company.memberships.filter(role=Membership.OWNER).exclude(pk=membership.pk)
        removed = others.exists() or membership.role != Membership.OWNER
        if removed:
            company.invitations.filter(made_by=membership.user, used_at=None).update(
                expires_at=timezone.now()
            )
            membership.delete()
    if not removed:
        return refused(
            request, say("people.last_owner"), back=reverse("companies:settings", args=[company.pk])
        )
    note_by(request, "person.removed", company)
    return redirect("companies:settings", company.pk)


@company_view(COMPANY_READ)
@require_safe
def log(request: HttpRequest, company: Company) -> HttpResponse:
    """Show who saw or changed what."""
    events = (
        AuditEvent.objects.of(company)
        .select_related("actor", "organisation")
        .order_by("-at", "-pk")
    )
    page = Paginator(events, EVENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "log.html", {"company": company, "page": page})


@company_view(COMPANY_MANAGE)
@require_safe
def export(request: HttpRequest, company: Company) -> HttpResponse:
    """Send everything kept about the company as one JSON file."""
    import msgspec

    from tojimari.portal.companies.export import everything_of

    note_by(request, "data.exported", company)
    body = msgspec.json.format(msgspec.json.encode(everything_of(company)), indent=1)
    response = HttpResponse(body, content_type="application/json")
    return as_file(response, "tojimari-export.json")


@company_view(COMPANY_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, company: Company) -> HttpResponse:
    """Delete the company and everything about it, after it was typed out."""
    word = say("delete.word")
    if request.method == "POST":
        if not TypedOutForm(request.POST).is_valid():
            return render(
                request,
                "delete.html",
                {"company": company, "word": word, "wrong": True},
                status=400,
            )
        delete_company(company)
        if settings.LOCAL:
            from django.contrib.auth import logout

            logout(request)
            return render(request, "deleted.html")
        return redirect("companies:home")
    return render(request, "delete.html", {"company": company, "word": word})
