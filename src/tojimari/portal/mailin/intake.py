"""A mail that came: stored before anybody is told that it was taken, dealt with by a worker."""

import logging
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from tojimari.portal.core.periodic import every
from tojimari.portal.core.sealing import seal, unseal
from tojimari.portal.mailin.automatic import digest_of
from tojimari.portal.mailin.models import MailAddress, ReceivedMail, UnknownSender
from tojimari.portal.mailin.purposes import purpose_of

log = logging.getLogger("tojimari.mailin")

UNKNOWN_AT_MOST = 200
WAITING_AT_MOST = 500
"""Mails of one company that wait; what comes beyond is sent again later by its server."""
TRIES = 20
"""So often a mail is begun with, whatever ended it: trouble, or the end of the worker itself."""
_AGAIN = timedelta(minutes=5)
_PURPOSE = "tojimari received mail 1"


class Full(RuntimeError):
    """Too many mails of one company wait already."""


def store(address: MailAddress, sender: str, data: bytes) -> None:
    """Store a mail for a worker. When this returns it is in the database. Raises Full.

    Of somebody unknown only the address is kept, with a count. The same mail again changes nothing.
    """
    company, purpose, sender = address.company, address.purpose, sender.strip().lower()[:320]
    if not purpose_of(purpose).known(company, sender):
        _count_unknown(address, sender)
        return
    waiting = ReceivedMail.objects.of(company).exclude(state=ReceivedMail.DONE)
    if waiting.count() >= WAITING_AT_MOST:
        raise Full
    row = ReceivedMail(company=company, purpose=purpose, sender=sender, digest=digest_of(data))
    row.sealed = seal(data, purpose=_PURPOSE, about=str(row.pk))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            deal_with.enqueue(str(row.pk))
    except IntegrityError:
        log.info("a mail came twice")


def _count_unknown(address: MailAddress, sender: str) -> None:
    own = UnknownSender.objects.of(address.company).filter(purpose=address.purpose)
    if not own.filter(sender=sender).exists() and own.count() >= UNKNOWN_AT_MOST:
        sender = ""
    row, _ = own.get_or_create(company=address.company, purpose=address.purpose, sender=sender)
    own.filter(pk=row.pk).update(count=F("count") + 1, last_at=timezone.now())


@task()
def deal_with(received_id: str) -> None:
    """Deal with one mail; the conditional update lets one worker have it.

    However it ends, the mail is dealt with and erased after ``TRIES`` at the latest.
    """
    rows = ReceivedMail.objects.across("a worker deals with the mail it was handed")
    rows = rows.filter(pk=received_id)
    now = timezone.now()
    free = Q(state=ReceivedMail.WAITING) | Q(state=ReceivedMail.TAKEN, taken_at__lt=now - _AGAIN)
    if rows.filter(free, tries__gte=TRIES).update(**_over("failed")):
        log.error("a mail was given up", extra={"reason": "tries"})
        return
    claim = {"state": ReceivedMail.TAKEN, "taken_at": now, "tries": F("tries") + 1}
    if rows.filter(free).update(**claim) != 1:
        return
    row = rows.select_related("company").get()
    try:
        data = unseal(bytes(row.sealed), purpose=_PURPOSE, about=str(row.pk))
        outcome = purpose_of(row.purpose).take(row, data)
    except (OSError, OperationalError):  # the mail server or the database is in trouble
        log.warning("a mail is dealt with again later", extra={"reason": row.purpose})
        if row.tries < TRIES:
            rows.update(state=ReceivedMail.WAITING, received_at=timezone.now())
            return
        outcome = "failed"
    except Exception:  # what a stranger wrote must not come back for good
        log.exception("a mail was not dealt with")
        outcome = "failed"
    rows.update(**_over(outcome))


def _over(outcome: str) -> dict[str, Any]:
    return {
        "state": ReceivedMail.DONE,
        "outcome": outcome,
        "sealed": b"",
        "done_at": timezone.now(),
    }


@every(timedelta(minutes=1))
def deal_with_waiting() -> None:
    """Hand over again what waits since a worker or the mail server was in trouble."""
    before = timezone.now() - _AGAIN
    late = Q(state=ReceivedMail.WAITING, received_at__lt=before)
    late |= Q(state=ReceivedMail.TAKEN, taken_at__lt=before)
    rows = ReceivedMail.objects.across("mails that wait for a worker").filter(late)
    for key in rows.order_by("received_at").values_list("pk", flat=True)[:WAITING_AT_MOST]:
        deal_with.enqueue(str(key))
