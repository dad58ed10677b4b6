"""Mail to suppliers: the request, and reminders of it. Each goes out once, and only while wanted."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from tojimari.attest.requirements import cost_of
from tojimari.model import Lang
from tojimari.portal.core.claims import claim, free
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.links import whole_address
from tojimari.portal.requests.models import BuyerRequest, Inquiry, StoppedAddress
from tojimari.portal.words import catalog, say

REMINDERS_AT_MOST = 3
AGAIN_AFTER = timedelta(days=3)
"""Nobody is written to twice within this time."""


def open_requests() -> QuerySet[BuyerRequest]:
    """Return the requests that still take answers, of buyers that may write."""
    return BuyerRequest.objects.filter(closed_at=None, organisation__approved_at__isnull=False)


def remind(rows: QuerySet[Inquiry]) -> int:
    """Let those of ``rows`` be reminded who may be; returns how many. Their mail then waits."""
    return rows.filter(
        state=Inquiry.ASKED,
        mail=Inquiry.TAKEN,
        reminders__lt=REMINDERS_AT_MOST,
        mailed_at__lt=timezone.now() - AGAIN_AFTER,
    ).update(mail=Inquiry.WAITING, letter="reminder")


@task()
def mail_inquiries(request_id: str) -> None:
    """Mail every inquiry of a request that waits; the claim lets each go out once."""
    request = open_requests().select_related("organisation").filter(pk=request_id).first()
    if request is None or not settings.MAIL_CONFIGURED:
        return
    every_one = Inquiry.objects.across("a buyer's inquiries that wait for the mail server")
    waiting = every_one.filter(request=request, mail=Inquiry.WAITING)
    keys = waiting.filter(free("claimed_at")).order_by("made_at", "pk").values_list("pk", flat=True)
    connection = get_connection()
    try:
        connection.open()
        for key in list(keys):
            one = every_one.filter(pk=key)
            claimed = claim(one.filter(mail=Inquiry.WAITING), "claimed_at")
            if claimed is not None and not _mail_one(request, one, claimed, connection):
                return
    except OSError:
        # The server itself is in trouble, and nothing was claimed: all of them wait.
        not_taken("request")
    finally:
        connection.close()


def _mail_one(
    request: BuyerRequest, one: QuerySet[Inquiry], claimed: datetime, connection: object
) -> bool:
    """Mail one claimed inquiry; returns False where the server is in trouble and the rest waits."""
    mine = one.filter(claimed_at=claimed)
    row = mine.first()
    if row is None:
        return True
    row.request = request
    if row.state != Inquiry.ASKED or StoppedAddress.among(request.organisation, [row.email]):
        mine.update(mail="", claimed_at=None)
        return True
    try:
        taken = _letter(row, connection)
    except OSError:
        mine.update(claimed_at=None)
        not_taken("request")
        return False
    reminded = row.reminders + (1 if row.letter == "reminder" else 0)
    mine.update(
        mail=Inquiry.TAKEN if taken else Inquiry.REFUSED,
        mailed_at=timezone.now(),
        reminders=reminded,
        claimed_at=None,
    )
    return True


def _letter(row: Inquiry, connection: object) -> bool:
    request = row.request
    lang: Lang = "en" if request.lang == "en" else "ja"
    stop = whole_address("requests:stop_mail", row.token)
    link = whole_address("requests:inquiry", row.token)
    by = request.organisation.name
    body = say(
        f"mail.request_{row.letter}",
        lang,
        by=by,
        title=request.title,
        purpose=request.purpose,
        due=f"{request.due:%Y-%m-%d}",
        n=len(request.asks),
        minutes=cost_of(request.asked, catalog()).answer_minutes,
        contact=request.contact,
        link=link,
        stop=stop,
    )
    return send(
        say(f"mail.request_{row.letter}_subject", lang, by=by, title=request.title),
        body,
        row.email,
        connection=connection,
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
