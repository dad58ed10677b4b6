"""The page a mail of a drill leads to: what it was and by what it could be known, in one minute.

It is opened by a link that nobody guesses, without an account. That it was asked for says nothing: a
mail server's scanner, a preview, a forwarded mail ask for it as well. Only a person's step on it
counts: the page was in front of somebody for a moment, or the button was pressed. Of the fields of
the page with a form nothing is sent: they have no names.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.drills.events import EventKind
from tojimari.model import Lang
from tojimari.portal.drills.counting import followed
from tojimari.portal.drills.forms import ObjectForm, StepForm
from tojimari.portal.drills.letters import wording
from tojimari.portal.drills.links import TOKEN, address_of, found_by
from tojimari.portal.drills.models import DrillMail, Objection
from tojimari.portal.drills.shown import cues_of
from tojimari.portal.drills.templates import template_of
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of as address_of_visitor
from tojimari.portal.limits import too_often
from tojimari.portal.words import say

STEPS_AN_HOUR = 3000
"""Steps from one address: a company of many people shares one."""
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="48" height="48">'
    '<path d="M3 6h18v12H3zM3 7l9 7 9-7" fill="none" stroke="#0017c1" stroke-width="2"/></svg>'
)


def _mail_or_404(token: str) -> DrillMail:
    found = found_by(token)
    if found is None:
        raise Http404
    return found


def _followed_or_404(token: str, kind: EventKind, detail: str, request: HttpRequest) -> DrillMail:
    found = followed(token, kind, detail, request)
    if found is None:
        raise Http404
    return found


@require_safe
def landing(request: HttpRequest, drill_token: str) -> HttpResponse:
    """Show what the mail was; being asked for it is taken down as what it is, and is no click."""
    return _landing(request, drill_token, "fetched")


@require_safe
def landing_of_file(request: HttpRequest, drill_token: str) -> HttpResponse:
    """The same, where the file of a mail led."""
    return _landing(request, drill_token, "attachment")


def _landing(request: HttpRequest, token: str, kind: EventKind) -> HttpResponse:
    mail = _followed_or_404(token, kind, str(request.method), request)
    context = {
        "token": token,
        "called": str(mail.company),
        "with_form": mail.drill.with_form and kind == "fetched",
    }
    return render(request, "drill_landing.html", context)


@require_safe
def picture(request: HttpRequest, drill_token: str) -> HttpResponse:
    """Send the page's small picture: a browser asks for it, most scanners do not."""
    _followed_or_404(drill_token, "asset", "", request)
    return HttpResponse(_PICTURE, content_type="image/svg+xml")


# A step needs no token of ours against other sites: the link's own secret is asked for, and nothing
# of a session counts; who has no cookies is counted as well.
@csrf_exempt
@require_POST
def step(request: HttpRequest, drill_token: str) -> HttpResponse:
    """Take down a person's step: the page was seen for a moment, or its button pressed."""
    form = StepForm(request.POST)
    if not form.is_valid():
        raise Http404
    how = form.cleaned_data["how"]
    return _taken(request, drill_token, "opened", how)


@csrf_exempt
@require_POST
def typed(request: HttpRequest, drill_token: str) -> HttpResponse:
    """Take down that somebody went into a field of the page; what was typed is never sent."""
    return _taken(request, drill_token, "typed", "")


def _taken(request: HttpRequest, token: str, kind: EventKind, detail: str) -> HttpResponse:
    visitor = address_of_visitor(request)
    if TOKEN.fullmatch(token) and too_often(
        "drill-step", visitor, times=STEPS_AN_HOUR, seconds=3600
    ):
        return refused(request, say("error.too_often"), code=429)
    _followed_or_404(token, kind, detail, request)
    if detail == "visible" or request.headers.get("X-Tojimari-Script"):
        return HttpResponse(status=204)
    return redirect("drills:why", token)


@require_safe
def why(request: HttpRequest, drill_token: str) -> HttpResponse:
    """Show by what the mail could be known, and what the drill is about; counts nothing."""
    mail = _mail_or_404(drill_token)
    email = mail.email.lower()
    objects = Objection.objects.of(mail.company).filter(email=email).exists()
    return render(request, "drill_why.html", _about(mail, drill_token) | {"objects": objects})


@require_http_methods(["POST"])
def object_to(request: HttpRequest, drill_token: str) -> HttpResponse:
    """Leave whoever the mail went to out of coming drills, or take them in again."""
    mail = _mail_or_404(drill_token)
    form = ObjectForm(request.POST)
    if not form.is_valid():
        raise Http404
    own, email = Objection.objects.of(mail.company), mail.email.lower()
    # The page says which of the two is meant: a second press at once must not take the first back.
    if form.cleaned_data["takes_in"]:
        own.filter(email=email).delete()
    else:
        own.get_or_create(company=mail.company, email=email)
    return redirect("drills:why", drill_token)


@require_safe
def abuse(request: HttpRequest) -> HttpResponse:
    """Say what a mail of a drill is, and whom to ask who got one and does not know why."""
    context = {
        "operator_name": settings.OPERATOR_NAME,
        "operator_contact": settings.OPERATOR_CONTACT,
    }
    return render(request, "drill_abuse.html", context)


def _about(mail: DrillMail, token: str) -> dict[str, Any]:
    template = template_of(mail.company, mail.template)
    lang: Lang = "en" if mail.drill.lang == "en" else "ja"
    found: dict[str, Any] = {"mail": mail, "token": token, "called": str(mail.company)}
    if template is None:  # an own template that was deleted meanwhile
        return found | {"cues": [], "subject": ""}
    written = wording(
        template, lang, name=mail.name, company=str(mail.company), link=address_of(mail), qr=""
    )
    return found | {
        "template": template,
        "kind": template.kind,
        "subject": written.subject,
        "sender": written.sender_name,
        "cues": cues_of(template, lang, name=mail.name, company=str(mail.company)),
        "named": mail.drill.named,
    }
