"""Mail out: one way to send, and only what the mail server took counts as sent."""

import logging
import re
import smtplib
from collections.abc import Callable, Mapping, Sequence
from email.message import Message
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

log = logging.getLogger("tojimari.mail")

_DONE, _WILL_FORWARD, _GO_ON = 250, 251, 354
"""Replies of a mail server (RFC 5321 4.2.3)."""


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
    html: str = "",
    before_end: Callable[[], None] | None = None,
) -> bool:
    """Send one mail to one address; returns whether the mail server took it.

    automatic: it answers a mail, so its envelope has no sender (RFC 3834): nothing comes back.
    name: who it is from, as mail programs show it. returns_to: the address that mail servers report
    to where they cannot deliver it; the portal's own where none is given. parts: what is attached.
    html: the same for mail programs that show it. before_end: called once the server has taken all
    but the last line, without which it keeps nothing (RFC 5321 4.1.1.4): whoever writes down there
    that the mail is handed over never hands it over twice. What it raises ends the connection.

    False when no server is set, or the address or the mail itself is refused for good, or an
    envelope without a sender is: trying again is of no use.
    Raises OSError when the server itself is in trouble (smtplib's errors are OSErrors too): the
    mail can be tried again later.
    """
    if not settings.MAIL_CONFIGURED:
        return False
    mail = EmailMultiAlternatives(
        # A name typed by somebody must not become a second header line.
        " ".join(subject.split()),
        body,
        returns_to or settings.DEFAULT_FROM_EMAIL,
        [to],
        attachments=list(parts),
        headers={**({"From": _from(name)} if name or returns_to else {}), **(headers or {})},
        connection=connection,
    )
    if html:
        mail.attach_alternative(html, "text/html")
    try:
        if before_end is not None:
            return _send_in_two(mail, before_end)
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


def _send_in_two(mail: EmailMessage, before_end: Callable[[], None]) -> bool:
    """Send all but the end of the content, call ``before_end``, send the end."""
    connection = mail.get_connection()
    if not isinstance(connection, EmailBackend):  # one that sends nothing has no last line
        before_end()
        return bool(mail.send())
    opened = connection.open()
    server = connection.connection
    if server is None:
        return False
    try:
        content = mail.message().as_bytes(linesep="\r\n")
        _in_two(server, parseaddr(mail.from_email)[1], mail.recipients()[0], content, before_end)
    except BaseException:
        _break_off(connection)
        raise
    if opened:
        connection.close()
    return True


def _in_two(
    server: smtplib.SMTP, sender: str, to: str, content: bytes, before_end: Callable[[], None]
) -> None:
    server.ehlo_or_helo_if_needed()
    code, said = server.mail(sender)
    if code != _DONE:
        raise smtplib.SMTPSenderRefused(code, said, sender)
    code, said = server.rcpt(to)
    if code not in (_DONE, _WILL_FORWARD):
        raise smtplib.SMTPRecipientsRefused({to: (code, said)})
    code, said = server.docmd("data")
    if code != _GO_ON:
        raise smtplib.SMTPDataError(code, said)
    # A line that is a single dot would end the content (RFC 5321 4.5.2).
    plain = re.sub(rb"(?m)^\.", b"..", content)
    server.send(plain if plain.endswith(b"\r\n") else plain + b"\r\n")
    before_end()
    server.send(b".\r\n")
    code, said = server.getreply()
    if code != _DONE:
        raise smtplib.SMTPDataError(code, said)


def _break_off(connection: EmailBackend) -> None:
    """End a connection in the middle of a mail, so that the server drops what it has of it."""
    if connection.connection is not None:
        connection.connection.close()
        connection.connection = None


def not_taken(what: str) -> None:
    """Log that the mail server was in trouble while ``what`` was sent."""
    log.warning("mail was not taken", extra={"reason": what})
