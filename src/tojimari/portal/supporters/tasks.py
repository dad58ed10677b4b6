"""Mail from supporters, and invitations."""

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.permissions import Actor, Holder, holders, may
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.models import Invitation, Nudge, Organisation
from tojimari.portal.supporters.rights import REMINDERS_SEND, SHARING_MANAGE
from tojimari.portal.words import catalog, say
from tojimari.report.sentences import step_title


def send_invitation(invitation: Invitation, link: str, by: str, lang: Lang) -> bool:
    """Mail an invitation's link; returns whether the mail server took it."""
    body = say(f"mail.invite_{invitation.to}", lang, by=by, link=link)
    try:
        return send(say("mail.invite_subject", lang, by=by), body, invitation.email)
    except OSError:  # the link is shown on the page all the same
        not_taken("invitation")
        return False


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
            if not may(Actor(organisation=organisation), REMINDERS_SEND, nudge.company):
                continue
            try:
                for one in holders(nudge.company, SHARING_MANAGE):
                    _nudge(nudge, organisation, one, connection)
            except OSError:
                # The server itself is in trouble: this one and the rest wait for the next round.
                Nudge.objects.of(nudge.company_id).filter(pk=nudge.pk).update(sent_at=None)
                not_taken("nudge")
                return


def _nudge(nudge: Nudge, organisation: Organisation, to: Holder, connection: object) -> None:
    lang, standing = to.lang, getattr(nudge.company, "standing", None)
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
    subject = say("mail.nudge_subject", lang, by=organisation.name)
    send(subject, body, to.user.email, connection=connection)
