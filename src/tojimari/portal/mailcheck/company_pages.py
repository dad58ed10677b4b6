"""A company's own pages about mail: months, the address to forward to, contacts, kept mails."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.mail.verdict import SUSPICIOUS
from tojimari.model import TojimariError
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import may
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.mailcheck.confirming import people_to_ask
from tojimari.portal.mailcheck.contacts import CONTACTS_AT_MOST, contact_address, contacts_in
from tojimari.portal.mailcheck.forms import (
    CONTACTS_BYTES,
    ContactForm,
    ContactsFileForm,
    ExpectedForm,
)
from tojimari.portal.mailcheck.indicators import DAYS, FORMS, indicators_of, written
from tojimari.portal.mailcheck.jobs import PURPOSE
from tojimari.portal.mailcheck.memory import answer, kept_data
from tojimari.portal.mailcheck.models import KEPT_DAYS, VERDICT_DAYS, Contact, Judged, KeptMail
from tojimari.portal.mailcheck.months import Month, bars, months_of, published
from tojimari.portal.mailcheck.rights import MAIL_MANAGE, MAIL_READ, MAIL_WRITE
from tojimari.portal.mailin.addresses import address_of, replace_address
from tojimari.portal.mailin.models import UnknownSender
from tojimari.portal.words import catalog, current_lang, say

_UNKNOWN_SHOWN = 50
IMPORTS_AN_HOUR = 20
"""Files of contacts that a company may hand in within an hour."""


@company_view(MAIL_READ)
@require_safe
def months(request: HttpRequest, company: Any) -> HttpResponse:
    """Show what was asked about by month and trick, and the ways to ask."""
    rows = Judged.objects.of(company).values_list("at", "level", "trick")
    since = timezone.now() - timedelta(days=DAYS)
    dangerous = Judged.objects.of(company).filter(level="dangerous", at__gt=since)
    unknown = UnknownSender.objects.of(company).filter(purpose=PURPOSE).order_by("-count", "sender")
    return render(
        request,
        "mail_months.html",
        {
            "company": company,
            "address": "" if settings.LOCAL else address_of(company, PURPOSE),
            "manages": may(request.actor, MAIL_MANAGE, company),
            "unknown": unknown[:_UNKNOWN_SHOWN],
            "people": people_to_ask(company),
            "kept": KeptMail.objects.of(company).select_related("judged").order_by("-delete_at"),
            "indicators": len(indicators_of(dangerous)),
            "forms": list(FORMS),
            "days": DAYS,
            "verdict_days": VERDICT_DAYS,
            "mail_days": KEPT_DAYS,
            **figures(months_of(rows)),
        },
    )


def figures(found: list[Month]) -> dict[str, Any]:
    """Return what the pages with a chart of months show."""
    lang, council = current_lang(), published()
    totals: dict[str, int] = {}
    for each in found:
        for trick, count in each.tricks.items():
            totals[trick] = totals.get(trick, 0) + count
    order = sorted(totals, key=lambda trick: (-totals[trick], trick))
    return {
        "months": found,
        "asked": sum(each.all for each in found),
        "suspicious": sum(each.suspicious for each in found),
        "tricks": [(trick_title(trick), totals[trick]) for trick in order],
        "bars": bars((each.month[5:], each.suspicious) for each in found),
        "council": {
            "bars": bars((str(each.year), each.reports) for each in council.years),
            "years": [(each.year, each.reports, each.source.say(lang)) for each in council.years],
            "publisher": council.publisher.say(lang),
            "what": council.what.say(lang),
            "left_out": council.left_out.say(lang),
            "first": council.years[0].year,
            "last": council.years[-1].year,
        },
    }


def trick_title(trick: str) -> str:
    """Return a trick's name in the reader's language."""
    found = catalog().tricks.get(trick)
    return found.title.say(current_lang()) if found else say("mailmonths.no_trick")


@company_view(MAIL_WRITE)
@require_POST
def expected(request: HttpRequest, company: Any, judged_id: uuid.UUID) -> HttpResponse:
    """Keep the answer to "did you expect it?"."""
    row = get_object_or_404(Judged.objects.of(company), pk=judged_id)
    form = ExpectedForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=reverse("mailcheck:mail"))
    said = form.cleaned_data["expected"]
    answer(company, row, said, form.cleaned_data["sender"])
    suspicious = "_suspicious" if row.level in SUSPICIOUS else ""
    context = {"company": company, "answer": f"{said}{suspicious}"}
    page = "parts/mail_answered.html" if request.htmx else "mail_answered.html"
    return render(request, page, context)


@company_view(MAIL_MANAGE)
@require_POST
def new_address(request: HttpRequest, company: Any) -> HttpResponse:
    """Replace the address to forward to; the old one takes nothing any more."""
    if settings.LOCAL or not settings.MAIL_IN_DOMAIN:
        raise Http404
    replace_address(company, PURPOSE)
    note_by(request, "mail.address", company)
    return redirect("mailcheck:months", company.pk)


@company_view(MAIL_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: HttpRequest, company: Any) -> HttpResponse:
    """List the company's contacts; add one."""
    problem, given = "", {}
    if request.method == "POST":
        form = ContactForm(request.POST)
        try:
            if not form.is_valid():
                raise TojimariError(say("mailcontacts.bad", "ja"), say("mailcontacts.bad", "en"))
            address = contact_address(form.cleaned_data["address"])
            added = add_contacts(company, [(form.cleaned_data["name"], address)], Contact.TYPED)
        except TojimariError as error:
            given, problem = form.data, error.say(current_lang())
        else:
            if not added and not Contact.objects.of(company).filter(address=address).exists():
                return refused(
                    request, say("mailcontacts.full", n=CONTACTS_AT_MOST), back=request.path
                )
            return redirect("mailcheck:mail_contacts", company.pk)
    context = {
        "company": company,
        "contacts": Contact.objects.of(company).order_by("name", "address"),
        "problem": problem,
        "given": given,
    }
    return render(request, "mail_contacts.html", context, status=400 if problem else 200)


def add_contacts(company: Any, pairs: list[tuple[str, str]], said: str) -> int:
    """Add contacts (name, address) that are not there, as far as there is room; returns how many."""
    with transaction.atomic():
        own = Contact.objects.of(company)
        there = set(own.select_for_update().values_list("address", flat=True))
        new = [pair for pair in pairs if pair[1] not in there][: CONTACTS_AT_MOST - len(there)]
        own.bulk_create(
            [
                Contact(company=company, name=name, address=address, said=said)
                for name, address in new
            ]
        )
    return len(new)


@company_view(MAIL_WRITE)
@require_POST
def import_contacts(request: HttpRequest, company: Any) -> HttpResponse:
    """Add everybody in a file of an address book."""
    back = reverse("mailcheck:mail_contacts", args=[company.pk])
    if too_often("contacts", str(company.pk), times=IMPORTS_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), back=back, code=429)
    form = ContactsFileForm(request.POST, request.FILES)
    content = form.content() if form.is_valid() else b""
    found = contacts_in(content) if 0 < len(content) <= CONTACTS_BYTES else []
    if not found:
        return refused(request, say("mailcontacts.bad_file"), back=back)
    added = add_contacts(company, found, Contact.FILE)
    note_by(request, "mail.contacts", company)
    context = {"company": company, "added": added, "found": len(found)}
    return render(request, "mail_contacts_added.html", context)


@company_view(MAIL_WRITE)
@require_POST
def remove_contact(request: HttpRequest, company: Any, mail_contact_id: uuid.UUID) -> HttpResponse:
    """Take a contact off the list."""
    found = get_object_or_404(Contact.objects.of(company), pk=mail_contact_id)
    Contact.objects.of(company).filter(pk=found.pk).delete()
    return redirect("mailcheck:mail_contacts", company.pk)


@company_view(MAIL_READ)
@require_safe
def kept_file(request: HttpRequest, company: Any, kept_id: uuid.UUID) -> HttpResponse:
    """Hand out a mail that was kept, as a file that no browser opens."""
    found = get_object_or_404(KeptMail.objects.of(company), pk=kept_id)
    response = HttpResponse(kept_data(found), content_type="application/octet-stream")
    return as_file(response, f"mail-{found.pk.hex[:8]}.eml")


@company_view(MAIL_WRITE)
@require_POST
def remove_kept(request: HttpRequest, company: Any, kept_id: uuid.UUID) -> HttpResponse:
    """Delete a mail that was kept."""
    found = get_object_or_404(KeptMail.objects.of(company), pk=kept_id)
    KeptMail.objects.of(company).filter(pk=found.pk).delete()
    return redirect("mailcheck:months", company.pk)


@company_view(MAIL_READ)
@require_safe
def signs(request: HttpRequest, company: Any, form: str) -> HttpResponse:
    """Hand out where the dangerous mails of the last months led."""
    if form not in FORMS:
        raise Http404
    since = timezone.now() - timedelta(days=DAYS)
    rows = Judged.objects.of(company).filter(level="dangerous", at__gt=since)
    return signs_file(form, rows, by=str(company))


def signs_file(form: str, rows: Any, *, by: str) -> HttpResponse:
    """Return the indicators of verdicts as a file in one of ``FORMS``."""
    content = written(form, indicators_of(rows), at=timezone.now(), by=by)
    response = HttpResponse(content, content_type=FORMS[form])
    return as_file(response, f"mail-signs.{form}")
