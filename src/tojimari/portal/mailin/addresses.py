"""The addresses that companies and organisations get mail by: made, found, replaced."""

import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from tojimari.portal.core.scope import company_model
from tojimari.portal.mailin.models import MailAddress

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for each other when somebody types them off a paper."""
_LENGTH = 16
"""79 bits: nobody guesses one, and one can be typed."""


def address_of(company: Any, purpose: str) -> str:
    """Return a company's address for ``purpose``, made on first use; "" where no domain is set."""
    if not settings.MAIL_IN_DOMAIN:
        return ""
    with transaction.atomic():
        company_model().objects.select_for_update().get(pk=company.pk)
        row = MailAddress.objects.of(company).filter(purpose=purpose, ended_at=None).first()
        row = row or _make(purpose, company=company)
    return f"{row.local}@{settings.MAIL_IN_DOMAIN}"


def organisation_address(organisation: Any, purpose: str) -> str:
    """Return an organisation's address for ``purpose``, made on first use; "" without a domain."""
    if not settings.MAIL_IN_DOMAIN:
        return ""
    own = MailAddress.objects.of_organisation(organisation).filter(purpose=purpose, ended_at=None)
    row = own.first()
    if row is None:
        with transaction.atomic():
            type(organisation).objects.select_for_update().get(pk=organisation.pk)
            row = own.first() or _make(purpose, organisation=organisation)
    return f"{row.local}@{settings.MAIL_IN_DOMAIN}"


def extended(address: str, extension: str) -> str:
    """Return an address with ``extension`` behind a + in it (RFC 5233); "" where there is none."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{extension}@{domain}" if local else ""


def replace_address(company: Any, purpose: str) -> str:
    """Give a company a new address; the old one takes nothing any more."""
    with transaction.atomic():
        company_model().objects.select_for_update().get(pk=company.pk)
        own = MailAddress.objects.of(company).filter(purpose=purpose, ended_at=None)
        own.update(ended_at=timezone.now())
        row = _make(purpose, company=company)
    return f"{row.local}@{settings.MAIL_IN_DOMAIN}"


def found(recipient: str) -> MailAddress | None:
    """Return the address in use that mail is for, whatever its extension; None for any other."""
    local, _, domain = recipient.strip().strip("<>").lower().rpartition("@")
    local = local.partition("+")[0]
    if not settings.MAIL_IN_DOMAIN or domain != settings.MAIL_IN_DOMAIN:
        return None
    rows = MailAddress.objects.across("mail comes in by an address")
    rows = rows.select_related("company", "organisation")
    row: MailAddress | None = rows.filter(local=local, ended_at=None).first()
    return row


def extension_of(recipient: str) -> str:
    """Return what stands behind the + of an address, in small letters; "" for nothing."""
    return recipient.strip().strip("<>").lower().rpartition("@")[0].partition("+")[2][:64]


def random_letters(number: int = _LENGTH) -> str:
    """Return letters that can be typed off a paper and that nobody guesses (5 bits each)."""
    return "".join(secrets.choice(_LETTERS) for _ in range(number))


def _make(purpose: str, **owner: Any) -> MailAddress:
    rows = MailAddress.objects.across("an address is made for its owner")
    made: MailAddress = rows.create(
        purpose=purpose, local=f"{purpose[:4]}-{random_letters()}", **owner
    )
    return made
