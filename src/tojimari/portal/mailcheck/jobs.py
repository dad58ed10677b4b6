"""What comes to a company's address to forward to: judged, remembered, answered to its own people."""

from typing import Any

from django.conf import settings

from tojimari.model import Lang
from tojimari.portal.core.mail import send
from tojimari.portal.limits import too_often
from tojimari.portal.links import host_of_portal
from tojimari.portal.mailcheck.confirming import has_confirmed
from tojimari.portal.mailcheck.exercises import exercise_in
from tojimari.portal.mailcheck.judging import judged_forwarded
from tojimari.portal.mailcheck.letter import letter_on, letter_on_exercise
from tojimari.portal.mailcheck.memory import known_of, members_of, people_of, remember
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
"""Answers to one address within a day, of all companies; somebody may bear its name falsely."""
COMPANY_A_DAY = 300
"""Answers to all people of one company within a day."""
_DAY = 86_400


def is_own(company: Any, sender: str) -> bool:
    """Return whether a sender's address is known to be that of one of the company's people.

    Who has an account has signed in by a mail to that address; an employee confirmed it by a link.
    One that was only typed may be a stranger's, and is never answered.
    """
    return any(address == sender for address, _, _ in members_of(company)) or has_confirmed(
        company, sender
    )


@takes_mail(PURPOSE, known=is_own)
def judge_forwarded(row: ReceivedMail, data: bytes) -> str:
    """Judge a forwarded mail and answer whoever forwarded it; returns the outcome.

    It is remembered first and once, by the row's id; dealt with again, it is only answered again.
    Raises OSError while the mail server is in trouble.
    """
    if why := why_not_answered(row.sender, head_of(data)):
        return why
    company = row.company
    if not is_own(company, row.sender):  # left since it came
        return "stranger"
    if row.tries <= 1 and _too_many(company, row.sender):
        return "too_many"
    people = people_of(company)
    exercise = exercise_in(data, "address")
    lang: Lang = "en" if (row.sender, "en") in {(one[0], one[2]) for one in people} else "ja"
    if exercise is not None:
        subject, text = letter_on_exercise(exercise, lang)
        return _answered(row, data, subject, text)
    known = known_of(company, people)
    found = judged_forwarded(data, known)
    remember(
        company,
        found.message,
        found.verdict,
        known,
        people,
        way=Judged.FORWARDED,
        asker=row.sender,
        key=row.pk,
    )
    subject, text = letter_on(found, lang)
    return _answered(row, data, subject, text)


def _answered(row: ReceivedMail, data: bytes, subject: str, text: str) -> str:
    if send(subject, text, row.sender, headers=_headers(row, data), automatic=True):
        return "answered"
    return "refused" if settings.MAIL_CONFIGURED else "no_server"


def _too_many(company: Any, sender: str) -> bool:
    """Count one more mail; both are asked always, so that one never spares the other."""
    of_address = too_often("mail-answer", sender, times=A_DAY, seconds=_DAY)
    of_company = too_often("mail-company", str(company.pk), times=COMPANY_A_DAY, seconds=_DAY)
    return of_address or of_company


def _headers(row: ReceivedMail, data: bytes) -> dict[str, str]:
    # Sent a second time after a fall in between, the same id lets mail programs show it once.
    headers = {**ANSWER_HEADERS, "Message-ID": f"<{row.pk.hex}.answer@{host_of_portal()}>"}
    if identity := message_id_of(data):
        headers |= {"In-Reply-To": identity, "References": identity}
    return headers
