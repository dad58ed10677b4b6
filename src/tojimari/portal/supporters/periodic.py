"""What is done again and again for organisations."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.supporters import mail_waves as mail_waves
from tojimari.portal.supporters.models import Grant, Invitation, MonthlyReport, Nudge
from tojimari.portal.supporters.rights import REPORTS_MONTHLY
from tojimari.portal.supporters.tasks import (
    mail_invitations,
    make_report,
    send_nudges,
    this_month,
)

TRIED_FOR = timedelta(days=3)


@every(timedelta(minutes=30))
def nudge_again() -> None:
    """Try the nudges that the mail server would not take before."""
    waiting = Nudge.objects.across("nudges that still wait").filter(
        sent_at=None, at__gt=timezone.now() - TRIED_FOR
    )
    for organisation in waiting.order_by().values_list("organisation", flat=True).distinct():
        send_nudges.enqueue(str(organisation))


@every(timedelta(minutes=30))
def invite_again() -> None:
    """Try the invitations of lists that the mail server would not take before."""
    waiting = Invitation.objects.across("invitations that still wait").filter(
        mail=Invitation.WAITING, used_at=None
    )
    for organisation in waiting.order_by().values_list("organisation", flat=True).distinct():
        mail_invitations.enqueue(str(organisation))


@every(timedelta(hours=6))
def report_monthly() -> None:
    """Have this month's report made for every grant that allows it and has none yet."""
    made = MonthlyReport.objects.across("whose report of this month is there").filter(
        month=this_month(), company=OuterRef("company"), organisation=OuterRef("organisation")
    )
    grants = Grant.objects.across("whose report of this month is missing").filter(
        withdrawn_at=None, scopes__has=REPORTS_MONTHLY, organisation__approved_at__isnull=False
    )
    for grant in grants.exclude(Exists(made)).order_by("pk").values_list("pk", flat=True):
        make_report.enqueue(grant)
