"""Sends the mails of drills: each goes out once, however often a worker dies.

A mail is claimed by a conditional update that also asks whether its drill still runs. Up to the last
line of its content the mail server keeps nothing, so whatever ends a worker before it lets another
begin anew. Just before that line the row says ``handing``, and such a row is never sent again: a
worker that dies in the few microseconds between the two leaves a mail that perhaps nobody got, and
the results say so; none goes twice.
"""

import logging
import smtplib
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.core.mail import get_connection
from django.db.models import F, QuerySet
from django.utils import timezone
from django_tasks import task

from tojimari.catalog.drill_template import DrillTemplate
from tojimari.drills.schedule import planned_since
from tojimari.portal.core.claims import claim, free
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.notices import tell
from tojimari.portal.drills.letters import answers_to, letter_of
from tojimari.portal.drills.links import token_of
from tojimari.portal.drills.models import Drill, DrillMail, hashed
from tojimari.portal.drills.notices import DRILL_STOPPED
from tojimari.portal.drills.safeguards import domains_of, may_be_sent_to, why_not
from tojimari.portal.drills.templates import template_of

log = logging.getLogger("tojimari.drills")

AT_ONCE = 50
"""Mails of a company that one task sends; then a worker is free for others."""
TRIES = 60
"""So often a mail is begun with, whatever ended it."""


class Lost(OSError):
    """The claim on a mail is not ours any more, or its drill was stopped: it must not go."""


def due() -> QuerySet[DrillMail]:
    """Return the mails of all companies whose time has come and that nobody has in hand.

    At night and on days off only those that are hardly late.
    """
    now = timezone.now()
    rows = DrillMail.objects.across("mails of drills whose time has come")
    rows = rows.filter(
        free("claimed_at"),
        state=DrillMail.WAITING,
        drill__state=Drill.RUNNING,
        send_at__lte=now,
    )
    since = planned_since(now)
    return rows if since is None else rows.filter(send_at__gte=since)


class Batch(msgspec.Struct, frozen=True):
    """What is the same for all mails that one task sends; asked once.

    Attributes:
        answers: the address to which answers come back.
        templates: those asked for until now, by id.
    """

    drill: Drill
    domains: frozenset[str]
    answers: str
    connection: Any
    templates: dict[str, DrillTemplate | None] = {}

    def template(self, id_: str) -> DrillTemplate | None:
        """Return one of the company's templates; None where there is none, or not any more."""
        if id_ not in self.templates:
            self.templates[id_] = template_of(self.drill.company, id_)
        return self.templates[id_]


@task()
def send_drill(drill_id: str) -> None:
    """Send what is due of one drill, as long as nothing speaks against it."""
    drill = (
        Drill.objects.across("a worker sends the drill it was handed")
        .select_related("company", "started_by")
        .filter(pk=drill_id, state=Drill.RUNNING)
        .first()
    )
    if drill is None:
        return
    reason = why_not(drill)
    if reason:
        stop(drill, why=reason)
        return
    mails = list(due().filter(drill=drill).order_by("send_at", "pk")[:AT_ONCE])
    if not mails:
        return
    connection = get_connection()
    batch = Batch(drill, domains_of(drill.company), answers_to(drill.company), connection)
    try:
        for mail in mails:
            mail.drill, mail.company = drill, drill.company
            if not _send_one(mail, batch):
                return
    finally:
        connection.close()


def _send_one(mail: DrillMail, batch: Batch) -> bool:
    """Send one mail if it is still free; returns whether to go on.

    Three statements a mail: the claim, the mark before its last line, what became of it.
    """
    row = DrillMail.objects.of(mail.company_id).filter(pk=mail.pk)
    waits = row.filter(state=DrillMail.WAITING, drill__state=Drill.RUNNING)
    more = {"tries": F("tries") + 1, "hash": hashed(token_of(mail.pk))}
    claimed = claim(waits, "claimed_at", **more)
    if claimed is None:
        running = Drill.objects.of(mail.company_id).filter(pk=mail.drill_id, state=Drill.RUNNING)
        return running.exists()
    mine = row.filter(claimed_at=claimed)
    template = batch.template(mail.template)
    # What cannot change was read with the rest of the batch; nobody else counts tries up meanwhile
    # but who had claimed it, and then once.
    known = template is not None and may_be_sent_to(mail.email, batch.domains)
    if template is None or not known or mail.tries >= TRIES:
        mine.update(state=DrillMail.REFUSED, claimed_at=None)
        return True
    try:
        batch.connection.open()  # one that broke off is opened again; an open one stays
        taken = _hand_over(mail, template, mine, batch)
    except Lost:
        return True
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
        # The server has answered that it did not keep this one; others need not wait for it.
        row.filter(claimed_at=claimed, state__in=(DrillMail.WAITING, DrillMail.HANDING)).update(
            state=DrillMail.WAITING, claimed_at=None, sent_at=None
        )
        not_taken("drill")
        return True
    except OSError:
        # Where it was handing over already, nobody knows: it stays so.
        mine.update(claimed_at=None)
        not_taken("drill")
        return False
    except Exception:  # not tried for ever, and holds no other mail up
        log.exception("a mail of a drill was not written")
        mine.filter(state=DrillMail.WAITING).update(state=DrillMail.REFUSED, claimed_at=None)
        return True
    mine.update(state=DrillMail.TAKEN if taken else DrillMail.REFUSED, claimed_at=None)
    return True


def _hand_over(
    mail: DrillMail, template: DrillTemplate, mine: QuerySet[DrillMail], batch: Batch
) -> bool:
    letter = letter_of(mail, template, batch.answers)

    def before_end() -> None:
        still = mine.filter(state=DrillMail.WAITING, drill__state=Drill.RUNNING)
        if still.update(state=DrillMail.HANDING, sent_at=timezone.now()) != 1:
            raise Lost

    return send(
        letter.subject,
        letter.text,
        mail.email,
        headers=letter.headers,
        connection=batch.connection,
        returns_to=letter.returns_to,
        parts=letter.parts,
        html=letter.html,
        before_end=before_end,
    )


def stop(drill: Drill, *, why: str = "", by: Any = None) -> bool:
    """Stop a drill: what has not gone does not go any more. Returns whether it was running.

    why: name of what speaks against it; "" where somebody pressed the button.
    """
    now = timezone.now()
    erase_at = now + timedelta(days=drill.keep_days or 0)
    running = Drill.objects.of(drill.company_id).filter(pk=drill.pk, state=Drill.RUNNING)
    changes = {"stopped_at": now, "over_at": now, "erase_at": erase_at, "why_stopped": why}
    if not running.update(state=Drill.STOPPED, **changes):
        return False
    mails = DrillMail.objects.of(drill.company_id).filter(drill=drill, state=DrillMail.WAITING)
    mails.update(state=DrillMail.STOPPED, claimed_at=None)
    values = {"title": drill.title}
    tell(drill.company, DRILL_STOPPED, str(drill.pk), values=values, by=by)
    return True


def stop_every_drill() -> None:
    """Stop the drills of all companies: a backup was restored, and tells not what went after it."""
    for drill in Drill.objects.across("a backup was restored").filter(state=Drill.RUNNING):
        stop(drill, why="restored")


def hand_out() -> None:
    """Hand every drill that has something due to a worker."""
    if not settings.MAIL_CONFIGURED:
        return
    for key in due().order_by().values_list("drill", flat=True).distinct():
        send_drill.enqueue(str(key))
