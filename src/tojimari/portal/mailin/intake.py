"""A mail that came: stored before anybody is told that it was taken, dealt with by a worker."""

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_tasks import task

from tojimari.portal.core.claims import AGAIN
from tojimari.portal.core.jobs import begin_soon
from tojimari.portal.core.periodic import every
from tojimari.portal.core.sealing import seal, unseal
from tojimari.portal.mailin.automatic import digest_of
from tojimari.portal.mailin.models import MailAddress, ReceivedMail, UnknownSender
from tojimari.portal.mailin.purposes import purpose_of

log = logging.getLogger("tojimari.mailin")

UNKNOWN_AT_MOST = 200
WAITING_AT_MOST = 500
"""Mails of one company that wait; what comes beyond is sent again later by its server."""
ORGANISATION_WAITING_AT_MOST = 5_000
"""Mails of one organisation that wait: all its companies write to one address."""
TRIES = 20
"""So often a mail is begun with, whatever ended it: trouble, or the end of the worker itself."""
_AT_ONCE = 50
_SECONDS = 20.0
"""So long a worker deals with mails one after another before it looks at what else waits."""
_PURPOSE = "tojimari received mail 1"


class Full(RuntimeError):
    """Too many mails of one owner wait already."""


def store(address: MailAddress, sender: str, data: bytes, extension: str = "") -> None:
    """Store a mail for a worker. When this returns it is in the database. Raises Full.

    extension: what stood behind the + of the address. At a company's address of somebody unknown
    only the address is kept, with a count; at an organisation's every mail is, as long as its purpose
    has room for those of strangers.
    The same mail again changes nothing.
    """
    company, purpose, sender = address.company, address.purpose, sender.strip().lower()[:320]
    if not purpose_of(purpose).known(company or address.organisation, sender):
        if company is None:
            raise Full
        _count_unknown(address, sender)
        return
    waiting = ReceivedMail.objects.of_owner(address).filter(state__in=ReceivedMail.UNDONE)
    if waiting.count() >= (ORGANISATION_WAITING_AT_MOST if company is None else WAITING_AT_MOST):
        raise Full
    row = ReceivedMail(
        company=company,
        organisation_id=address.organisation_id,
        purpose=purpose,
        sender=sender,
        extension=extension,
        digest=digest_of(data),
    )
    row.sealed = seal(data, purpose=_PURPOSE, about=str(row.pk))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        log.info("a mail came twice")
        return
    # After the mail is there for everybody: who begins from now on finds it.
    begin_soon(deal_with_received)


def _count_unknown(address: MailAddress, sender: str) -> None:
    own = UnknownSender.objects.of(address.company).filter(purpose=address.purpose)
    if not own.filter(sender=sender).exists() and own.count() >= UNKNOWN_AT_MOST:
        sender = ""
    row, _ = own.get_or_create(company=address.company, purpose=address.purpose, sender=sender)
    own.filter(pk=row.pk).update(count=F("count") + 1, last_at=timezone.now())


@task()
def deal_with_received() -> None:
    """Deal with the mails that wait, the oldest first, until there are none or others had to wait.

    One task for all of them: a mail of its own task costs as much again as the mail.
    """
    over = time.monotonic() + _SECONDS
    while time.monotonic() < over:
        due = _due().order_by("received_at").values_list("pk", flat=True)
        keys = list(due[:_AT_ONCE])
        if not keys:
            return
        for key in keys:
            deal_with(key)
            if time.monotonic() >= over:
                break
    begin_soon(deal_with_received)


def _due() -> Any:
    """Return the mails to be dealt with now: nobody began, or it is time to begin again."""
    before = timezone.now() - AGAIN
    fresh = Q(state=ReceivedMail.WAITING) & (Q(tries=0) | Q(received_at__lt=before))
    left = Q(state=ReceivedMail.TAKEN, taken_at__lt=before)
    return ReceivedMail.objects.across("mails that wait for a worker").filter(fresh | left)


def deal_with(received_id: Any) -> None:
    """Deal with one mail; the conditional update lets one worker have it.

    However it ends, the mail is dealt with and erased after ``TRIES`` at the latest; where its
    purpose keeps what it stumbles over, it is kept there first, or it stays.
    """
    rows = ReceivedMail.objects.across("a worker deals with the mails that wait")
    rows = rows.filter(pk=received_id)
    now = timezone.now()
    free = Q(state=ReceivedMail.WAITING) | Q(state=ReceivedMail.TAKEN, taken_at__lt=now - AGAIN)
    row = rows.filter(free).select_related("company", "organisation").first()
    if row is None:
        return
    if row.tries >= TRIES:
        log.error("a mail was given up", extra={"reason": "tries"})
        _give_up(rows, row)
        return
    claim = {"state": ReceivedMail.TAKEN, "taken_at": now, "tries": F("tries") + 1}
    if rows.filter(free, tries=row.tries).update(**claim) != 1:
        return
    row.tries += 1
    try:
        data = unseal(bytes(row.sealed), purpose=_PURPOSE, about=str(row.pk))
        outcome = purpose_of(row.purpose).take(row, data)
    except (OSError, OperationalError):  # the mail server or the database is in trouble
        log.warning("a mail is dealt with again later", extra={"reason": row.purpose})
        if row.tries < TRIES:
            rows.update(state=ReceivedMail.WAITING, received_at=timezone.now())
            return
        _give_up(rows, row)
        return
    except Exception:  # what a stranger wrote must not come back for good
        log.exception("a mail was not dealt with")
        _give_up(rows, row)
        return
    rows.update(**_over(outcome))


def _give_up(rows: Any, row: ReceivedMail) -> None:
    """End a mail that could not be dealt with: kept for a person where its purpose can, else erased.

    Where keeping it fails as well it waits on: then the database or the portal's secret is at fault.
    """
    keep = purpose_of(row.purpose).keep
    if keep is None:
        rows.update(**_over("failed"))
        return
    try:
        data = unseal(bytes(row.sealed), purpose=_PURPOSE, about=str(row.pk))
        rows.update(**_over(keep(row, data)))
    except Exception:
        log.exception("a mail was not kept")
        rows.update(state=ReceivedMail.WAITING, received_at=timezone.now())


def _over(outcome: str) -> dict[str, Any]:
    return {
        "state": ReceivedMail.DONE,
        "outcome": outcome,
        "extension": "",
        "sealed": b"",
        "done_at": timezone.now(),
    }


@every(timedelta(minutes=1))
def deal_with_waiting() -> None:
    """Hand over again what waits since a worker or the mail server was in trouble."""
    if _due().exists():
        begin_soon(deal_with_received)
