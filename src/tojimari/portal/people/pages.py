"""A person's own page: name, ways to sign in, sessions, tokens, own data, leaving."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.core.deletion import delete_company
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.core.scope import company_model
from tojimari.portal.errors import refused
from tojimari.portal.forms import TypedOutForm
from tojimari.portal.people.forms import TOKEN_DAYS, PersonForm, TokenForm
from tojimari.portal.people.models import SCOPES, ApiToken, Membership
from tojimari.portal.words import say

TOKENS_AT_MOST = 20
REMIND_SALT = "tojimari.remind"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show and change the own name; lead to everything else."""
    if settings.LOCAL:  # there is one person and no way to sign in
        raise Http404
    user = request.user
    if request.method == "POST":
        form = PersonForm(request.POST)
        if not form.is_valid():
            return refused(request, form.sentence(), back=reverse("people:account"))
        user.name = form.cleaned_data["name"]
        user.save(update_fields=["name"])
        return redirect("people:account")
    return render(
        request,
        "account.html",
        {
            "memberships": Membership.objects.of_user(user)
            .select_related("company")
            .order_by("since"),
            "tokens": user.api_tokens.order_by("-made_at"),
            "now": timezone.now(),
            "scopes": SCOPES,
            "days": TOKEN_DAYS,
        },
    )


@login_required
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """Make an API token and show its secret once."""
    form = TokenForm(request.POST)
    if not form.is_valid() or request.user.api_tokens.count() >= TOKENS_AT_MOST:
        return refused(request, form.sentence(), back=reverse("people:account"))
    sent = form.cleaned_data
    token, secret = ApiToken.make(request.user, sent["name"], sent["scope"], sent["days"])
    context = {"token": token, "secret": secret, "back": reverse("people:account")}
    return render(request, "token.html", context)


@login_required
@require_POST
def remove_token(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Make a token useless at once."""
    get_object_or_404(request.user.api_tokens, pk=token_id).delete()
    return redirect("people:account")


@login_required
@require_safe
def my_data(request: HttpRequest) -> HttpResponse:
    """Send everything kept about the person (not the companies: their owners export those)."""
    user = request.user
    events = AuditEvent.objects.of_actor(user).order_by("at")
    body: dict[str, Any] = {
        "schema": "tojimari.person/1",
        "email": user.email,
        "name": user.name,
        "since": user.date_joined,
        "last_sign_in": user.last_login,
        "roles": [
            {"company": str(m.company), "role": m.role, "since": m.since, "remind": m.remind}
            for m in Membership.objects.of_user(user).select_related("company")
        ],
        "helps": [
            {"organisation": h.organisation.name, "since": h.since}
            for h in user.helps.select_related("organisation")
        ],
        "expert": list(
            user.expert_profiles.values(
                *("organisation__name", "name", "fields", "prefectures", "online", "days"),
                *("hours", "languages", "about", "is_on", "made_at"),
            )
        ),
        "tokens": list(user.api_tokens.values("name", "scopes", "made_at", "expires_at")),
        "sessions": list(
            user.usersession_set.values("created_at", "ip", "user_agent", "last_seen_at")
        ),
        "done": list(events.values("at", "action", "company")),
    }
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False, indent=1, default=str),
        content_type="application/json",
    )
    return as_file(response, "tojimari-my-data.json")


def _alone(user: Any) -> list[Any]:
    """Return the companies that would be left without an owner."""
    return [
        m.company
        for m in Membership.objects.of_user(user)
        .filter(role=Membership.OWNER)
        .select_related("company")
        if not m.company.memberships.filter(role=Membership.OWNER).exclude(user=user).exists()
    ]


def _delete(user: Any) -> None:
    """Delete a person and the companies that would be left without an owner."""
    with transaction.atomic():
        companies = company_model().objects
        for company in companies.filter(memberships__user=user).order_by("pk"):
            companies.select_for_update().get(pk=company.pk)
        for company in _alone(user):
            delete_company(company)
        user.delete()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Delete the account, with every company nobody else owns, after it was typed out."""
    if settings.LOCAL:
        raise Http404
    word, companies = say("delete.word"), _alone(request.user)
    if request.method == "POST":
        if TypedOutForm(request.POST).is_valid():
            _delete(request.user)
            logout(request)
            return render(request, "deleted.html")
        return render(
            request,
            "leave.html",
            {"word": word, "companies": companies, "wrong": True},
            status=400,
        )
    return render(request, "leave.html", {"word": word, "companies": companies})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the weekly mail; the signed link is enough, as mail programs press it themselves."""
    try:
        membership = signing.loads(token, salt=REMIND_SALT)
    except signing.BadSignature as error:
        raise Http404 from error
    if request.method == "POST":
        Membership.objects.across("whoever holds a signed link stops the mail it came with").filter(
            pk=membership
        ).update(remind=False)
        return render(request, "unsubscribe.html", {"stopped": True})
    return render(request, "unsubscribe.html", {"token": token})
