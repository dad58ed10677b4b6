"""Employees who have no account confirm that an address is theirs, so that what they forward is answered.

Anybody can found a company and type any address into its list. So a mail goes there only when a
member asks for it, once a week for an address whoever asks, and it says no word that the member
typed but the company's name.
"""

import uuid
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.mail import send
from tojimari.portal.core.models import Employee
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.mailcheck.memory import asker_of
from tojimari.portal.mailcheck.models import AskedAddress, ConfirmedAddress
from tojimari.portal.mailcheck.report_text import defanged
from tojimari.portal.mailcheck.rights import MAIL_MANAGE
from tojimari.portal.typed import plain_name
from tojimari.portal.words import say

A_DAY = 30
"""Mails of this kind that one company may have sent within a day."""
VALID_DAYS = 14
_NAME_CHARACTERS = 40
_SALT = "tojimari mail confirm 1"
_DAY = 86_400


def people_to_ask(company: Any) -> list[tuple[Employee, bool]]:
    """Return everybody on the list with an address, and whether they confirmed it."""
    confirmed = dict(ConfirmedAddress.objects.of(company).values_list("employee", "address"))
    own = Employee.objects.of(company).filter(left_at=None).exclude(email="")
    return [
        (each, confirmed.get(each.pk) == asker_of(each.email))
        for each in own.order_by("name", "made_at")
    ]


def has_confirmed(company: Any, sender: str) -> bool:
    """Return whether an address is that of an employee who confirmed it and still works there."""
    rows = ConfirmedAddress.objects.of(company).filter(address=asker_of(sender))
    return bool(rows.filter(employee__left_at=None, employee__email__iexact=sender).exists())


@company_view(MAIL_MANAGE)
@require_POST
def ask(request: HttpRequest, company: Any, employee_id: uuid.UUID) -> HttpResponse:
    """Mail an employee the link by which they confirm their address."""
    if settings.LOCAL or not settings.MAIL_IN_DOMAIN:
        raise Http404
    back = reverse("mailcheck:months", args=[company.pk])
    own = Employee.objects.of(company).filter(left_at=None).exclude(email="")
    employee = get_object_or_404(own, pk=employee_id)
    if too_often("mail-confirm", str(company.pk), times=A_DAY, seconds=_DAY):
        return refused(request, say("error.too_often"), back=back, code=429)
    asked = asker_of(_mailbox(employee.email))
    try:
        # Committed before anything is sent: nobody waits for a mail server with the database.
        with transaction.atomic():
            AskedAddress.objects.create(address=asked)
    except IntegrityError:
        return refused(request, say("mailconfirm.this_week"), back=back, code=429)
    try:
        sent = _mail(company, employee, asker_of(employee.email))
    except OSError:
        sent = False
    if not sent:
        AskedAddress.objects.filter(address=asked).delete()
        return refused(request, say("mailconfirm.not_sent"), back=back, code=503)
    note_by(request, "mail.asked_employee", company)
    return redirect("mailcheck:months", company.pk)


def _mailbox(address: str) -> str:
    """Return the mailbox that mail to ``address`` lands in: what stands behind a plus is its owner's."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _mail(company: Any, employee: Employee, address: str) -> bool:
    name = defanged(plain_name(company.name, at_most=_NAME_CHARACTERS))
    token = signing.dumps([employee.pk.hex, address], salt=_SALT)
    link = whole_address("mailcheck:confirm", token)
    body = "\n\n".join(
        say("mailconfirm.mail", lang, company=name, link=link, days=VALID_DAYS)
        for lang in ("ja", "en")
    )
    return send(say("mailconfirm.subject", "ja"), body, employee.email)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whoever opened the link whether it is right; programs that only follow links confirm nothing."""
    employee, address = _of(token)
    if employee is None or asker_of(employee.email) != address:
        return refused(request, say("mailconfirm.over"), back=reverse("mailcheck:mail"), code=410)
    if request.method == "POST":
        ConfirmedAddress.objects.of(employee.company).update_or_create(
            employee=employee, defaults={"company": employee.company, "address": address}
        )
    context = {"company": employee.company, "done": request.method == "POST"}
    return render(request, "mail_confirm.html", context)


def _of(token: str) -> tuple[Employee | None, str]:
    """Return whom a link was mailed to, and the digest of their address; None where it is over."""
    try:
        key, address = signing.loads(token, salt=_SALT, max_age=VALID_DAYS * _DAY)
        rows = Employee.objects.across("a link mailed to somebody without an account")
        return rows.filter(pk=uuid.UUID(key), left_at=None).first(), str(address)
    except (signing.BadSignature, ValueError, TypeError):
        return None, ""
