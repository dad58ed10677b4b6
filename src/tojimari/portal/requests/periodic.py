"""Mail of requests that still waits, and reminders before the day to answer by."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.requests.mailing import mail_inquiries, open_requests, remind
from tojimari.portal.requests.models import GRACE, Inquiry

REMIND_DAYS_BEFORE = (7, 1)
"""So many days before the day to answer by, a supplier that has not answered is reminded."""


@every(timedelta(minutes=30))
def mail_requests_again() -> None:
    """Try again what the mail server would not take before."""
    rows = Inquiry.objects.across("inquiries that wait for the mail server")
    waiting = rows.filter(mail=Inquiry.WAITING, request__in=open_requests())
    for key in waiting.order_by().values_list("request", flat=True).distinct():
        mail_inquiries.enqueue(str(key))


@every(timedelta(hours=12))
def remind_suppliers() -> None:
    """Remind suppliers that have not answered, some days before the day to answer by."""
    today = timezone.localdate()
    days = [today + timedelta(days=n) for n in REMIND_DAYS_BEFORE]
    for request in open_requests().filter(due__in=days):
        rows = Inquiry.objects.across("suppliers of a buyer that have not answered yet")
        if remind(rows.filter(request=request)):
            mail_inquiries.enqueue(str(request.pk))


@every(timedelta(days=1))
def forget_shown() -> None:
    """Erase what suppliers showed once its time is over, and what nobody can send any more.

    That they had answered stays. What a company said is kept with the company, for the next buyer.
    """
    rows = Inquiry.objects.across("answers whose time to be shown is over")
    nothing: dict[str, Any] = {"shown": {}, "draft": {}, "cost": "", "person": ""}
    held = ~Q(**nothing)
    rows.filter(held, shown_until__lt=timezone.now()).update(**nothing)
    last_day = timezone.localdate() - GRACE - timedelta(days=1)
    rows.filter(held, shown={}, request__due__lt=last_day).update(**nothing)
