"""How an answer is shown: to the supplier before sending, to the buyer, on the page of sharing."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tojimari.attest.replies import Reply
from tojimari.attest.requirements import Ask
from tojimari.portal.companies.models import Company
from tojimari.portal.requests.models import BuyerRequest, Inquiry
from tojimari.portal.supporters.handed_out import HandedOut
from tojimari.portal.words import current_lang, say

LISTED = 200
"""Answers listed on the page of sharing, the newest first."""


def reply_row(ask: Ask, reply: Reply | None) -> dict[str, Any]:
    """Return one line: what was asked, the answer in words, and what it rests on."""
    lang = current_lang()
    return {
        "ask": ask,
        "title": ask.title.say(lang),
        "reply": reply,
        "state": reply.state if reply else "open",
        "state_words": _state(reply),
        "basis": _basis(reply),
        "words": reply.words if reply else "",
    }


def supplier_rows(found: BuyerRequest, inquiries: Iterable[Inquiry]) -> list[dict[str, str]]:
    """Return the lines of a buyer's list as plain texts.

    A page has a hundred of them: words and the address are made once, not for each line.
    """
    lang, of = current_lang(), len(found.asks)
    states = {state: say(f"inquiry.{state}", lang) for state in Inquiry.STATES}
    place = uuid.UUID(int=0)
    address = reverse("requests:buyer_inquiry", args=[found.organisation_id, found.pk, place])
    start, end = address.split(str(place))
    rows = []
    for one in inquiries:
        shown = one.is_shown
        rows.append(
            {
                "page": f"{start}{one.pk}{end}",
                "name": str(one),
                "email": one.email if one.name else "",
                "state": states[one.state],
                "note": f"{timezone.localdate(one.answered_at)}" if shown else _mailed(one),
                "met": say("suppliers.of", lang, n=one.met, of=of) if shown else "",
            }
        )
    return rows


def _mailed(one: Inquiry) -> str:
    """Return what became of the mail to a supplier that has not answered; "" for all others."""
    if one.state != Inquiry.ASKED:
        return ""
    if one.mail in (Inquiry.WAITING, Inquiry.REFUSED):
        return say(f"suppliers.mail_{one.mail}")
    if one.mailed_at is None:
        return ""
    return say("suppliers.mail_taken", when=f"{timezone.localdate(one.mailed_at)}")


def handed_out(company: Company) -> list[HandedOut]:
    """Return the answers that buyers see now, with each look; the page of sharing lists them."""
    rows = (
        Inquiry.objects.of(company)
        .filter(state=Inquiry.ANSWERED, shown_until__gt=timezone.now())
        .select_related("request__organisation")
        .prefetch_related("views")
        .order_by("-answered_at")[:LISTED]
    )
    found = []
    for one in rows:
        looks = sorted((view.at for view in one.views.all()), reverse=True)
        place = [company.pk, one.pk]
        found.append(
            HandedOut(
                what=say("sharing.answer_to", title=one.request.title),
                to=one.request.organisation.name,
                page=reverse("requests:company_inquiry", args=place),
                withdraw=reverse("requests:company_withdraw", args=place),
                since=one.answered_at,
                until=one.shown_until,
                opened=tuple(looks),
                times=len(looks),
            )
        )
    return found


def _state(reply: Reply | None) -> str:
    if reply is None:
        return say("reply.open")
    if reply.state == "planned" and reply.by is not None:
        return say("reply.planned_by", day=f"{reply.by:%Y-%m-%d}")
    return say(f"reply.{reply.state}")


def _basis(reply: Reply | None) -> str:
    """Return what "met" rests on and of when; "" for every other answer."""
    if reply is None or reply.state != "met":
        return ""
    day = f"{reply.on:%Y-%m-%d}"
    if reply.evidence == "measured" and reply.covered and reply.known:
        return say("evidence.measured_of", n=reply.covered, of=reply.known, day=day)
    return say("evidence.on", what=say(f"evidence.{reply.evidence}"), day=day)
