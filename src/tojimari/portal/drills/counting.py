"""Takes down what happened to a mail of a drill: never an address, never what was typed or written."""

from django.http import HttpRequest
from django.utils import timezone

from tojimari.drills.events import EventKind
from tojimari.drills.machines import in_data_centre
from tojimari.portal.drills.links import place_of
from tojimari.portal.drills.models import AGENT_LETTERS, DrillEvent, DrillMail
from tojimari.portal.limits import address_of
from tojimari.portal.words import catalog

READS_AT_MOST = 500
"""Reads of one mail's page that are taken down: a machine that asks without end fills no disk."""
_ONCE = ("opened", "typed", "replied", "reported")
"""Kinds of which each detail is kept once: the first is what counts."""


def counts_still(mail: DrillMail) -> bool:
    """Return whether what happens now belongs to the drill: it was sent, and the drill is not over."""
    over = mail.drill.over_at
    return mail.state in DrillMail.SENT and (over is None or over > timezone.now())


def count(
    mail: DrillMail, kind: EventKind, detail: str = "", request: HttpRequest | None = None
) -> bool:
    """Take down that something happened to a mail; returns whether it was.

    Nothing is after the drill is over. Each step of a person is taken down once.
    """
    if not counts_still(mail):
        return False
    own = DrillEvent.objects.of(mail.company_id).filter(mail=mail, kind=kind)
    if kind in _ONCE:
        if own.filter(detail=detail).exists():
            return False
    elif own.count() >= READS_AT_MOST:
        return False
    address = address_of(request) if request is not None else ""
    agent = request.headers.get("User-Agent", "") if request is not None else ""
    DrillEvent.objects.of(mail.company_id).create(
        company_id=mail.company_id,
        mail=mail,
        kind=kind,
        detail=detail,
        place=place_of(address) if request is not None else "",
        central=in_data_centre(address, catalog().drill_machines),
        agent="".join(each for each in agent if each.isprintable())[:AGENT_LETTERS],
    )
    return True
