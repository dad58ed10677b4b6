"""Writes one mail of a drill: as the template says, and with what every such mail has to bear."""

from calendar import month_name
from datetime import date, timedelta
from email.message import Message as Part
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from io import BytesIO
from typing import Any
from urllib.parse import quote

import msgspec
import segno
from django.conf import settings
from django.utils import timezone

from tojimari.catalog.drill_template import DrillMail as Wording
from tojimari.catalog.drill_template import DrillTemplate, filled
from tojimari.model import Lang
from tojimari.portal.drills.attachments import attached_page, attached_pdf, file_name, is_pdf
from tojimari.portal.drills.links import HEADER, address_of, file_address_of, message_id, token_of
from tojimari.portal.drills.models import Drill, DrillMail
from tojimari.portal.links import whole_address
from tojimari.portal.mailin.addresses import address_of as mail_in_address
from tojimari.portal.mailin.addresses import extended

ANSWERS = "answers"
"""The purpose of the address to which answers and reports of mail servers come back."""
_QR = "code@drill"
_DEADLINE = timedelta(days=2)
_MONTHS = month_name[1:]


class Letter(msgspec.Struct, frozen=True):
    """A mail of a drill, ready to be sent.

    Attributes:
        returns_to: where mail servers report to; "" for the portal's own address.
    """

    subject: str
    text: str
    html: str
    headers: dict[str, str]
    returns_to: str
    parts: list[Part]


def operator() -> str:
    """Return the portal as the header of a drill's mail names it."""
    name = settings.OPERATOR_NAME or settings.PUBLIC_URL
    return " ".join(f"{name}; {settings.OPERATOR_CONTACT}".split())


def wording(
    template: DrillTemplate, lang: Lang, *, name: str, company: str, link: str, qr: str
) -> Wording:
    """Return a template in ``lang`` with its places filled."""
    return filled(template.mail(lang), name=name, company=company, link=link, qr=qr, **_days(lang))


def quoted(words: str, lang: Lang, *, name: str, company: str) -> str:
    """Return words that a cue quotes, filled as in the mail that ``name`` received."""
    mail = Wording(sender_name="", local_part="", subject="", text=words, html="")
    return filled(mail, name=name, company=company, **_days(lang)).text


def _days(lang: Lang) -> dict[str, str]:
    today = timezone.localdate()
    return {"today": _day(today, lang), "deadline": _day(today + _DEADLINE, lang)}


def _day(day: date, lang: Lang) -> str:
    return f"{day.month}月{day.day}日" if lang == "ja" else f"{_MONTHS[day.month - 1]} {day.day}"


def sender_of(written: Wording) -> str:
    """Return who a mail says it is from: its own name at the operator's domain, and no other."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    plain = " ".join("".join(each for each in written.sender_name if each.isprintable()).split())
    return formataddr((plain, f"{written.local_part}@{domain}"))


def answers_to(company: Any) -> str:
    """Return the address to which answers to a company's mails come back; "" where no mail comes in."""
    return mail_in_address(company, ANSWERS)


def letter_of(mail: DrillMail, template: DrillTemplate, answers: str) -> Letter:
    """Return the mail to one person. answers: as ``answers_to`` says, asked once for many mails."""
    drill: Drill = mail.drill
    lang: Lang = "en" if drill.lang == "en" else "ja"
    written = wording(
        template,
        lang,
        name=mail.name,
        company=str(mail.company),
        link=address_of(mail),
        qr=f"cid:{_QR}",
    )
    back = extended(answers, token_of(mail.pk))
    headers = {
        "From": sender_of(written),
        "Message-ID": message_id(mail),
        HEADER: _ascii(f"{drill.pk.hex}; {operator()}"),
        f"{HEADER}-Abuse": whole_address("drills:abuse"),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if back and template.kind == "reply":
        headers["Reply-To"] = back
    return Letter(
        written.subject, written.text, written.html, headers, back, _parts(template, written, mail)
    )


def _ascii(text: str) -> str:
    """Return a header's value that every program reads as it stands: what is not ASCII, encoded."""
    return text if text.isascii() else quote(text, safe=" ;:@/.,+-_()")


def _parts(template: DrillTemplate, written: Wording, mail: DrillMail) -> list[Part]:
    found: list[Part] = []
    if template.has_qr:
        image = MIMEImage(qr_png(address_of(mail)), "png")
        image.add_header("Content-ID", f"<{_QR}>")
        image.add_header("Content-Disposition", "inline", filename="code.png")
        found.append(image)
    if written.attachment:
        name, leads_to = file_name(written), file_address_of(mail)
        if is_pdf(name):
            file = MIMEApplication(attached_pdf(written.attachment, leads_to), "pdf")
        else:
            file = MIMEApplication(attached_page(written.attachment, leads_to).encode())
            file.set_type("text/html")
        file.add_header("Content-Disposition", "attachment", filename=name)
        found.append(file)
    return found


def qr_png(link: str) -> bytes:
    """Return a picture with the code of an address, as PNG."""
    out = BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="png", scale=5)
    return out.getvalue()
