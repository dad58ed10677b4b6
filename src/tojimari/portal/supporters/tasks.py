"""Mail from supporters, and invitations."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.links import whole_address
from tojimari.portal.people.models import Membership
from tojimari.portal.supporters.models import Grant, Invitation, Nudge, Organisation
from tojimari.portal.words import catalog, say
from tojimari.report.sentences import step_title

log = logging.getLogger("tojimari.mail")


def _mail(subject: str, body: str, to: list[str], connection: object = None) -> EmailMessage:
    # A name typed by somebody must not become a second header line.
    return EmailMessage(
        " ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, to, connection=connection
    )


def send_invitation(invitation: Invitation, link: str, by: str, lang: Lang) -> bool:
    """Mail an invitation's link; returns whether the mail server took it."""
    if not settings.MAIL_CONFIGURED:
        return False
    body = say(f"mail.invite_{invitation.to}", lang, by=by, link=link)
    try:
        _mail(say("mail.invite_subject", lang, by=by), body, [invitation.email]).send()
    except OSError:  # smtplib's errors are OSErrors too; the link is shown on the page all the same
        log.warning("mail was not taken", extra={"reason": "invitation"})
        return False
    return True


@task()
def send_nudges(organisation_id: str) -> None:
    """Send every nudge of an organisation that waits; a withdrawn grant stops it."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None or not settings.MAIL_CONFIGURED:
        return
    waiting = (
        Nudge.objects.across("nudges that wait for the mail server")
        .select_related("company", "author")
        .filter(organisation=organisation, sent_at=None)
        .order_by("pk")
    )
    with get_connection() as connection:
        for nudge in waiting.iterator(chunk_size=200):
            # The conditional update claims it: two workers never send the same one.
            rows = Nudge.objects.of(nudge.company_id).filter(pk=nudge.pk, sent_at=None)
            if not rows.update(sent_at=timezone.now()):
                continue
            allowed = Grant.objects.of(nudge.company_id).filter(
                organisation=organisation, withdrawn_at=None, may_write=True
            )
            if not allowed.exists():
                continue
            owners = nudge.company.memberships.filter(role=Membership.OWNER)
            try:
                for owner in owners.select_related("user"):
                    lang: Lang = "en" if owner.remind_lang == "en" else "ja"
                    deliver(_nudge(nudge, organisation, owner, lang, connection))
            except OSError:
                # The server itself is in trouble: this one and the rest wait for the next round.
                Nudge.objects.of(nudge.company_id).filter(pk=nudge.pk).update(sent_at=None)
                log.warning("mail was not taken", extra={"reason": "nudge"})
                return


def deliver(mail: EmailMessage) -> None:
    """Send a mail. An address the server refuses for good is given up; other trouble is raised."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        if any(code < 500 for code, _ in error.recipients.values()):
            raise
        log.warning("an address was refused", extra={"reason": "recipient"})


def _nudge(
    nudge: Nudge, organisation: Organisation, owner: Membership, lang: Lang, connection: object
) -> EmailMessage:
    standing = getattr(nudge.company, "standing", None)
    title = say("mail.nudge_look", lang)
    if standing is not None and standing.step in catalog().controls:
        title = step_title(standing.step, standing.step_kind, catalog(), lang)
    body = say(
        "mail.nudge",
        lang,
        by=organisation.name,
        words=nudge.words or say("mail.nudge_words", lang),
        step=title,
        link=whole_address("companies:result", nudge.company_id),
        stop=whole_address("supporters:sharing", nudge.company_id),
    )
    return _mail(
        say("mail.nudge_subject", lang, by=organisation.name), body, [owner.user.email], connection
    )
