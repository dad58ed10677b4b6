"""Profiles of experts: their own, those of an organisation, and the link for one from outside."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.account import prefecture_choices
from tojimari.portal.companies.rooms import Room
from tojimari.portal.companies.start import INVITED
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.errors import refused
from tojimari.portal.experts.access import sending_view
from tojimari.portal.experts.forms import LANGUAGES, InviteExpertForm, ProfileForm
from tojimari.portal.experts.models import Expert
from tojimari.portal.experts.offered import field_choices
from tojimari.portal.experts.rights import experts_of
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import current_lang, say

EXPERTS_AT_MOST = 500
"""Profiles of one organisation."""
_A_DAY = 50


def rooms_of_expert(user: Any) -> list[Room]:
    """Return the way to a person's visits, if they are an expert."""
    if not experts_of(user).exists():
        return []
    return [Room(say("expert.home"), reverse("experts:expert_home"))]


def link_is_open(expert: Expert) -> bool:
    """Return whether the link of somebody who was invited can still be followed."""
    until = expert.invited_until
    return bool(expert.link) and until is not None and until > timezone.now()


def _edit(
    request: HttpRequest, expert: Expert, *, base: str, back: str, **context: Any
) -> HttpResponse | None:
    """Show the form of a profile, or take it in; None when it was kept."""
    problem, given = "", expert
    if request.method == "POST":
        form = ProfileForm(request.POST)
        if form.is_valid():
            for name, value in form.values().items():
                setattr(expert, name, value)
            expert.save()
            return None
        problem = form.sentence()
        given = Expert(**{**form.values(), "name": form.cleaned_data.get("name", "")})
    shown = {
        "base": base,
        "expert": expert,
        "given": given,
        "problem": problem,
        "back": back,
        "fields": field_choices(),
        "prefectures": prefecture_choices(),
        "days": [(day, say(f"day.{day}")) for day in range(7)],
        "languages": [(code, say(f"speaks.{code}")) for code in LANGUAGES],
        **context,
    }
    return render(request, "expert_profile.html", shown, status=400 if problem else 200)


@sending_view
@require_http_methods(["GET", "HEAD", "POST"])
def my_profile(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Somebody of the organisation says that they can be sent, where and when."""
    found = Expert.objects.filter(organisation=organisation, user=request.user).first()
    expert = found or Expert(
        organisation=organisation, user=request.user, name=str(request.user.name), is_on=True
    )
    expert.lang = current_lang()
    back = reverse("experts:organisation_experts", args=[organisation.pk])
    try:
        with transaction.atomic():
            page = _edit(
                request, expert, base="organisation_base.html", back=back, organisation=organisation
            )
    except IntegrityError:  # the same form, sent twice at once
        page = None
    return page or redirect(back)


@sending_view
@require_http_methods(["GET", "HEAD", "POST"])
def organisation_profile(
    request: HttpRequest, organisation: Organisation, expert_id: uuid.UUID
) -> HttpResponse:
    """Change the profile of somebody the organisation sends."""
    expert = get_object_or_404(Expert, organisation=organisation, pk=expert_id)
    back = reverse("experts:organisation_experts", args=[organisation.pk])
    page = _edit(
        request, expert, base="organisation_base.html", back=back, organisation=organisation
    )
    return page or redirect(back)


@sending_view
@require_POST
def remove_expert(
    request: HttpRequest, organisation: Organisation, expert_id: uuid.UUID
) -> HttpResponse:
    """Take somebody off the list; what they still saw of companies ends at once."""
    get_object_or_404(Expert, organisation=organisation, pk=expert_id).delete()
    note_as(request, organisation, "expert.removed")
    return redirect("experts:organisation_experts", organisation.pk)


@sending_view
@require_POST
def invite_expert(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Invite an expert from outside with a link that works once."""
    back = reverse("experts:organisation_experts", args=[organisation.pk])
    form = InviteExpertForm(request.POST)
    often = too_often("invite_expert", str(organisation.pk), times=_A_DAY, seconds=86_400)
    many = Expert.objects.filter(organisation=organisation).count() >= EXPERTS_AT_MOST
    if not form.is_valid() or often or many:
        return refused(request, form.sentence(), back=back)
    made = Expert.objects.create(organisation=organisation, outside=True, **form.cleaned_data)
    note_as(request, organisation, "expert.invited")
    return _send_link(request, made, back)


@sending_view
@require_POST
def link_again(
    request: HttpRequest, organisation: Organisation, expert_id: uuid.UUID
) -> HttpResponse:
    """Send a new link to somebody who has not followed theirs; the one before ends."""
    back = reverse("experts:organisation_experts", args=[organisation.pk])
    waits = Expert.objects.filter(organisation=organisation, outside=True, user=None)
    found = get_object_or_404(waits, pk=expert_id)
    if too_often("invite_expert", str(organisation.pk), times=_A_DAY, seconds=86_400):
        return refused(request, say(InviteExpertForm.refusal), back=back, code=429)
    return _send_link(request, found, back)


def _send_link(request: HttpRequest, expert: Expert, back: str) -> HttpResponse:
    """Mail the link right here, and show it: a queued task would keep the secret."""
    link = whole_address("experts:join_expert", expert.new_link())
    words = {"organisation": expert.organisation, "link": link}
    try:
        sent = send(
            say("mail.expert_invited_subject", **words),
            say("mail.expert_invited", **words),
            expert.email,
        )
    except OSError:
        sent = False
        not_taken("invitation")
    invitation = {"email": expert.email, "expires_at": expert.invited_until}
    context = {"invitation": invitation, "link": link, "sent": sent, "back": back}
    return render(request, "invited.html", context)


def _invited(secret: str) -> Expert | None:
    return (
        Expert.objects.select_related("organisation")
        .filter(
            link=Expert.hashed(secret),
            user=None,
            invited_until__gt=timezone.now(),
            organisation__approved_at__isnull=False,
            organisation__kind=Organisation.SUPPORTER,
        )
        .first()
    )


@require_safe
def join_expert(request: HttpRequest, secret: str) -> HttpResponse:
    """Show who invites, and to what; nothing happens before the button."""
    expert = _invited(secret)
    if expert is None:
        return refused(request, say("join.used"), code=404)
    if request.user.is_authenticated:
        request.session.pop(INVITED, None)
    else:  # signing up may take a detour through the mail program; the first page leads back here
        request.session[INVITED] = request.path
    context = {"expert": expert, "accept": reverse("experts:accept_expert", args=[secret])}
    return render(request, "expert_join.html", context)


@login_required
@require_POST
def accept_expert(request: HttpRequest, secret: str) -> HttpResponse:
    """Become an expert of the organisation; the link is used up. The profile comes next."""
    expert = _invited(secret)
    if expert is None:
        raise Http404
    before = Expert.objects.filter(organisation=expert.organisation, user=request.user).first()
    if before is not None:  # a second link for the same person: the first profile stays
        expert.delete()
        return redirect("experts:own_profile", before.pk)
    values = {"user": request.user, "link": "", "email": "", "invited_until": None}
    claimed = Expert.objects.filter(pk=expert.pk, user=None, link=Expert.hashed(secret))
    if claimed.update(**values, lang=current_lang()) != 1:
        raise Http404
    return redirect("experts:own_profile", expert.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own_profile(request: HttpRequest, expert_id: uuid.UUID) -> HttpResponse:
    """Change the own profile, or switch it off."""
    expert = get_object_or_404(experts_of(request.user), pk=expert_id)
    expert.lang = current_lang()
    back = reverse("experts:expert_home")
    page = _edit(request, expert, base="base.html", back=back, by=expert.organisation)
    return page or redirect(back)


@login_required
@require_POST
def leave_experts(request: HttpRequest, expert_id: uuid.UUID) -> HttpResponse:
    """Stop being sent by an organisation: the profile goes, and with it what was still seen."""
    get_object_or_404(experts_of(request.user), pk=expert_id).delete()
    return redirect("companies:home")
