"""Hand in a mail, get the verdict: open to everybody; a company's people gain by what it knows."""

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tojimari.lib.printable import printable
from tojimari.mail.acquaintances import Known
from tojimari.mail.confined import Busy
from tojimari.mail.message import Message
from tojimari.mail.photos import has_engine, is_picture
from tojimari.mail.verdict import MOST_REASONS, Verdict
from tojimari.portal.core.access import companies_of
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.mailcheck.exercises import exercise_in
from tojimari.portal.mailcheck.forms import MailForm, SharedForm
from tojimari.portal.mailcheck.judging import Judgement, judged
from tojimari.portal.mailcheck.marks import marked
from tojimari.portal.mailcheck.memory import keep_mail, known_of, people_of, remember
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailcheck.report_text import report_on
from tojimari.portal.mailcheck.rights import MAIL_WRITE
from tojimari.portal.mailcheck.turns import RETRY_SECONDS, turn
from tojimari.portal.visitors import phone_of
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.mail import reason_text

AN_HOUR = 40
"""Mails that one address may hand in within an hour."""
SHARED_TYPES = (
    *("message/rfc822", ".eml", "application/vnd.ms-outlook", ".msg", "text/plain"),
    *("image/png", "image/jpeg", "image/webp"),
)
_SAMPLE = Path(__file__).with_name("sample.eml")


@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """Ask for a mail, or judge the one that was handed in."""
    own = companies_of(request.user, MAIL_WRITE) if request.user.is_authenticated else []
    if request.method != "POST":
        context = {"companies": own, "reads_photos": has_engine(), "phone": phone_of(request)}
        return render(request, "mailcheck.html", context)
    back = reverse("mailcheck:mail")
    if too_often("mailcheck", address_of(request), times=AN_HOUR, seconds=3600):
        return refused(request, say("mailcheck.too_often"), back=back, code=429)
    form = MailForm(request.POST, request.FILES)
    data = form.data_of(_SAMPLE.read_bytes()) if form.is_valid() else b""
    if not data.strip():
        return refused(request, say("mailcheck.nothing"), back=back)
    sample, chosen = form.cleaned_data["sample"], form.cleaned_data["company"]
    of_choice = own if len(own) == 1 else [each for each in own if each.pk == chosen]
    if own and not of_choice and not sample:  # a wrong company would count it, and keep it
        return refused(request, say("mailcheck.which_company"), back=back)
    company = of_choice[0] if of_choice else None
    people = people_of(company) if company else []
    known = known_of(company, people) if company else Known()
    exercise = exercise_in(data) if not sample else None
    if exercise is not None:
        return render(request, "mailcheck_exercise.html", {"exercise": exercise})
    found = _in_turn(data, known)
    if found is None:
        return _busy(request)
    context = shown(found)
    if company and not sample:
        way = Judged.PHOTO if is_picture(data) else Judged.PAGE
        row = remember(
            company,
            found.message,
            found.verdict,
            known,
            people,
            way=way,
            asker=request.user.email,
            by=request.user,
        )
        if form.cleaned_data["keep"]:
            context["kept"] = keep_mail(company, row, data)
        context |= {"asks": row, "of_company": company, "asked_of": found.message.sender.address}
    return render(request, "mailcheck_verdict.html", context)


def _in_turn(data: bytes, known: Known) -> Judgement | None:
    """Return what was found; None where too much is judged already."""
    with turn() as got:
        if not got:
            return None
        try:
            return judged(data, known)
        except Busy:
            return None


def _busy(request: HttpRequest) -> HttpResponse:
    response = refused(request, say("mailcheck.busy"), back=reverse("mailcheck:mail"), code=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest) -> HttpResponse:
    """Judge what a phone's menu for sharing hands over.

    The phone sends it without any token of ours. So nothing of the session counts here: it is
    judged as for a stranger, nothing is kept, nothing of a company is looked at but its name (to
    ask for which one it is handed in again), and another site that sends such a form gains nothing. Its counter is its own.
    """
    if request.method != "POST":
        return redirect("mailcheck:mail")
    back = reverse("mailcheck:mail")
    if too_often("mailshare", address_of(request), times=AN_HOUR, seconds=3600):
        return refused(request, say("mailcheck.too_often"), back=back, code=429)
    form = SharedForm(request.POST, request.FILES)
    data = form.content() if form.is_valid() else b""
    if not data.strip():
        return refused(request, say("mailcheck.nothing"), back=back)
    exercise = exercise_in(data)
    if exercise is not None:
        return render(request, "mailcheck_exercise.html", {"exercise": exercise})
    found = _in_turn(data, Known())
    if found is None:
        return _busy(request)
    context = shown(found) | {"shared": form.words()}
    if request.user.is_authenticated:  # only to ask which company, should they hand it in again
        context["companies"] = companies_of(request.user, MAIL_WRITE)
    return render(request, "mailcheck_verdict.html", context)


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Answer with what a phone needs to put the portal into its menu for sharing (W3C manifest)."""
    icons = [
        {"src": static(f"tojimari/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    params: dict[str, Any] = {name: name for name in ("title", "text", "url")}
    params["files"] = [{"name": "file", "accept": list(SHARED_TYPES)}]
    content = {
        "id": "/",
        "name": say("brand"),
        "short_name": say("brand"),
        "lang": current_lang(),
        "start_url": reverse("companies:start"),
        "scope": "/",
        "display": "minimal-ui",
        "icons": icons,
        "share_target": {
            "action": reverse("mailcheck:share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": params,
        },
    }
    return JsonResponse(content, content_type="application/manifest+json")


def shown(found: Judgement) -> dict[str, Any]:
    """Return what the page of a verdict shows."""
    message, verdict = found.message, found.verdict
    lang, texts = current_lang(), catalog()
    main = verdict.reasons[:MOST_REASONS]
    trick = texts.tricks.get(verdict.trick)
    return {
        "level": verdict.level,
        "level_text": say(f"mail.level.{verdict.level}"),
        "said": say(f"mail.say.{verdict.level}"),
        "reasons": [
            (say(f"mail.place.{each.place}"), reason_text(each, texts, lang)) for each in main
        ],
        "others": [reason_text(each, texts, lang) for each in verdict.reasons[MOST_REASONS:]],
        "trust": [reason_text(each, texts, lang) for each in verdict.trust],
        "gaps": [say(f"mail.gap.{each}") for each in verdict.gaps],
        "now": trick.now.say(lang) if trick else "",
        "trick": trick.title.say(lang) if trick else "",
        "how": trick.how.say(lang) if trick else "",
        "act": verdict.suspicious,
        "photo": found.photo,
        "report": report_on(message, verdict),
        **_in_mail(message, verdict),
    }


def _files(message: Message) -> str:
    """Return the names of the first 20 files that came with it, those within others left out."""
    names = [each.name[:100] for each in message.attachments if each.name and not each.within]
    return printable(", ".join(names[:20]))


def _in_mail(message: Message, verdict: Verdict) -> dict[str, Any]:
    """Return the mail itself with the places of its main reasons marked."""
    main = verdict.reasons[:MOST_REASONS]
    sender = message.sender
    named = f"{sender.name} <{sender.address}>" if sender.address else sender.name
    return {
        "sender": marked(named, main, frozenset(("sender", "headers"))),
        "subject": marked(message.subject[:300], main, frozenset(("subject", "sender"))),
        "text": marked(message.text, main, frozenset(("text", "link"))),
        "files": marked(_files(message), main, frozenset(("attachment",))),
    }
