"""Takes down what happened to a mail of a drill: never an address, never what was typed or written."""

from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest
from django.utils import timezone

from tojimari.drills.events import EventKind
from tojimari.drills.machines import in_data_centre
from tojimari.portal.drills.links import place_of, rows_of
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


def followed(token: str, kind: EventKind, detail: str, request: HttpRequest) -> DrillMail | None:
    """Take down that somebody was at the page of a mail; returns the mail, None where there is none.

    Two statements: many people press at once.
    """
    same = DrillEvent.objects.across("how often the page of a drill mail was asked for")
    same = same.filter(mail=OuterRef("pk"), kind=kind, **_alike(kind, detail)).order_by()
    number = same.values("mail").annotate(number=Count("pk")).values("number")
    rows = rows_of(token).annotate(so_far=Subquery(number))
    mail = rows.only("state", "company__name", "drill__with_form", "drill__over_at").first()
    if mail is not None and counts_still(mail) and (mail.so_far or 0) < _at_most(kind):
        _take_down(mail, kind, detail, request)
    return mail


def count(
    mail: DrillMail, kind: EventKind, detail: str = "", request: HttpRequest | None = None
) -> bool:
    """Take down that something happened to a mail; returns whether it was.

    Nothing is after the drill is over. Each step of a person is taken down once.
    """
    if not counts_still(mail):
        return False
    own = DrillEvent.objects.of(mail.company_id).filter(mail=mail, kind=kind)
    if own.filter(**_alike(kind, detail)).count() >= _at_most(kind):
        return False
    _take_down(mail, kind, detail, request)
    return True


def _alike(kind: EventKind, detail: str) -> dict[str, str]:
    """Return what two events of a kind have in common that are counted together."""
    return {"detail": detail} if kind in _ONCE else {}


def _at_most(kind: EventKind) -> int:
    return 1 if kind in _ONCE else READS_AT_MOST


def _take_down(mail: DrillMail, kind: EventKind, detail: str, request: HttpRequest | None) -> None:
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
