"""Mail out: one way to send, and only what the mail server took counts as sent."""

import logging
import smtplib
from collections.abc import Mapping, Sequence
from email.message import Message
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

log = logging.getLogger("tojimari.mail")


def send(
    subject: str,
    body: str,
    to: str,
    *,
    headers: Mapping[str, str] | None = None,
    connection: Any = None,
    automatic: bool = False,
    name: str = "",
    returns_to: str = "",
    parts: Sequence[Message] = (),
) -> bool:
    """Send one mail to one address; returns whether the mail server took it.

    automatic: it answers a mail, so its envelope has no sender (RFC 3834): nothing comes back.
    name: who it is from, as mail programs show it. returns_to: the address that mail servers report
    to where they cannot deliver it; the portal's own where none is given. parts: what is attached.

    False when no server is set, or the address or the mail itself is refused for good, or an
    envelope without a sender is: trying again is of no use.
    Raises OSError when the server itself is in trouble (smtplib's errors are OSErrors too): the
    mail can be tried again later.
    """
    if not settings.MAIL_CONFIGURED:
        return False
    mail = EmailMessage(
        # A name typed by somebody must not become a second header line.
        " ".join(subject.split()),
        body,
        returns_to or settings.DEFAULT_FROM_EMAIL,
        [to],
        attachments=list(parts),
        headers={**({"From": _from(name)} if name or returns_to else {}), **(headers or {})},
        connection=connection,
    )
    try:
        return _send_without_sender(mail) if automatic else bool(mail.send())
    except smtplib.SMTPRecipientsRefused as error:
        if any(code < 500 for code, _ in error.recipients.values()):
            raise
        log.warning("an address was refused", extra={"reason": "recipient"})
        return False
    except smtplib.SMTPDataError as error:
        return _refused_for_good(error, "content")
    except smtplib.SMTPSenderRefused as error:
        if not automatic and not returns_to:  # the portal's own address is set wrongly
            raise
        return _refused_for_good(error, "sender")


def _from(name: str) -> str:
    plain = " ".join("".join(letter for letter in name if letter.isprintable()).split())
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return formataddr((plain, address)) if plain else str(settings.DEFAULT_FROM_EMAIL)


def _refused_for_good(error: smtplib.SMTPResponseException, what: str) -> bool:
    """Return False for a refusal for good (5yz, RFC 5321 4.2.1); raise any other again."""
    if error.smtp_code < 500:
        raise error
    log.warning("a mail was refused", extra={"reason": what})
    return False


def _send_without_sender(mail: EmailMessage) -> bool:
    connection = mail.get_connection()
    if not isinstance(connection, EmailBackend):  # one that sends nothing has no envelope
        return bool(mail.send())
    opened = connection.open()
    if connection.connection is None:
        return False
    try:
        content = mail.message().as_bytes(linesep="\r\n")
        connection.connection.sendmail("", mail.recipients(), content)
    finally:
        if opened:
            connection.close()
    return True


def not_taken(what: str) -> None:
    """Log that the mail server was in trouble while ``what`` was sent."""
    log.warning("mail was not taken", extra={"reason": what})
