"""How much mail a desk takes: of somebody, of a company, of strangers, and of all together.

What is not taken is not lost: a mail server that is told so tries again for days.
"""

from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Length

from tojimari.portal.desk.models import AsideMail
from tojimari.portal.desk.threads import sender_of
from tojimari.portal.limits import too_often
from tojimari.portal.mailin.models import ReceivedMail
from tojimari.portal.people.models import User

A_DAY = 60
"""Mails of one person that become questions by themselves; the rest waits for a helper."""
COMPANY_A_DAY = 200
ASIDE_AT_MOST = 2_000
"""Mails that wait and belong to nobody."""
OF_SENDER = 50
"""Of these so many of one sender, and ``OF_DOMAIN`` of one domain: one stranger fills no desk."""
OF_DOMAIN = 200
STRANGERS_BYTES = 500_000_000
ALL_BYTES = 2_000_000_000
"""Mail of one organisation that waits, as it is kept; strangers' is taken until a quarter of it."""
OF_KNOWN = 200
KNOWN_BYTES = 500_000_000
"""Of somebody whom the desk knows: set aside, and waiting altogether."""
_DAY = 86_400


def writes_too_often(sender: str, company: Any) -> bool:
    """Count one more mail of a person and of a company; returns whether it is over the day's."""
    many = too_often("desk-mail", sender, times=A_DAY, seconds=_DAY)
    return many or too_often("desk-mail", str(company.pk), times=COMPANY_A_DAY, seconds=_DAY)


def has_room(organisation: Any, sender: str) -> bool:
    """Return whether a mail is taken: until too many wait of the sender or of all; of those whom
    the desk does not know until too many wait of their domain or of all strangers as well.

    sender: the envelope's, in small letters; "" for mail servers, which report.
    """
    aside = AsideMail.objects.filter(organisation=organisation, state=AsideMail.WAITING)
    received = ReceivedMail.objects.of_organisation(organisation)
    received = received.filter(state__in=ReceivedMail.UNDONE)
    found = [
        rows.aggregate(
            all=Count("pk"),
            size=Sum(Length("sealed"), default=0),
            own=Count("pk", filter=Q(sender=sender)),
            own_size=Sum(Length("sealed"), filter=Q(sender=sender), default=0),
        )
        for rows in (aside, received)
    ]
    size = sum(each["size"] for each in found)
    if size >= ALL_BYTES:
        return False
    if sender and sender_of(sender, organisation).companies:
        own_size = sum(each["own_size"] for each in found)
        return bool(found[0]["own"] < OF_KNOWN and own_size < KNOWN_BYTES)
    domain = sender.rpartition("@")[2]
    alike = Q(sender__endswith=f"@{domain}") if domain else Q(sender="")
    # What people with an account sent takes no stranger's place while it waits for a worker.
    of_nobody = ~Q(sender__in=User.objects.filter(is_active=True).values("email"))
    # Mail servers have no sender at all: they share the places of a domain.
    own = sum(each["own"] for each in found) if sender else 0
    alike_now = aside.filter(alike).count() + received.filter(alike, of_nobody).count()
    return (
        found[0]["all"] < ASIDE_AT_MOST
        and size < STRANGERS_BYTES
        and own < OF_SENDER
        and alike_now < OF_DOMAIN
    )
