"""Naming a second person who has to say yes as well, and doing without one again."""

from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.notices import tell
from tojimari.portal.errors import refused
from tojimari.portal.updates import fresh
from tojimari.portal.updates.company_pages import not_alone
from tojimari.portal.updates.consents import ENDS_AFTER, part_of, second_person
from tojimari.portal.updates.forms import SecondForm
from tojimari.portal.updates.models import SecondPerson
from tojimari.portal.updates.notices import UPDATE_SECOND
from tojimari.portal.updates.rights import UPDATES_READ
from tojimari.portal.updates.sign_in_pages import way_to_sign_in
from tojimari.portal.words import say


@company_view(UPDATES_READ)
@require_POST
def change_second(request: HttpRequest, company: Company) -> HttpResponse:
    """An owner names a second person, or asks to do without; the second person agrees to that.

    Without a word of the second person it ends only after a week: neither a stolen account of the
    owner nor the owner alone gets around it at once.
    """
    not_alone()
    part, form = part_of(company, request.user), SecondForm(request.POST)
    if not part:
        raise Http404
    if not form.is_valid():
        return refused(request, form.sentence())
    here = reverse("updates:updates", args=[company.pk])
    ends = form.cleaned_data["end"]
    named = second_person(company)
    if (part == "second" and not ends) or (named is None) == ends:
        return refused(request, say("second.not_now"), back=here, code=409)
    if fresh.spend(request) is None:
        return redirect(way_to_sign_in(here))
    if not ends:
        return _name(request, company, form)
    with transaction.atomic():
        rows = SecondPerson.objects.of(company).select_for_update()
        until = timezone.now() + (ENDS_AFTER if part == "owner" else timedelta())
        if part == "second":
            rows.update(ends_at=until)
        else:
            rows.filter(ends_at=None).update(ends_at=until)
        note_by(request, "updates.second_ends", company)
    if part == "owner":
        tell(company, UPDATE_SECOND, "end", values={"page": here}, by=request.user)
    messages.success(request, say("second.ends" if part == "owner" else "second.ended"))
    return redirect(here)


def _name(request: HttpRequest, company: Company, form: SecondForm) -> HttpResponse:
    """Name one of the company's people, not oneself."""
    person = form.cleaned_data["person"]
    people = company.memberships.exclude(user=request.user).filter(user=person)
    if not person or not people.exists():
        raise Http404
    SecondPerson.objects.of(company).update_or_create(
        company=company,
        defaults={"user_id": person, "since": timezone.now(), "ends_at": None},
    )
    note_by(request, "updates.second_named", company, name=str(people.get().user))
    messages.success(request, say("second.named"))
    return redirect("updates:updates", company.pk)
