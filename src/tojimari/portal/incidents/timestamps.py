"""Time stamps (RFC 3161) on the heads of records, from a server that the operator chose.

Only a digest of a head is sent. A server that does not answer, or answers nonsense, never holds a
record up: it is asked again later, and a stamp is stored only once it was verified.
"""

import contextlib
import http.client
import logging
import socket
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from tojimari import __version__
from tojimari.portal.core.periodic import every
from tojimari.portal.incidents.models import IncidentHead

log = logging.getLogger("tojimari.timestamps")

SILENCE_SECONDS = 10.0
"""So long one answer may be silent."""
WHOLE_SECONDS = 30.0
"""So long one request may take as a whole."""
TRIES = 48
_SENT = "application/timestamp-query"
_ANSWERED = "application/timestamp-reply"
_AT_ONCE = 50


class NoStamp(RuntimeError):
    """The server gave no stamp this time. The message is a short fixed word for the log."""


def fetch(address: str, body: bytes, *, at_most: int) -> bytes:
    """Return what a time-stamp server answers. Raises NoStamp; follows no redirect."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=SILENCE_SECONDS)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"

    open_sockets: list[socket.socket] = []

    def end() -> None:
        for one in open_sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    # A drop every few seconds is no silence: the whole has its own end.
    limit = threading.Timer(WHOLE_SECONDS, end)
    limit.daemon = True
    limit.start()
    try:
        connection.connect()
        # The connection forgets its socket when it hands out an answer without a length.
        open_sockets.append(connection.sock)
        headers = {"Content-Type": _SENT, "User-Agent": f"tojimari/{__version__}"}
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise NoStamp("status")
        if answer.headers.get_content_type() != _ANSWERED:
            raise NoStamp("type")
        data = answer.read(at_most + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NoStamp("unreachable") from error
    finally:
        limit.cancel()
        connection.close()
    if len(data) > at_most:
        raise NoStamp("too_large")
    return data


def stamp(head: IncidentHead) -> None:
    """Get a stamp for a head and store it, verified. Raises NoStamp."""
    try:
        from tojimari.respond.record import stamp as stamps
    except ImportError as error:
        raise NoStamp("not_installed") from error
    try:
        trusted = stamps.certificates(Path(settings.TIMESTAMP_CA).read_bytes())
    except (OSError, ValueError) as error:
        raise NoStamp("certificates") from error
    signed = head.jws.encode()
    asked = stamps.request(signed)
    answer = fetch(settings.TIMESTAMP_URL, asked.body, at_most=stamps.STAMP_BYTES)
    try:
        at = stamps.stamped_at(answer, signed, trusted, nonce=asked.nonce)
    except stamps.BadStamp as error:
        raise NoStamp("false") from error
    rows = IncidentHead.objects.of(head.company_id).filter(pk=head.pk, stamped_at=None)
    rows.update(stamp=answer, stamped_at=at)


@task()
def stamp_head(head_id: int) -> None:
    """Get the stamp for one head; where there is none now, it is tried again later."""
    rows = IncidentHead.objects.across("a worker stamps the head it was handed")
    head = rows.filter(pk=head_id, stamped_at=None, tries__lt=TRIES).first()
    if head is None or not settings.TIMESTAMP_URL:
        return
    IncidentHead.objects.of(head.company_id).filter(pk=head.pk).update(tries=F("tries") + 1)
    try:
        stamp(head)
    except NoStamp as error:
        log.warning("no time stamp", extra={"reason": str(error)})


@every(timedelta(hours=1))
def stamp_waiting() -> None:
    """Ask again for the stamps that are missing, of the last week."""
    if not settings.TIMESTAMP_URL:
        return
    since = timezone.now() - timedelta(days=7)
    rows = IncidentHead.objects.across("heads that wait for a time stamp").filter(
        stamped_at=None, tries__lt=TRIES, made_at__gt=since
    )
    for key in rows.order_by("tries", "pk").values_list("pk", flat=True)[:_AT_ONCE]:
        stamp_head.enqueue(key)
