"""Signed heads of records: made when a record is closed, grew or is handed out; told to the owners."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils import timezone

from tojimari.portal.core.keys import KeySealed, signing_key
from tojimari.portal.core.models import SigningKey
from tojimari.portal.core.periodic import every
from tojimari.portal.incidents.chain import checked_lines
from tojimari.portal.incidents.models import Incident, IncidentEntry, IncidentHead
from tojimari.portal.incidents.notices import tell_broken, tell_head
from tojimari.portal.incidents.timestamps import stamp_head
from tojimari.respond.record import Checked

log = logging.getLogger("tojimari.incidents")

TOLD_AGAIN = timedelta(days=1)
"""The owners are told of a record that grows at most so often."""


def newest_head(incident: Incident) -> IncidentHead | None:
    """Return the newest signed head of a record."""
    rows = IncidentHead.objects.of(incident.company_id).filter(incident=incident)
    found: IncidentHead | None = rows.order_by("-number").first()
    return found


def broken_line(incident: Incident, found: Checked) -> int:
    """Return at which line a record is not as it was written or signed; 0 where it is whole."""
    if found.broken is not None:
        return found.broken.number
    heads = IncidentHead.objects.of(incident.company_id).filter(incident=incident)
    there = dict(enumerate(found.digests, 1))
    for number, digest in heads.order_by("number").values_list("number", "digest"):
        if number in there and there[number] != digest:
            return number
        # A line that came, and was signed, after the others were read is no break.
        if number not in there and not _is_there(incident, number):
            return len(there) + 1
    return 0


def _is_there(incident: Incident, number: int) -> bool:
    rows = IncidentEntry.objects.of(incident.company_id).filter(incident=incident, number=number)
    return bool(rows.exists())


def sign(incident: Incident) -> IncidentHead | None:
    """Sign the last line of a record, where that is not done; returns the head.

    None where there is no line, or the key cannot be opened: that never holds a record up. Nor is
    a record signed that is not whole any more: the owners are told of it.
    """
    from tojimari.respond.record.head import Head, sign_head

    found = checked_lines(incident)
    broken = broken_line(incident, found)
    if broken:
        log.error("a record was not signed", extra={"reason": "broken"})
        tell_broken(incident, broken)
        return None
    if not found.digests:
        return None
    number, digest = len(found.digests), found.digests[-1]
    heads = IncidentHead.objects.of(incident.company_id).filter(incident=incident)
    made: IncidentHead | None = heads.filter(number=number).first()
    if made is not None:
        return made
    now = timezone.now()
    said = Head(str(incident.pk), number, digest, int(now.timestamp()), settings.PUBLIC_URL)
    try:
        kid, key = signing_key(SigningKey.RECORD)
    except KeySealed:
        log.error("a record was not signed", extra={"reason": "key_sealed"})
        return None
    try:
        with transaction.atomic():
            made = heads.create(
                company_id=incident.company_id,
                incident=incident,
                number=number,
                digest=digest,
                jws=sign_head(said, kid, key),
                made_at=now,
            )
    except IntegrityError:  # another process signed the same line
        return heads.filter(number=number).first()
    if settings.TIMESTAMP_URL:
        stamp_head.enqueue(made.pk)
    return made


def sign_and_tell(incident: Incident) -> None:
    """Sign a record, and tell the owners the digest it has reached."""
    head = sign(incident)
    if head is None:
        return
    untold = IncidentHead.objects.of(head.company_id).filter(pk=head.pk, told_at=None)
    with transaction.atomic():  # both or neither: a head that is called told was told
        if untold.update(told_at=timezone.now()) == 1:
            tell_head(incident, head)


@every(timedelta(hours=1))
def sign_grown() -> None:
    """Sign and tell of records that grew, each at most once a day."""
    heads = IncidentHead.objects.across("records that grew").filter(
        incident=OuterRef("pk"), told_at__isnull=False
    )
    newest = heads.order_by("-number")
    entries = IncidentEntry.objects.across("records that grew").filter(incident=OuterRef("pk"))
    last = entries.order_by().values("incident").annotate(last=Max("number")).values("last")
    grown = (
        Incident.objects.across("records that grew")
        .annotate(
            last=Subquery(last),
            told=Subquery(newest.values("number")[:1]),
            told_at=Subquery(heads.order_by("-told_at").values("told_at")[:1]),
        )
        .filter(Q(told=None) | Q(last__gt=F("told")))
        .filter(Q(told_at=None) | Q(told_at__lt=timezone.now() - TOLD_AGAIN))
    )
    for incident in grown.select_related("company").iterator(chunk_size=200):
        sign_and_tell(incident)
