"""One page: hand in a mail, get the verdict. Nobody signs in, nothing is kept."""

from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tojimari.lib.printable import printable
from tojimari.mail.confined import Reader
from tojimari.mail.message import Message
from tojimari.mail.signals.seen import Known
from tojimari.mail.verdict import MOST_REASONS, Verdict, judge, worst
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.mailcheck.forms import MailForm
from tojimari.portal.mailcheck.marks import marked
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.mail import reason_text

AN_HOUR = 40
"""Mails that one address may hand in within an hour."""
_SAMPLE = Path(__file__).with_name("sample.eml")


@cache
def reader() -> Reader:
    """Return this process's reader: begun with the first mail, ready for the next ones."""
    return Reader(ready=True)


@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: HttpRequest) -> HttpResponse:
    """Ask for a mail, or judge the one that was handed in."""
    if request.method != "POST":
        return render(request, "mailcheck.html", {})
    back = reverse("mailcheck:mail")
    if too_often("mailcheck", address_of(request), times=AN_HOUR, seconds=3600):
        return refused(request, say("mailcheck.too_often"), back=back, code=429)
    form = MailForm(request.POST, request.FILES)
    data = form.data_of(_SAMPLE.read_bytes()) if form.is_valid() else b""
    if not data.strip():
        return refused(request, say("mailcheck.nothing"), back=back)
    tricks = {each.id: each.trick for each in catalog().signals.values()}
    judged = [(each, judge(each, Known(), tricks)) for each in reader().read(data)]
    verdict = worst([its for _, its in judged])
    message = next(one for one, its in judged if its is verdict)
    return render(request, "mailcheck_verdict.html", _shown(message, verdict))


def _shown(message: Message, verdict: Verdict) -> dict[str, Any]:
    lang = current_lang()
    texts = catalog()
    main = verdict.reasons[:MOST_REASONS]
    trick = texts.tricks.get(verdict.trick)
    sender = message.sender
    named = f"{sender.name} <{sender.address}>" if sender.address else sender.name
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
        "act": verdict.level in ("dangerous", "careful"),
        "sender": marked(named, main, frozenset(("sender", "headers"))),
        "subject": marked(message.subject[:300], main, frozenset(("subject", "sender"))),
        "text": marked(message.text, main, frozenset(("text", "link"))),
        "files": [printable(each.name)[:100] for each in message.attachments if each.name][:20],
    }
