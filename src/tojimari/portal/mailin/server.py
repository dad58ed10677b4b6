"""The LMTP server (RFC 2033) that a mail server like Postfix hands mail to.

Built on aiosmtpd. One recipient a transaction: LMTP answers for each recipient, and a second one is
asked to come by itself (452), which every mail server does at once.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from aiosmtpd.lmtp import LMTP
from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from tojimari.model import TojimariError
from tojimari.portal.mailin.addresses import extension_of, found
from tojimari.portal.mailin.intake import Full, store
from tojimari.portal.mailin.models import MailAddress

log = logging.getLogger("tojimari.mailin")

MAIL_BYTES = 40 << 20
"""Of a larger mail the verdict reads no more either."""
SILENCE_SECONDS = 120
_LATER = "451 4.3.0 Cannot store it now, try again later"


class CannotListen(TojimariError):
    """The address is taken or is none of this computer."""


class Lines(LMTP):
    """Takes lines as long as real mails have them."""

    line_length_limit = 1 << 17


class Intake:
    """Answers the mail server: whose address it is, and that the mail is stored."""

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Take the recipient that is an address in use; one a transaction."""
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient at a time"
        try:
            row = await _in_thread(found)(address)
        except DatabaseError:
            return _LATER
        if row is None:
            return "550 5.1.1 No such address"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Store the mail, then say so."""
        try:
            return await _in_thread(_stored)(
                envelope.rcpt_tos[0], envelope.mail_from or "", bytes(envelope.content)
            )
        except DatabaseError:
            log.exception("a mail was not stored")
            return _LATER

    async def handle_exception(self, error: Exception) -> str:
        """Say that it was our fault; the mail server tries again."""
        log.error("mail intake stumbled", exc_info=error)
        return _LATER


def _stored(recipient: str, sender: str, data: bytes) -> str:
    address: MailAddress | None = found(recipient)
    if address is None:  # replaced between the two commands
        return "550 5.1.1 No such address"
    try:
        store(address, sender, data, extension_of(recipient))
    except Full:
        return _LATER
    return "250 2.0.0 Stored"


def _in_thread(work: Callable[..., Any]) -> Callable[..., Any]:
    def fresh(*args: Any) -> Any:
        close_old_connections()
        try:
            return work(*args)
        finally:
            close_old_connections()

    return sync_to_async(fresh, thread_sensitive=False)


def receive(host: str, port: int, *, ready: Callable[[], None] | None = None) -> None:
    """Take mail until a signal comes. Raises CannotListen."""
    asyncio.run(_receive(host, port, ready or (lambda: None)))


async def _receive(host: str, port: int, ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    make = partial(
        Lines,
        Intake(),
        data_size_limit=MAIL_BYTES,
        enable_SMTPUTF8=True,
        hostname="localhost",
        ident="tojimari",
        timeout=SILENCE_SECONDS,
        loop=loop,
    )
    try:
        server = await loop.create_server(make, host, port)
    except OSError as error:
        raise CannotListen(
            f"{host}:{port} では受け取れません ({error.strerror})。--listen で別の所を指定してください。",
            f"Cannot listen on {host}:{port} ({error.strerror}). Name another place with --listen.",
        ) from error
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, over.set)
    ready()
    async with server:
        await over.wait()
