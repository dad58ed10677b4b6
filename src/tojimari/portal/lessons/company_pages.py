"""A company's own page of lessons: which one next, who took what, the link to hand on."""

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.catalog.lesson import Lesson
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.models import Employee
from tojimari.portal.core.permissions import may
from tojimari.portal.core.rights import COMPANY_MANAGE, COMPANY_READ, COMPANY_WRITE, OWNER
from tojimari.portal.devices.pages import qr
from tojimari.portal.errors import refused
from tojimari.portal.lessons.certificate import certificate_answer
from tojimari.portal.lessons.forms import LinkForm
from tojimari.portal.lessons.models import LessonLink, LessonTaken, person_of
from tojimari.portal.lessons.scorm import package
from tojimari.portal.lessons.showing import lesson_or_404, show, taken_by
from tojimari.portal.lessons.statements import statements
from tojimari.portal.lessons.taking import keep_records, offered_in, take
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.words import catalog, current_lang, say

SHOWN_AT_MOST = 200
CERTIFICATES_AN_HOUR = 30
PACKAGES_AN_HOUR = 30


def _suggested_people(company: Company) -> int:
    """Return how many people the company has told us of: with an account and without."""
    employees = Employee.objects.of(company).filter(left_at=None).count()
    return int(company.memberships.count()) + employees


@company_view(COMPANY_READ)
@require_safe
def lessons(request: HttpRequest, company: Company) -> HttpResponse:
    """Show the lesson this company needs most, the others, and who took what."""
    return _page(request, company)


def _page(
    request: HttpRequest, company: Company, *, problem: str = "", status: int = 200
) -> HttpResponse:
    link = LessonLink.of_company(company)
    offered = offered_in(company)
    own = LessonTaken.objects.of(company)
    address = whole_address("lessons:lesson_link", link.secret)
    manages = may(request.actor, COMPANY_MANAGE, company)
    rows = own.order_by("-at")[:SHOWN_AT_MOST] if manages else []
    context = {
        "company": company,
        "first": offered[0],
        "others": offered[1:],
        "mine": taken_by(own, person_of(company, request.user)),
        "link": link,
        "address": address,
        "qr": qr(address) if link.is_on and manages else "",
        "manages": manages,
        "taken": [(row, catalog().lessons.get(row.lesson)) for row in rows],
        "count": own.count(),
        "people": own.values("person").distinct().count(),
        "problem": problem,
        "typed": _typed(request, link, problem),
    }
    return render(request, "lessons.html", context, status=status)


def _typed(request: HttpRequest, link: LessonLink, problem: str) -> dict[str, Any]:
    """Return what stands in the form: as it is kept, or as it was typed where it was refused."""
    if problem:
        sent = LinkForm(request.POST).data
        return {name: sent.get(name, "") for name in ("is_on", "people", "remind")}
    people = _suggested_people(link.company) if link.people is None else link.people
    return {"is_on": link.is_on, "people": people, "remind": link.remind}


@company_view(COMPANY_MANAGE)
@require_POST
def set_link(request: HttpRequest, company: Company) -> HttpResponse:
    """Switch the link on or off, say how many shall learn, and whether to be reminded."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _page(request, company, problem=form.sentence(), status=400)
    link = LessonLink.of_company(company)
    # Where only this computer is served, a link would lead nobody here.
    link.is_on = form.cleaned_data["is_on"] and not settings.LOCAL
    link.people = form.cleaned_data["people"]
    link.remind = form.cleaned_data["remind"]
    link.save(update_fields=["is_on", "people", "remind"])
    keep_records(company)
    note_by(request, "lessons.set", company)
    return redirect("lessons:lessons", company.pk)


@company_view(COMPANY_MANAGE)
@require_POST
def new_link(request: HttpRequest, company: Company) -> HttpResponse:
    """Make a new link: the one before ends."""
    LessonLink.of_company(company).renew()
    note_by(request, "lessons.new_link", company)
    return redirect("lessons:lessons", company.pk)


@company_view(COMPANY_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: HttpRequest, company: Company, lesson_id: str) -> HttpResponse:
    """Show a lesson to a person of the company, and take it down once it is answered."""

    def taken(found: Lesson, answers: list[int], name: str) -> LessonTaken:
        return take(
            company,
            found,
            answers,
            person=person_of(company, request.user),
            name=name,
            user=request.user,
            owner=request.acting_as == OWNER,
        )

    return show(
        request,
        lesson_or_404(lesson_id),
        taken,
        name=request.user.name,
        company=company,
        base="company_base.html",
        control=True,
    )


@company_view(COMPANY_MANAGE)
@require_POST
def remove(request: HttpRequest, company: Company, taken_id: uuid.UUID) -> HttpResponse:
    """Delete what was taken down of one lesson of one person."""
    if not LessonTaken.objects.of(company).filter(pk=taken_id).delete()[0]:
        raise Http404
    note_by(request, "lessons.removed", company)
    return redirect("lessons:lessons", company.pk)


@company_view(COMPANY_WRITE)
@require_POST
def certificate(request: HttpRequest, company: Company) -> HttpResponse:
    """Send the reader's own certificate."""
    person = person_of(company, request.user)
    if too_often("certificate", str(person), times=CERTIFICATES_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    return certificate_answer(request, company, person, request.user.name)


@company_view(COMPANY_MANAGE)
@require_safe
def scorm(request: HttpRequest, company: Company, lesson_id: str) -> HttpResponse:
    """Send lessons for a learning system of the company's own: one, or all."""
    known = catalog().lessons
    chosen = list(known.values()) if lesson_id == "all" else [lesson_or_404(lesson_id)]
    if request.method != "HEAD" and too_often(
        "scorm", str(company.pk), times=PACKAGES_AN_HOUR, seconds=3600
    ):
        return refused(request, say("error.too_often"), code=429)
    response = HttpResponse(package(chosen, current_lang()), content_type="application/zip")
    return as_file(response, f"tojimari-{lesson_id}.zip")


@company_view(COMPANY_MANAGE)
@require_safe
def xapi(request: HttpRequest, company: Company) -> HttpResponse:
    """Send the lessons taken as xAPI statements."""
    made = statements(LessonTaken.objects.of(company).order_by("at", "pk"))
    response = JsonResponse(made, safe=False)
    day = timezone.localdate().isoformat()
    return as_file(response, f"tojimari-lessons-{day}.json")
