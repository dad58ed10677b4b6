"""What comes to a company's address to forward to: judged, remembered, answered to its own people."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.core.mail import send
from tojimari.portal.links import host_of_portal
from tojimari.portal.mailcheck.judging import judged_forwarded
from tojimari.portal.mailcheck.letter import letter_on
from tojimari.portal.mailcheck.memory import known_of, people_of, remember
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailin.automatic import (
    ANSWER_HEADERS,
    head_of,
    message_id_of,
    why_not_answered,
)
from tojimari.portal.mailin.models import ReceivedMail
from tojimari.portal.mailin.purposes import takes_mail

PURPOSE = "mailcheck"
A_DAY = 60
"""Answers to one person within a day; somebody may bear their name falsely."""


def is_own(company: Any, sender: str) -> bool:
    """Return whether a sender's address is that of somebody who works in the company."""
    return any(address == sender for address, _, _ in people_of(company))


@takes_mail(PURPOSE, known=is_own)
def judge_forwarded(row: ReceivedMail, data: bytes) -> str:
    """Judge a forwarded mail and answer whoever forwarded it; returns the outcome.

    Raises OSError while the mail server is in trouble: then nothing has been remembered.
    """
    if why := why_not_answered(row.sender, head_of(data)):
        return why
    company = row.company
    person = next((one for one in people_of(company) if one[0] == row.sender), None)
    if person is None:  # left since it came
        return "stranger"
    today = ReceivedMail.objects.of(company).filter(
        sender=row.sender, outcome="answered", done_at__gt=timezone.now() - timedelta(days=1)
    )
    if today.count() >= A_DAY:
        return "too_many"
    lang: Lang = "en" if person[2] == "en" else "ja"
    known = known_of(company)
    found = judged_forwarded(data, known)
    subject, text = letter_on(found, lang)
    answered = send(subject, text, row.sender, headers=_headers(row, data), automatic=True)
    remember(company, found.message, found.verdict, known, way=Judged.FORWARDED, asker=row.sender)
    return "answered" if answered else "no_server"


def _headers(row: ReceivedMail, data: bytes) -> dict[str, str]:
    # Sent a second time after a fall in between, the same id lets mail programs show it once.
    headers = {**ANSWER_HEADERS, "Message-ID": f"<{row.pk.hex}.answer@{host_of_portal()}>"}
    if identity := message_id_of(data):
        headers |= {"In-Reply-To": identity, "References": identity}
    return headers
