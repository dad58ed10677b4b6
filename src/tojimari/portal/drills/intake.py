"""Mail that comes back for drills: answers, reports of mail servers, and what people pass on."""

from email.message import Message as Parsed
from typing import Any

from django.conf import settings

from tojimari.model import Lang
from tojimari.portal.core.mail import send
from tojimari.portal.core.models import Employee
from tojimari.portal.drills.counting import count
from tojimari.portal.drills.letters import ANSWERS
from tojimari.portal.drills.links import found_by
from tojimari.portal.drills.models import DrillMail
from tojimari.portal.drills.recognition import reported
from tojimari.portal.drills.safeguards import domains_of, may_be_sent_to
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.mailcheck.jobs import is_own
from tojimari.portal.mailin.automatic import ANSWER_HEADERS, head_of, why_not_answered
from tojimari.portal.mailin.models import ReceivedMail
from tojimari.portal.mailin.purposes import takes_mail
from tojimari.portal.people.models import Membership
from tojimari.portal.words import say

REPORTS = "reports"
"""The purpose of the address to which people pass on what seems odd."""
ANSWERS_A_DAY = 30
"""Thanks to one address within a day; somebody may bear its name falsely."""
_DAY = 86_400


def _anybody(company: Any, sender: str) -> bool:
    """Take every mail: a server reports with no sender, and people answer from where they like."""
    return True


def _may_be_answered(company: Any, sender: str) -> bool:
    """Return whether an address is surely one of the company's: at a domain it has proven.

    An address that was only typed into a list may be a stranger's, and is never answered.
    """
    return may_be_sent_to(sender, domains_of(company)) or is_own(company, sender)


def _of_company(company: Any, sender: str) -> bool:
    """Return whether a sender is one of the company's people, as it named them."""
    people = Employee.objects.of(company).filter(email__iexact=sender, left_at=None)
    members = Membership.objects.of(company).filter(user__email__iexact=sender)
    return bool(sender) and (people.exists() or members.exists())


@takes_mail(ANSWERS, known=_anybody, discreet=True)
def take_answer(row: ReceivedMail, data: bytes) -> str:
    """Count an answer to a mail of a drill, or that it came back; its words are not kept."""
    mail = found_by(row.extension)
    if mail is None or mail.company_id != row.company_id:
        return "unknown"
    head = head_of(data)
    why = why_not_answered(row.sender, head)
    if why in ("empty_sender", "report"):
        if not _failed(data):
            return "report"
        own = DrillMail.objects.of(mail.company_id).filter(pk=mail.pk, state__in=DrillMail.SENT)
        own.update(state=DrillMail.RETURNED)
        count(mail, "refused")
        return "returned"
    if reported_within(head):
        return "report"
    if not count(mail, "replied", "automatic" if why else ""):
        return "late"
    return why or _tell_who_answered(mail, row.sender, row.extension)


def _tell_who_answered(mail: DrillMail, sender: str, token: str) -> str:
    """Say at once that it was a drill; only to the address the mail went to."""
    if sender != mail.email.lower():
        return "counted"
    lang: Lang = "en" if mail.drill.lang == "en" else "ja"
    words = {
        "company": str(mail.company),
        "link": whole_address("drills:why", token),
    }
    subject, text = say("drillanswered.subject", lang), say("drillanswered.text", lang, **words)
    sent = send(subject, text, sender, headers=dict(ANSWER_HEADERS), automatic=True)
    return "answered" if sent else "counted"


def _failed(data: bytes) -> bool:
    """Return whether a mail server says that it could not deliver (RFC 3464); a delay is none."""
    lines = data[:200_000].lower().replace(b" ", b"")
    return b"\naction:failed" in lines or b"\naction:" not in lines


def reported_within(head: Parsed) -> bool:
    """Return whether a mail is a receipt of somebody's mail program (RFC 8098)."""
    return "disposition-notification" in str(head.get("content-type", "")).lower()


@takes_mail(REPORTS, known=_of_company, discreet=True)
def take_report(row: ReceivedMail, data: bytes) -> str:
    """Count a mail that was passed on where it is one of a drill, and answer whoever did."""
    mail = reported(data, "address")
    if why := why_not_answered(row.sender, head_of(data)):
        return why
    if not _may_be_answered(row.company, row.sender):
        return "counted" if mail is not None else "stranger"
    if too_often("drill-thanks", row.sender, times=ANSWERS_A_DAY, seconds=_DAY):
        return "too_many"
    lang: Lang = "en" if mail is not None and mail.drill.lang == "en" else "ja"
    kind = "drillthanks" if mail is not None else "drillnotours"
    words = {"company": str(row.company)}
    subject, text = say(f"{kind}.subject", lang, **words), say(f"{kind}.text", lang, **words)
    if send(subject, text, row.sender, headers=dict(ANSWER_HEADERS), automatic=True):
        return "answered"
    return "refused" if settings.MAIL_CONFIGURED else "no_server"
