"""The addresses that companies get mail by: made, found, replaced."""

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
        row = row or _make(company, purpose)
    return f"{row.local}@{settings.MAIL_IN_DOMAIN}"


def replace_address(company: Any, purpose: str) -> str:
    """Give a company a new address; the old one takes nothing any more."""
    with transaction.atomic():
        company_model().objects.select_for_update().get(pk=company.pk)
        own = MailAddress.objects.of(company).filter(purpose=purpose, ended_at=None)
        own.update(ended_at=timezone.now())
        row = _make(company, purpose)
    return f"{row.local}@{settings.MAIL_IN_DOMAIN}"


def found(recipient: str) -> MailAddress | None:
    """Return the address in use that mail is for; None for any other."""
    local, _, domain = recipient.strip().strip("<>").lower().rpartition("@")
    if not settings.MAIL_IN_DOMAIN or domain != settings.MAIL_IN_DOMAIN:
        return None
    rows = MailAddress.objects.across("mail comes in by an address")
    row: MailAddress | None = rows.filter(local=local, ended_at=None).first()
    return row


def _make(company: Any, purpose: str) -> MailAddress:
    local = f"{purpose[:4]}-" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    made: MailAddress = MailAddress.objects.of(company).create(
        company=company, purpose=purpose, local=local
    )
    return made
