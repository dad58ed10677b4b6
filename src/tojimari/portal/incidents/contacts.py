"""Whom the company calls when something has happened."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.errors import refused
from tojimari.portal.incidents.forms import ContactForm
from tojimari.portal.incidents.models import CONTACT_KINDS, EmergencyContact
from tojimari.portal.incidents.rights import CONTACTS_MANAGE
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.sheet import CONTACTS_AT_MOST, NEEDED, kind_title


def contacts_of(company: Company) -> list[EmergencyContact]:
    """Return the contacts of a company in the order in which they are listed."""
    order = {kind: at for at, kind in enumerate(CONTACT_KINDS)}
    rows = EmergencyContact.objects.of(company).order_by("name")
    return sorted(rows, key=lambda row: order.get(row.kind, len(order)))


def missing_kinds(found: list[EmergencyContact]) -> list[str]:
    """Return the needed kinds for which nobody is named."""
    return [kind for kind in NEEDED if kind not in {one.kind for one in found}]


def with_own(shown: list[dict[str, Any]], company: Company | None) -> list[dict[str, Any]]:
    """Return contacts of the catalog, each with what the company named for it."""
    if company is None:
        return shown
    own = contacts_of(company)
    return [{**one, "mine": [mine for mine in own if mine.kind == one["id"]]} for one in shown]


def kind_titles() -> list[tuple[str, str]]:
    """Return (kind, what it is called) for a list to choose from."""
    lang, known = current_lang(), catalog()
    return [(kind, kind_title(kind, known).say(lang)) for kind in CONTACT_KINDS]


@company_view(CONTACTS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: HttpRequest, company: Company) -> HttpResponse:
    """List whom the company calls; add somebody."""
    own, given, problem = EmergencyContact.objects.of(company), {}, ""
    if request.method == "POST":
        form = ContactForm(request.POST)
        if own.count() >= CONTACTS_AT_MOST:
            words = say("contacts.too_many", n=CONTACTS_AT_MOST)
            return refused(request, words, back=request.path)
        if form.is_valid():
            own.create(company=company, **form.cleaned_data)
            note_by(request, "contact.added", company)
            return redirect("incidents:contacts", company.pk)
        given, problem = form.data, form.sentence()
    found, titles = contacts_of(company), dict(kind_titles())
    context = {
        "company": company,
        "found": [(one, titles.get(one.kind, "")) for one in found],
        "missing": [titles[kind] for kind in missing_kinds(found)],
        "kinds": kind_titles(),
        "given": given,
        "problem": problem,
        "asked": (missing_kinds(found) or [""])[0],
    }
    return render(request, "contacts.html", context, status=400 if problem else 200)


@company_view(CONTACTS_MANAGE)
@require_POST
def remove(request: HttpRequest, company: Company, contact_id: uuid.UUID) -> HttpResponse:
    """Take a contact off the list."""
    get_object_or_404(EmergencyContact.objects.of(company).filter(pk=contact_id)).delete()
    note_by(request, "contact.removed", company)
    return redirect("incidents:contacts", company.pk)


@company_view(CONTACTS_MANAGE)
@require_POST
def still_right(request: HttpRequest, company: Company) -> HttpResponse:
    """Note that every number was looked at and is still right."""
    EmergencyContact.objects.of(company).update(checked_at=timezone.now())
    note_by(request, "contact.checked", company)
    return redirect("incidents:contacts", company.pk)
