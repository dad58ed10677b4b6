"""Invitations and grants: how a company and its helpers find each other, and part."""

import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.companies.start import INVITED, found_company
from tojimari.portal.core.access import companies_of, company_view
from tojimari.portal.core.audit import note, note_as, note_by
from tojimari.portal.core.models import AuditEvent, Hold
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, may, ticks
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.people.models import Membership
from tojimari.portal.supporters.access import (
    organisation_of,
    organisation_view,
    organisations_of,
)
from tojimari.portal.supporters.forms import (
    CompanyJoinsForm,
    GrantForm,
    HelpersInvitationForm,
    InvitationForm,
    OrganisationJoinsForm,
)
from tojimari.portal.supporters.handed_out import handed_out
from tojimari.portal.supporters.models import (
    Grant,
    Helper,
    Invitation,
    JoinLink,
    Note,
    Organisation,
)
from tojimari.portal.supporters.notices import GRANT_GIVEN, GRANT_WITHDRAWN
from tojimari.portal.supporters.rights import SHARING_MANAGE, offered
from tojimari.portal.words import current_lang, say

INVITATIONS_A_DAY = 200
SAW_SHOWN = 20


def _invite(
    request: HttpRequest,
    to: str,
    form: InvitationForm,
    *,
    company: Company | None = None,
    organisation: Organisation | None = None,
    back: str,
    with_rights: bool = True,
) -> HttpResponse:
    """Make an invitation by ``company`` or ``organisation``, mail its link and show it.

    Mail gets lost, and a chamber may rather print the link.
    """
    whose = company or organisation
    if not form.is_valid() or too_often(
        "invite", str(whose.pk if whose else ""), times=INVITATIONS_A_DAY, seconds=86400
    ):
        return refused(request, form.sentence(), back=back)
    invitation, secret = Invitation.make(
        to,
        lang=current_lang(),
        name=form.cleaned_data["name"],
        company=company,
        organisation=organisation,
        email=form.cleaned_data["email"],
        made_by=request.user,
        scopes=form.scopes() if with_rights else (),
    )
    if company is not None:
        note_by(request, "invitation.made", company)
    return send_and_show(request, invitation, secret, str(whose), back=back)


def send_and_show(
    request: HttpRequest, invitation: Invitation, secret: str, by: str, *, back: str
) -> HttpResponse:
    """Mail an invitation's link right here, and show it: a queued task would keep the secret."""
    from tojimari.portal.supporters.tasks import send_invitation

    link = whole_address("supporters:join", secret)
    sent = send_invitation(invitation, link, by, current_lang())
    if sent:
        Invitation.objects.across("an invitation may be of an organisation").filter(
            pk=invitation.pk
        ).update(mail=Invitation.TAKEN, mailed_at=timezone.now())
    context = {"invitation": invitation, "link": link, "sent": sent, "back": back}
    return render(request, "invited.html", context)


def _saw(company: Company, grant: Grant) -> list[AuditEvent]:
    """Return what an organisation opened last, since its grant."""
    rows = AuditEvent.objects.of(company).select_related("actor")
    seen = rows.filter(organisation=grant.organisation, at__gte=grant.given_at)
    return list(seen.order_by("-at")[:SAW_SHOWN])


@company_view(SHARING_MANAGE)
@require_safe
def sharing(request: HttpRequest, company: Company) -> HttpResponse:
    """Show who may see what, and let the owner change it."""
    if settings.LOCAL:  # nobody else can reach this computer
        raise Http404
    grants = Grant.objects.of(company).select_related("organisation").order_by("-given_at")
    return render(
        request,
        "sharing.html",
        {
            "company": company,
            "grants": [
                (grant, offered(grant.organisation), _saw(company, grant))
                for grant in grants
                if grant.withdrawn_at is None
            ],
            "handed_out": handed_out(company),
            "held": Hold.objects.of(company).filter(ended_at=None).count(),
            "former": [grant for grant in grants if grant.withdrawn_at is not None],
            "invitations": company.invitations.filter(
                used_at=None, expires_at__gt=timezone.now()
            ).order_by("-made_at"),
            "notes": Note.objects.of(company).select_related("organisation").order_by("-at")[:20],
            "rights": list(ticks()),
        },
    )


@company_view(SHARING_MANAGE)
@require_POST
def change_grant(request: HttpRequest, company: Company, grant_id: int) -> HttpResponse:
    """Change what an organisation may see, or withdraw it all."""
    grant = get_object_or_404(Grant.objects.of(company), pk=grant_id, withdrawn_at=None)
    form = GrantForm(request.POST)
    if not form.is_valid():
        back = reverse("supporters:sharing", args=[company.pk])
        return refused(request, form.sentence(), back=back)
    if form.cleaned_data["withdraw"]:
        Grant.objects.of(company).filter(pk=grant.pk).update(withdrawn_at=timezone.now())
        # Links still on their way could bring the same organisation back: they end here.
        company.invitations.filter(to="organisation", used_at=None).update(
            expires_at=timezone.now()
        )
        values = {"organisation": grant.organisation.name}
        tell(company, GRANT_WITHDRAWN, str(grant.pk), values=values, by=request.user)
        action = "grant.withdrawn"
    else:
        Grant.objects.of(company).filter(pk=grant.pk).update(scopes=form.scopes())
        action = "grant.changed"
    note_by(request, action, company, organisation=grant.organisation)
    return redirect("supporters:sharing", company.pk)


@company_view(SHARING_MANAGE)
@require_POST
def invite_organisation(request: HttpRequest, company: Company) -> HttpResponse:
    """Invite a supporter, buyer or bank to look, with the ticked rights."""
    back = reverse("supporters:sharing", args=[company.pk])
    return _invite(
        request, "organisation", InvitationForm(request.POST), company=company, back=back
    )


@company_view(SHARING_MANAGE)
@require_POST
def cancel_invitation(
    request: HttpRequest, company: Company, invitation_id: uuid.UUID
) -> HttpResponse:
    """Make a link useless before anybody used it."""
    found = get_object_or_404(company.invitations, pk=invitation_id, used_at=None)
    company.invitations.filter(pk=found.pk).update(expires_at=timezone.now())
    note_by(request, "invitation.cancelled", company)
    return redirect("supporters:sharing", company.pk)


@company_view(COMPANY_MANAGE)
@require_POST
def invite_staff(request: HttpRequest, company: Company) -> HttpResponse:
    """Invite a colleague into the company."""
    back = reverse("companies:settings", args=[company.pk])
    form = InvitationForm(request.POST)
    return _invite(request, "staff", form, company=company, back=back, with_rights=False)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the organisation's people; invite a company or a colleague."""
    if request.method == "POST":
        form = HelpersInvitationForm(request.POST)
        to = form.cleaned_data["to"] if form.is_valid() else ""
        page = "supporters:invitations" if to == "company" else "supporters:helpers"
        back = reverse(page, args=[organisation.pk])
        return _invite(request, to, form, organisation=organisation, back=back)
    helpers = organisation.helpers.select_related("user").order_by("since")
    return render(
        request,
        "helpers.html",
        {"organisation": organisation, "helpers": helpers},
    )


@organisation_view
@require_POST
def remove_helper(request: HttpRequest, organisation: Organisation, helper_id: int) -> HttpResponse:
    """Take somebody out of the organisation; the last one stays."""
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        helper = get_object_or_404(organisation.helpers, pk=helper_id)
        if organisation.helpers.count() > 1:
            helper.delete()
    if helper.user_id == request.user.pk:
        return redirect("companies:home")
    return redirect("supporters:helpers", organisation.pk)


def _open(secret: str) -> Invitation:
    """Return the invitation of a link that is still good. Raises Http404."""
    invitation: Invitation | None = (
        Invitation.objects.across("whoever holds a link may follow it")
        .select_related("organisation", "company")
        .filter(hash=Invitation.hashed(secret), used_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if invitation is None or not _may_still_invite(invitation):
        raise Http404
    return invitation


def _may_still_invite(invitation: Invitation) -> bool:
    """Return whether whoever made the link still has the role that let them make it."""
    if invitation.to in ("staff", "organisation"):
        needed = COMPANY_MANAGE if invitation.to == "staff" else SHARING_MANAGE
        return may(Actor(user=invitation.made_by), needed, invitation.company)
    return Helper.objects.filter(
        user=invitation.made_by,
        organisation=invitation.organisation,
        organisation__approved_at__isnull=False,
    ).exists()


@require_safe
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Show who invites, to what, and what would be seen; nothing happens before the button."""
    try:
        invitation = _open(secret)
    except Http404:
        return refused(request, say("join.used"), code=404)
    user = request.user
    context = {
        "invitation": invitation,
        "accept": reverse("supporters:accept", args=[secret]),
        "proposed": invitation.name,
        "rights": offered(invitation.organisation) if invitation.organisation else [],
    }
    if user.is_authenticated:
        request.session.pop(INVITED, None)
        context["companies"] = companies_of(user, SHARING_MANAGE)
        context["organisations"] = organisations_of(user)
    else:
        # Signing up may take a detour through the mail program; the first page leads back here.
        request.session[INVITED] = request.path
    return render(request, "join.html", context)


@login_required
@require_POST
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation; the link is used up."""
    with transaction.atomic():
        invitation = _open(secret)
        links = Invitation.objects.across("whoever holds a link may follow it")
        if not links.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()):
            raise Http404
        if invitation.to == "staff":
            return _join_staff(request, invitation)
        if invitation.to == "helper":
            return _join_helper(request, invitation)
        return _grant(request, invitation)


def _join_staff(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    company = invitation.company
    if company is None:
        raise Http404
    Membership.objects.of(company).get_or_create(
        user=request.user, company=company, defaults={"role": Membership.STAFF}
    )
    note("person.joined", company=company, actor=request.user, actor_as="staff")
    return redirect("companies:result", company.pk)


def _join_helper(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    organisation = invitation.organisation
    if organisation is None or organisation.approved_at is None:
        raise Http404
    Helper.objects.get_or_create(user=request.user, organisation=organisation)
    return redirect(organisation.front_page, organisation.pk)


def _grant(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Join a company and an organisation; the company's owner decides the rights."""
    if invitation.to == "company":
        organisation = invitation.organisation
        own = companies_of(request.user, SHARING_MANAGE)
        joins = CompanyJoinsForm(request.POST, own=bool(own))
        if not joins.is_valid():
            raise Http404
        chosen = joins.cleaned_data["company"]
        if chosen is not None:
            company = next((c for c in own if c.pk == chosen), None)
        else:
            company = found_company(request.user, name=joins.cleaned_data["name"])
        if company is None or organisation is None:
            raise Http404
        scopes = joins.scopes()
        page = "supporters:sharing" if own else "companies:welcome"
        after = redirect(page, company.pk)
    else:
        company, form = invitation.company, OrganisationJoinsForm(request.POST)
        if company is None or not form.is_valid():
            raise Http404
        organisation = organisation_of(request.user, form.cleaned_data["organisation"])
        scopes = invitation.scopes
        after = redirect("supporters:fleet", organisation.pk)
    give(request, company, organisation, scopes, accepted=invitation.to != "company")
    return after


def give(
    request: HttpRequest,
    company: Company,
    organisation: Organisation,
    scopes: tuple[str, ...],
    *,
    link: JoinLink | None = None,
    accepted: bool = False,
) -> None:
    """Let an organisation look at a company, with what is ticked; call it in a transaction.

    link: the shared link the company came by.
    accepted: the organisation accepts what the company offered; else the company's owner acts.
    """
    # Two links of one organisation accepted at once must not make two open grants.
    Company.objects.select_for_update().get(pk=company.pk)
    Grant.objects.of(company).filter(organisation=organisation, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    made = Grant.objects.of(company).create(
        company=company, organisation=organisation, scopes=scopes, link=link
    )
    told = {"values": {"organisation": organisation.name}, "by": request.user}
    tell(company, GRANT_GIVEN, str(made.pk), **told)
    if accepted:
        note_as(request, organisation, "grant.accepted", company)
        return
    owner = {"actor": request.user, "actor_as": "owner"}
    note("grant.given", company=company, organisation=organisation, **owner)
