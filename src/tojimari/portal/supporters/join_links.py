"""One link for many companies: made for a seminar, shown as QR, joined by each by itself."""

import uuid
from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.companies.start import INVITED, found_company
from tojimari.portal.core.access import companies_of
from tojimari.portal.core.audit import note_as
from tojimari.portal.devices.pages import qr
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.people.models import Membership, User
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.forms import CompanyJoinsForm, JoinLinkForm
from tojimari.portal.supporters.grants import give
from tojimari.portal.supporters.invitations import link_of
from tojimari.portal.supporters.models import Grant, JoinLink, Organisation
from tojimari.portal.supporters.rights import SHARING_MANAGE, offered
from tojimari.portal.words import say

LINKS_A_DAY = 30


@organisation_view
@require_POST
def make_link(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Make a link for many companies and show it."""
    if organisation.kind == Organisation.RESEARCHER:
        raise Http404
    back = reverse("supporters:invitations", args=[organisation.pk])
    form = JoinLinkForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    if too_often("join-link", str(organisation.pk), times=LINKS_A_DAY, seconds=86400):
        return refused(request, say("invitations.too_often"), back=back, code=429)
    sent = form.cleaned_data
    made = organisation.join_links.create(
        name=sent["name"],
        at_most=sent["at_most"],
        expires_at=timezone.now() + timedelta(days=sent["days"]),
        scopes=form.scopes(),
        made_by=request.user,
    )
    note_as(request, organisation, "link.made")
    return redirect("supporters:join_link", organisation.pk, made.pk)


@organisation_view
@require_safe
def join_link(request: HttpRequest, organisation: Organisation, link_id: uuid.UUID) -> HttpResponse:
    """Show a link large enough for a screen or a sheet of paper, and who came by it."""
    link = get_object_or_404(organisation.join_links, pk=link_id)
    address = link_of(link.token)
    came = Grant.objects.across("who came by an organisation's own link").filter(
        link=link, withdrawn_at=None
    )
    context = {
        "organisation": organisation,
        "link": link,
        "address": address,
        "qr": qr(address) if link.is_open else "",
        "companies": [one.company for one in came.select_related("company").order_by("given_at")],
    }
    return render(request, "join_link.html", context)


@organisation_view
@require_POST
def revoke_link(
    request: HttpRequest, organisation: Organisation, link_id: uuid.UUID
) -> HttpResponse:
    """End a link at once; companies that came by it stay."""
    link = get_object_or_404(organisation.join_links, pk=link_id)
    organisation.join_links.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
    note_as(request, organisation, "link.revoked")
    return redirect("supporters:join_link", organisation.pk, link.pk)


def _open(token: str) -> JoinLink | None:
    link = JoinLink.of_token(token)
    good = link is not None and link.is_open and link.organisation.approved_at is not None
    return link if good else None


@require_safe
def join_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show who invites and what would be seen; nothing happens before the button."""
    link = _open(token)
    if link is None:
        return refused(request, say("link.over"), code=404)
    context = {
        "invitation": link,
        "link_name": link.name,
        "accept": reverse("supporters:accept_link", args=[token]),
        "rights": offered(link.organisation),
    }
    if request.user.is_authenticated:
        request.session.pop(INVITED, None)
        context["companies"] = companies_of(request.user, SHARING_MANAGE)
    else:
        # Signing up may take a detour through the mail program; the first page leads back here.
        request.session[INVITED] = request.path
    return render(request, "join.html", context)


@login_required
@require_POST
def accept_link(request: HttpRequest, token: str) -> HttpResponse:
    """Let the person's company, or a new one, join; a person joins by one link once."""
    again = reverse("supporters:join_by_link", args=[token])
    with transaction.atomic():
        # Of two presses at once the second one finds what the first one made.
        User.objects.select_for_update().get(pk=request.user.pk)
        came = _came(request, JoinLink.of_token(token))
        if came is not None:
            return redirect("supporters:sharing", came.pk)
        link = _open(token)
        if link is None:
            return refused(request, say("link.over"), code=404)
        own = companies_of(request.user, SHARING_MANAGE)
        joins = CompanyJoinsForm(request.POST, own=bool(own))
        if not joins.is_valid():
            raise Http404
        if not own and not joins.cleaned_data["name"]:
            return refused(request, say("link.no_name"), back=again)
        chosen = joins.cleaned_data["company"]
        company = next((c for c in own if c.pk == chosen), None)
        if chosen is not None and company is None:
            raise Http404
        # The conditional update counts: of two at once for the last place one finds it taken.
        places = JoinLink.objects.filter(
            pk=link.pk, revoked_at=None, expires_at__gt=timezone.now(), used__lt=F("at_most")
        )
        if not places.update(used=F("used") + 1):
            return refused(request, say("link.over"), code=404)
        if company is None:
            company = found_company(request.user, name=joins.cleaned_data["name"])
        give(request, company, link.organisation, joins.scopes(), link=link)
    return redirect("supporters:sharing" if own else "companies:welcome", company.pk)


def _came(request: HttpRequest, link: JoinLink | None) -> Company | None:
    """Return the company with which this person came by the link before."""
    if link is None:
        return None
    mine = Membership.objects.of_user(request.user).filter(role=Membership.OWNER)
    grant = (
        Grant.objects.across("whether a person came by this link before")
        .filter(link=link, withdrawn_at=None, company__in=mine.values("company"))
        .select_related("company")
        .first()
    )
    return grant.company if grant else None
