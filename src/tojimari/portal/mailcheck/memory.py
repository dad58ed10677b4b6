"""What a company knows that makes a verdict better, and what a verdict leaves behind there."""

import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail import acquaintances
from tojimari.mail.acquaintances import Known, gather_known, remembered_as
from tojimari.mail.message import Message
from tojimari.mail.signals.acquaintance import is_verified
from tojimari.mail.verdict import SUSPICIOUS, Verdict
from tojimari.portal.core.models import Employee
from tojimari.portal.core.permissions import holders
from tojimari.portal.core.sealing import derived_key, seal, unseal
from tojimari.portal.mailcheck.models import Contact, FirstMail, Judged, KeptMail
from tojimari.portal.mailcheck.rights import MAIL_READ
from tojimari.portal.mailcheck.traces import hosts_of, sketch_of

SENDERS_AT_MOST = 20_000
KEPT_AT_MOST = 200
_SENDER = "tojimari mail sender 1"
_ASKER = "tojimari who asked 1"
_PURPOSE = "tojimari kept mail 1"


Person = tuple[str, str, str]
"""Address, name, language of somebody who works in a company."""


def people_of(company: Any) -> list[Person]:
    """Return (address, name, language) of everybody who works in a company and has an address."""
    found = {address: (name, lang) for address, name, lang in members_of(company)}
    for each in Employee.objects.of(company).filter(left_at=None).exclude(email=""):
        found.setdefault(each.email.lower(), (each.name, "ja"))
    return [(address, name, lang) for address, (name, lang) in found.items()]


def members_of(company: Any) -> list[Person]:
    """Return (address, name, language) of those who have an account, so a confirmed address."""
    users = holders(company, MAIL_READ)
    return [(one.user.email.lower(), one.user.name, str(one.lang)) for one in users]


def known_of(company: Any, people: Sequence[Person]) -> Known:
    """Return what a company knows, from its people (``people_of``), contacts and earlier mails."""
    own = {address.rpartition("@")[2] for address, _, _ in people} - mail_of_everybody()
    contacts = [
        acquaintances.Contact(each.address, (each.name,) if each.name else ())
        for each in Contact.objects.of(company)
    ]
    contacts += [
        acquaintances.Contact(address, (name,) if name else ()) for address, name, _ in people
    ]
    first = FirstMail.objects.of(company).order_by("day")
    first_seen = dict(first.values_list("sender", "day")[:SENDERS_AT_MOST])
    return gather_known(
        own,
        contacts,
        first_seen,
        since=min(first_seen.values(), default=None),
        today=timezone.localdate(),
        key=_sender_key(company),
    )


def _sender_key(company: Any) -> bytes:
    """Return by what free addresses are digested: each company has its own, of the portal's secret."""
    key = derived_key(settings.SECRET_KEY, _SENDER)
    return hashlib.blake2b(company.pk.bytes, digest_size=32, key=key).digest()


def remember(
    company: Any,
    message: Message,
    verdict: Verdict,
    known: Known,
    people: Sequence[Person],
    *,
    way: str,
    asker: str,
    by: Any = None,
    key: uuid.UUID | None = None,
) -> Judged:
    """Keep that a verdict was given, for the months, the waves and the next verdict.

    asker: address of whoever asked; by: their account, if they have one. key: the verdict's id;
    with the same one again nothing more is kept.
    """
    suspicious = verdict.suspicious
    names = [company.name, *(name for _, name, _ in people)] if suspicious else []
    verified = is_verified(message)
    sender = remembered_as(message.sender.address, known.key) if message.sender.domain else ""
    read_exactly = way != Judged.PHOTO  # an engine misreads addresses
    with transaction.atomic():
        if sender and verified and not suspicious:
            FirstMail.objects.of(company).get_or_create(
                company=company, sender=sender, defaults={"day": timezone.localdate()}
            )
        made: Judged
        made, _ = Judged.objects.of(company).get_or_create(
            pk=key or uuid.uuid4(),
            defaults={
                "company": company,
                "way": way,
                "level": verdict.level,
                "trick": verdict.trick if suspicious else "",
                "reasons": [each.id for each in verdict.reasons][:20],
                "sender": sender if verified else "",
                "verified": verified,
                "hosts": hosts_of(message, known)
                if read_exactly and verdict.level == "dangerous"
                else [],
                "sketch": sketch_of(message, names) if suspicious else [],
                "asker": asker_of(asker),
                "by": by,
            },
        )
    return made


def asker_of(address: str) -> str:
    """Return by what somebody who asked is told from others, without the address."""
    key = derived_key(settings.SECRET_KEY, _ASKER)
    return hashlib.blake2b(address.lower().encode(), digest_size=8, key=key).hexdigest()


def answer(company: Any, judged: Judged, expected: str, sender: str) -> None:
    """Keep what the reader said; a verified sender they waited for becomes a contact.

    sender: the mail's, as the reader's page has it; the verdict knows it by a digest only.
    """
    Judged.objects.of(company).filter(pk=judged.pk).update(expected=expected)
    if not (judged.verified and judged.sender and judged.level not in SUSPICIOUS):
        return
    if "@" not in sender or judged.sender != remembered_as(sender, _sender_key(company)):
        return
    address = remembered_as(sender)
    own = Contact.objects.of(company).filter(address=address)
    if expected == "yes":
        Contact.objects.of(company).get_or_create(
            company=company, address=address, defaults={"said": Contact.EXPECTED}
        )
    else:
        own.filter(said=Contact.EXPECTED).delete()


def keep_mail(company: Any, judged: Judged, data: bytes) -> KeptMail:
    """Keep a mail, sealed; beyond ``KEPT_AT_MOST`` the oldest goes."""
    made = KeptMail(company=company, judged=judged)
    made.sealed = seal(data, purpose=_PURPOSE, about=str(made.pk))
    made.save()
    older = KeptMail.objects.of(company).order_by("-delete_at", "-pk")[KEPT_AT_MOST:]
    KeptMail.objects.of(company).filter(pk__in=[each.pk for each in older]).delete()
    return made


def kept_data(kept: KeptMail) -> bytes:
    """Return a mail that was kept. Raises Sealed when the portal's secret has changed."""
    return unseal(bytes(kept.sealed), purpose=_PURPOSE, about=str(kept.pk))
