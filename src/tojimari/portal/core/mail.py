"""Mail out: one way to send, and only what the mail server took counts as sent."""

import logging
import smtplib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

log = logging.getLogger("tojimari.mail")


def send(
    subject: str,
    body: str,
    to: str,
    *,
    headers: Mapping[str, str] | None = None,
    connection: Any = None,
) -> bool:
    """Send one mail to one address; returns whether the mail server took it.

    False when no server is set or the address is refused for good: trying again is of no use.
    Raises OSError when the server itself is in trouble (smtplib's errors are OSErrors too): the
    mail can be tried again later.
    """
    if not settings.MAIL_CONFIGURED:
        return False
    mail = EmailMessage(
        # A name typed by somebody must not become a second header line.
        " ".join(subject.split()),
        body,
        settings.DEFAULT_FROM_EMAIL,
        [to],
        headers=dict(headers or {}),
        connection=connection,
    )
    try:
        return bool(mail.send())
    except smtplib.SMTPRecipientsRefused as error:
        if any(code < 500 for code, _ in error.recipients.values()):
            raise
        log.warning("an address was refused", extra={"reason": "recipient"})
        return False


def not_taken(what: str) -> None:
    """Log that the mail server was in trouble while ``what`` was sent."""
    log.warning("mail was not taken", extra={"reason": what})
