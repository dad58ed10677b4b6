"""The owner's pages of drills: what is missing, the consent, plans, and the button that stops one."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.catalog.phish_scale import LEVELS
from tojimari.drills.gophish import BadGophishFile, read_group
from tojimari.portal.companies.employees import EMPLOYEES_AT_MOST
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.models import Employee
from tojimari.portal.devices.pages import qr
from tojimari.portal.drills import consents, sending
from tojimari.portal.drills.forms import ConsentForm, DrillForm, FileForm
from tojimari.portal.drills.intake import REPORTS
from tojimari.portal.drills.models import (
    GROUP_LETTERS,
    KEEP_DAYS,
    NAME_LETTERS,
    Drill,
    DrillConsent,
    Placement,
    StaffPage,
)
from tojimari.portal.drills.planning import (
    NotStarted,
    people_of,
    planned_of,
    recipients_of,
    start,
    usable,
)
from tojimari.portal.drills.rights import DRILLS_MANAGE
from tojimari.portal.drills.safeguards import domains_of, may_be_sent_to, steps
from tojimari.portal.drills.shown import level_word
from tojimari.portal.drills.templates import template_of
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.mailin.addresses import address_of
from tojimari.portal.words import current_lang, say

DRILLS_SHOWN = 50
IMPORTS_AN_HOUR = 20
PLANS_A_DAY = 40
USUAL_DAYS = 5


def drill_or_404(company: Company, drill_id: uuid.UUID) -> Drill:
    """Return a company's drill. Raises Http404."""
    found = planned_of(company).select_related("company", "consent").filter(pk=drill_id).first()
    if found is None:
        raise Http404
    return found


@company_view(DRILLS_MANAGE)
@require_safe
def drills(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what is missing before a first drill, the drills there are, and where to report to."""
    if settings.LOCAL:  # no mail goes out from here
        return render(request, "drills.html", {"company": company})
    rows = list(planned_of(company)[:DRILLS_SHOWN])
    people, staff = people_of(company), StaffPage.of_company(company)
    n = sum(not one.left_out for one in people)
    address = whole_address("drills:staff", staff.secret) if staff.is_on else ""
    context = {
        "company": company,
        "staff_address": address,
        "staff_qr": qr(address) if address else "",
        "missing": steps(company, n),
        "consent": DrillConsent.standing(company),
        "drills": [
            (one, say(f"drillstate.{one.state}"), say(f"drill.level_{one.level}")) for one in rows
        ],
        "n": n,
        "people": len(people),
        "reports": address_of(company, REPORTS),
    }
    return render(request, "drills.html", context)


@company_view(DRILLS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, company: Company) -> HttpResponse:
    """Show what is agreed to; keep the consent with its words and choices."""
    lang, problem = current_lang(), ""
    form = ConsentForm(request.POST)
    if request.method == "POST":
        if form.is_valid():
            sent = form.cleaned_data
            consents.give(
                company,
                request.user,
                lang,
                names=sent["names"],
                staff_told=sent["staff_told"],
                keep_days=sent["keep_days"],
                pooled=sent["pooled"],
            )
            note_by(request, "drill.consent", company)
            return redirect("drills:drills", company.pk)
        problem = form.sentence()
    context = {
        "company": company,
        "words": consents.words_of(lang),
        "standing": DrillConsent.standing(company),
        "keep_days": KEEP_DAYS,
        "typed": form.data,
        "problem": problem,
    }
    return render(request, "drill_consent.html", context, status=400 if problem else 200)


@company_view(DRILLS_MANAGE)
@require_POST
def withdraw_consent(request: HttpRequest, company: Company) -> HttpResponse:
    """End the consent; what has not gone does not go any more."""
    if not consents.withdraw(company, request.user):
        raise Http404
    note_by(request, "drill.consent_withdrawn", company)
    return redirect("drills:drills", company.pk)


@company_view(DRILLS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_drill(request: HttpRequest, company: Company) -> HttpResponse:
    """Choose how hard, which mails, to whom and when; nothing is sent yet."""
    if settings.LOCAL:
        raise Http404
    if request.method != "POST":
        return _plan_page(request, company, DrillForm(request.POST))
    form = DrillForm(request.POST)
    if not form.is_valid():
        return _plan_page(request, company, form, form.sentence())
    sent = form.cleaned_data
    known = {one.id for one in usable(company, sent["level"])}
    chosen = [one for one in sent["templates"] if one in known] or (
        sorted(known) if not sent["templates"] else []
    )
    if not chosen:
        return _plan_page(request, company, form, say("drillplan.other_level"))
    if sent["seed"] and not may_be_sent_to(sent["seed"], domains_of(company)):
        return _plan_page(request, company, form, say("drillplan.seed"))
    if too_often("drill-plan", str(company.pk), times=PLANS_A_DAY, seconds=86_400):
        return refused(request, say("error.too_often"), code=429)
    made: Drill = Drill.objects.of(company).create(
        company=company,
        title=sent["title"] or say("drillplan.untitled", day=sent["starts_on"].isoformat()),
        level=sent["level"],
        templates=chosen,
        lang=sent["lang"],
        starts_on=sent["starts_on"],
        days=sent["days"],
        everybody=sent["everybody"] != "some",
        chosen=sent["chosen"][:EMPLOYEES_AT_MOST],
        seed=sent["seed"],
        with_form=sent["with_form"],
        made_by=request.user,
    )
    note_by(request, "drill.planned", company)
    return redirect("drills:drill", company.pk, made.pk)


def _plan_page(
    request: HttpRequest, company: Company, form: DrillForm, problem: str = ""
) -> HttpResponse:
    asked = request.GET.get("level", "") or form.data.get("level", "")
    level = asked if asked in LEVELS else "easy"
    lang = current_lang()
    found = usable(company, level)
    typed: dict[str, Any] = {
        name: form.data.get(name, "")
        for name in ("title", "starts_on", "days", "seed", "everybody", "with_form")
    }
    typed["starts_on"] = (
        typed["starts_on"] or (timezone.localdate() + timedelta(days=1)).isoformat()
    )
    typed["days"] = typed["days"] or USUAL_DAYS
    context = {
        "company": company,
        "level": level,
        "levels": [
            (one, say(f"drill.level_{one}"), say(f"drilllevel.{one}_about")) for one in LEVELS
        ],
        "templates": [(one, one.title.say(lang), say(f"drill.kind_{one.kind}")) for one in found],
        "ticked": form.data.getlist("templates") if hasattr(form.data, "getlist") else [],
        "people": people_of(company),
        "picked": form.data.getlist("chosen") if hasattr(form.data, "getlist") else [],
        "typed": typed,
        "today": timezone.localdate().isoformat(),
        "problem": problem,
    }
    return render(request, "drill_new.html", context, status=400 if problem else 200)


@company_view(DRILLS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def drill(request: HttpRequest, company: Company, drill_id: uuid.UUID) -> HttpResponse:
    """Show a plan with what would go to whom; the button starts it."""
    found = drill_or_404(company, drill_id)
    problem = ""
    if request.method == "POST":
        try:
            number = start(found, request.user)
        except NotStarted as error:
            problem = error.say(current_lang())
        else:
            note_by(request, "drill.started", company, name=found.title, n=number)
            return redirect("drills:results", company.pk, found.pk)
    if found.state != Drill.PLANNED and not problem:
        return redirect("drills:results", company.pk, found.pk)
    lang = current_lang()
    templates = [template_of(company, one) for one in found.templates]
    recipients = recipients_of(found)
    context = {
        "company": company,
        "drill": found,
        "level": say(f"drill.level_{found.level}"),
        "templates": [
            (one, one.title.say(lang), say(f"drill.kind_{one.kind}"), level_word(one))
            for one in templates
            if one is not None
        ],
        "recipients": recipients,
        "missing": steps(company, len(recipients)),
        "consent": DrillConsent.standing(company),
        "problem": problem,
    }
    return render(request, "drill.html", context, status=400 if problem else 200)


@company_view(DRILLS_MANAGE)
@require_POST
def stop_drill(request: HttpRequest, company: Company, drill_id: uuid.UUID) -> HttpResponse:
    """Stop a drill: workers ask before each mail, so nothing goes after the one in hand."""
    found = drill_or_404(company, drill_id)
    if not sending.stop(found, by=request.user):
        back = reverse("drills:drill", args=[company.pk, found.pk])
        return refused(request, say("drill.not_running"), back=back)
    note_by(request, "drill.stopped", company, name=found.title)
    return redirect("drills:results", company.pk, found.pk)


@company_view(DRILLS_MANAGE)
@require_POST
def remove_drill(request: HttpRequest, company: Company, drill_id: uuid.UUID) -> HttpResponse:
    """Delete a drill with all that was taken down of it; one that runs is stopped first."""
    found = drill_or_404(company, drill_id)
    sending.stop(found, by=request.user)
    Drill.objects.of(company).filter(pk=found.pk).delete()
    note_by(request, "drill.removed", company, name=found.title)
    return redirect("drills:drills", company.pk)


@company_view(DRILLS_MANAGE)
@require_POST
def import_people(request: HttpRequest, company: Company) -> HttpResponse:
    """Add the people of a group file (CSV), or put those who are there into its groups."""
    back = reverse("drills:new_drill", args=[company.pk])
    if too_often("drill-people", str(company.pk), times=IMPORTS_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), back=back, code=429)
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    try:
        file = read_group(form.cleaned_data["file"])
    except BadGophishFile as error:
        return refused(request, error.say(current_lang()), back=back)
    added, placed = _take_people(company, file.people)
    note_by(request, "drill.people", company)
    words = say("drillpeople.taken", n=added, placed=placed, skipped=file.left_out)
    messages.success(request, words)
    return redirect("drills:new_drill", company.pk)


def _take_people(company: Company, people: Any) -> tuple[int, int]:
    """Add who is not there and place everybody; returns how many were added and placed."""
    own = Employee.objects.of(company).filter(left_at=None)
    known = {email.lower(): key for key, email in own.exclude(email="").values_list("pk", "email")}
    room = EMPLOYEES_AT_MOST - own.count()
    new = [one for one in people if one.email.lower() not in known][: max(room, 0)]
    made = Employee.objects.of(company).bulk_create(
        [
            Employee(company=company, name=(one.name or one.email)[:NAME_LETTERS], email=one.email)
            for one in new
        ]
    )
    known |= {row.email.lower(): row.pk for row in made}
    placed = [
        Placement(
            employee_id=known[one.email.lower()],
            company=company,
            group=one.position[:GROUP_LETTERS],
        )
        for one in people
        if one.position and one.email.lower() in known
    ]
    Placement.objects.of(company).bulk_create(
        placed, update_conflicts=True, unique_fields=["employee"], update_fields=["group"]
    )
    return len(made), len(placed)
