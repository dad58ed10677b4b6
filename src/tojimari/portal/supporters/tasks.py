"""Mail from supporters, and invitations."""

from datetime import date, timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Standing
from tojimari.portal.core.claims import claim, free
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, Holder, holders, may
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.comparison import newest, on_day
from tojimari.portal.supporters.models import (
    Grant,
    Invitation,
    MonthlyReport,
    Nudge,
    Organisation,
)
from tojimari.portal.supporters.notices import REPORT_READY
from tojimari.portal.supporters.rights import REMINDERS_SEND, REPORTS_MONTHLY, SHARING_MANAGE
from tojimari.portal.words import catalog, say
from tojimari.report.sentences import step_title


def _mail_invitation(invitation: Invitation, link: str, by: str, lang: Lang) -> bool:
    body = say(f"mail.invite_{invitation.to}", lang, by=by, link=link)
    return send(say("mail.invite_subject", lang, by=by), body, invitation.email)


def send_invitation(invitation: Invitation, link: str, by: str, lang: Lang) -> bool:
    """Mail an invitation's link; returns whether the mail server took it."""
    try:
        return _mail_invitation(invitation, link, by, lang)
    except OSError:  # the link is shown on the page all the same
        not_taken("invitation")
        return False


@task()
def mail_invitations(organisation_id: str) -> None:
    """Mail every invitation of an organisation that waits, each with a link made for the mail.

    Whoever asked for it must still work for the organisation.
    """
    organisation = Organisation.objects.filter(
        pk=organisation_id, approved_at__isnull=False
    ).first()
    if organisation is None or not settings.MAIL_CONFIGURED:
        return
    every = Invitation.objects.across("an organisation's invitations that wait for the mail server")
    waiting = every.filter(organisation=organisation, mail=Invitation.WAITING, used_at=None)
    waiting = waiting.filter(made_by__helps__organisation=organisation)
    for invitation in list(waiting.filter(free("claimed_at")).order_by("made_at", "pk")):
        row = every.filter(pk=invitation.pk)
        claimed = claim(row.filter(mail=Invitation.WAITING), "claimed_at")
        if claimed is None:
            continue
        mine = row.filter(claimed_at=claimed)
        link = whole_address("supporters:join", invitation.renew())
        lang: Lang = "en" if invitation.lang == "en" else "ja"
        try:
            taken = _mail_invitation(invitation, link, organisation.name, lang)
        except OSError:
            # The server itself is in trouble: this one and the rest wait for the next round.
            mine.update(claimed_at=None)
            not_taken("invitation")
            return
        state = Invitation.TAKEN if taken else Invitation.REFUSED
        mine.update(mail=state, mailed_at=timezone.now(), claimed_at=None)


@task()
def send_nudges(organisation_id: str) -> None:
    """Send every nudge of an organisation that waits; a withdrawn grant stops it."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None or not settings.MAIL_CONFIGURED:
        return
    waiting = (
        Nudge.objects.across("nudges that wait for the mail server")
        .select_related("company", "author")
        .filter(free("claimed_at"), organisation=organisation, sent_at=None)
        .order_by("pk")
    )
    connection = get_connection()
    try:
        connection.open()
        for nudge in waiting.iterator(chunk_size=200):
            if not _send_nudge(nudge, organisation, connection):
                return
    except OSError:
        # The server itself is in trouble, and nothing was claimed: all of them wait.
        not_taken("nudge")
    finally:
        connection.close()


def _send_nudge(nudge: Nudge, organisation: Organisation, connection: object) -> bool:
    """Send one nudge if it is still free; returns False where the mail server is in trouble."""
    row = Nudge.objects.of(nudge.company_id).filter(pk=nudge.pk)
    claimed = claim(row.filter(sent_at=None), "claimed_at")
    if claimed is None:
        return True
    mine = row.filter(claimed_at=claimed)
    allowed = may(Actor(organisation=organisation), REMINDERS_SEND, nudge.company)
    try:
        for one in holders(nudge.company, SHARING_MANAGE) if allowed else ():
            _nudge(nudge, organisation, one, connection)
    except OSError:
        # The server itself is in trouble: this one and the rest wait for the next round.
        mine.update(claimed_at=None)
        not_taken("nudge")
        return False
    mine.update(sent_at=timezone.now(), claimed_at=None)
    return True


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


@task()
def make_report(grant_id: int) -> None:
    """Make this month's report of a company for an organisation, unless it is there, and tell."""
    grants = Grant.objects.across("a report is made for a grant").filter(
        pk=grant_id, withdrawn_at=None
    )
    grant = grants.select_related("company", "organisation").first()
    if grant is None:
        return
    company, organisation, month = grant.company, grant.organisation, this_month()
    if not may(Actor(organisation=organisation), REPORTS_MONTHLY, company):
        return
    last = MonthlyReport.objects.of(company).filter(organisation=organisation).order_by("-month")
    previous = last.select_related("after").first()
    if previous is not None and previous.month >= month:
        return
    refresh(company)
    after, standing = newest(company), Standing.objects.of(company).get()
    if after is None:
        return
    before = previous.after if previous else on_day(company, month - timedelta(days=1))
    if before is not None and before.pk == after.pk and previous is None:
        before = None
    made, new = MonthlyReport.objects.of(company).get_or_create(
        company=company,
        organisation=organisation,
        month=month,
        defaults={
            "before": before,
            "after": after,
            "step": standing.step,
            "step_kind": standing.step_kind,
        },
    )
    if new:
        values = {"organisation": organisation.name, "month": f"{month:%Y-%m}"}
        tell(company, REPORT_READY, str(made.pk), values=values)


def this_month() -> date:
    """Return the first day of this month, where the portal is."""
    return timezone.localdate().replace(day=1)
