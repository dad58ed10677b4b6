"""What changed in a company: since a chosen day, and every month for those it allows."""

import uuid
from datetime import date

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from tojimari.model import Lang
from tojimari.plan import StepKind
from tojimari.portal.companies.assessments import catch_up
from tojimari.portal.companies.models import Assessed, Company, Standing
from tojimari.portal.companies.rights import BASICS_READ, FINDINGS_READ
from tojimari.portal.companies.steps import title_of
from tojimari.portal.core.access import company_or_404, company_view
from tojimari.portal.core.audit import note_as, note_by
from tojimari.portal.core.permissions import companies_where, holders, may
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.printing import PRINTED_A_MINUTE, printed
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.comparison import compare, newest, oldest, on_day
from tojimari.portal.supporters.models import MonthlyReport, Organisation
from tojimari.portal.supporters.rights import REPORTS_MONTHLY, SHARING_MANAGE
from tojimari.portal.words import current_lang, say

REPORTS_A_PAGE = 50


def lang_of(company: Company) -> Lang:
    """Return the language its people read: that of its first owner."""
    people = holders(company, SHARING_MANAGE)
    return people[0].lang if people else "ja"


def _day(text: str) -> date | None:
    """Return a day as an address gives it; None for anything else and for days to come."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= timezone.localdate() else None


def _since(request: HttpRequest, company: Company, organisation: Organisation | None) -> date:
    """Return the day to compare with: the chosen one, else the last report's, else the first."""
    chosen = _day(request.GET.get("since", ""))
    if chosen is not None:
        return chosen
    reports = MonthlyReport.objects.of(company).order_by("-month", "-pk")
    last = reports.filter(organisation=organisation).first() if organisation else reports.first()
    first = oldest(company)
    when = last.after.as_of if last else first.as_of if first else timezone.now()
    return timezone.localdate(when)


def _page(
    request: HttpRequest,
    company: Company,
    before: Assessed | None,
    after: Assessed,
    step: tuple[str, StepKind],
    *,
    organisation: Organisation | None = None,
    since: date | None = None,
    sees_findings: bool = True,
    pdf: str = "",
    on_paper: bool = False,
) -> HttpResponse:
    """Render the page, or print it: for an organisation in the language of the company's people.

    pdf: address of the same on paper; "" where there is none.
    """
    wanted = request.GET.get("lang", "")
    own = lang_of(company) if organisation else current_lang()
    lang = wanted if wanted in ("ja", "en") else own
    with translation.override(lang):
        context = {
            "company": company,
            "organisation": organisation,
            "base": "organisation_base.html" if organisation else "company_base.html",
            "shown": compare(before, after),
            "step": title_of(step[0], step[1]) if step[0] else "",
            "since": since.isoformat() if since else "",
            "today": timezone.localdate().isoformat(),
            "sees_findings": sees_findings,
            "other": "en" if lang == "ja" else "ja",
            "pdf": pdf,
        }
        if on_paper:
            return _printed(request, context, after)
        return render(request, "changes.html", context)


def _printed(request: HttpRequest, context: dict[str, object], after: Assessed) -> HttpResponse:
    """Return the page as PDF; raises NoPdf where what prints is not installed."""
    day = timezone.localdate(after.as_of).isoformat()
    return printed(request, "changes_paper.html", lambda: context, f"tojimari-changes-{day}.pdf")


def _may_print(request: HttpRequest) -> HttpResponse | None:
    """Return what is answered in place of a PDF: too many in a row; None where it may be made."""
    who = str(request.user.pk)
    if request.method != "HEAD" and too_often(
        "monthly-pdf", who, times=PRINTED_A_MINUTE, seconds=60
    ):
        return refused(request, say("reports.too_many"), code=429)
    return None


def _now(
    request: HttpRequest, company: Company, organisation: Organisation | None, *, all_: bool
) -> HttpResponse:
    """Compare where the company stood on a day with where it stands now."""
    catch_up(company)
    after = newest(company)
    if after is None:
        raise Http404
    since = _since(request, company, organisation)
    before = on_day(company, since)
    standing = Standing.objects.of(company).get()
    return _page(
        request,
        company,
        None if before is None or before.pk == after.pk else before,
        after,
        (standing.step, standing.step_kind),
        organisation=organisation,
        since=since,
        sees_findings=all_,
    )


@company_view(COMPANY_READ)
@require_safe
def changes(request: HttpRequest, company: Company) -> HttpResponse:
    """Show an owner before and after, and the monthly reports there are."""
    note_by(request, "changes.seen", company)
    return _now(request, company, None, all_=True)


@company_view(COMPANY_READ)
@require_safe
def monthly(request: HttpRequest, company: Company, monthly_id: int) -> HttpResponse:
    """Show an owner one monthly report, whole: what the organisation sees of it may be less."""
    return _monthly(request, company, monthly_id)


@company_view(COMPANY_READ)
@require_safe
def monthly_pdf(request: HttpRequest, company: Company, monthly_id: int) -> HttpResponse:
    """Send an owner one monthly report on paper."""
    return _monthly(request, company, monthly_id, on_paper=True)


def _monthly(
    request: HttpRequest, company: Company, monthly_id: int, *, on_paper: bool = False
) -> HttpResponse:
    found = get_object_or_404(_whole(company), pk=monthly_id)
    instead = _may_print(request) if on_paper else None
    if instead is not None:
        return instead
    note_by(request, "changes.seen", company)
    return _page(
        request,
        company,
        found.before,
        found.after,
        (found.step, found.step_kind),
        pdf=reverse("supporters:monthly_pdf", args=[company.pk, found.pk]),
        on_paper=on_paper,
    )


def _whole(company: Company) -> QuerySet[MonthlyReport]:
    return MonthlyReport.objects.of(company).select_related("before", "after")


@organisation_view
@require_safe
def granted_changes(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID
) -> HttpResponse:
    """Show an organisation before and after, as far as the company allows."""
    company, _ = company_or_404(request.actor, company_id, BASICS_READ)
    note_as(request, organisation, "changes.seen", company)
    all_ = may(request.actor, FINDINGS_READ, company)
    return _now(request, company, organisation, all_=all_)


@organisation_view
@require_safe
def granted_monthly(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, monthly_id: int
) -> HttpResponse:
    """Show an organisation one monthly report, as far as the company allows today."""
    return _granted_monthly(request, organisation, company_id, monthly_id)


@organisation_view
@require_safe
def granted_monthly_pdf(
    request: HttpRequest, organisation: Organisation, company_id: uuid.UUID, monthly_id: int
) -> HttpResponse:
    """Send an organisation one monthly report on paper, as far as the company allows today."""
    return _granted_monthly(request, organisation, company_id, monthly_id, on_paper=True)


def _granted_monthly(
    request: HttpRequest,
    organisation: Organisation,
    company_id: uuid.UUID,
    monthly_id: int,
    *,
    on_paper: bool = False,
) -> HttpResponse:
    company, _ = company_or_404(request.actor, company_id, REPORTS_MONTHLY)
    found = get_object_or_404(_whole(company), pk=monthly_id, organisation=organisation)
    instead = _may_print(request) if on_paper else None
    if instead is not None:
        return instead
    note_as(request, organisation, "changes.seen", company)
    return _page(
        request,
        company,
        found.before,
        found.after,
        (found.step, found.step_kind),
        organisation=organisation,
        sees_findings=may(request.actor, FINDINGS_READ, company),
        pdf=reverse("supporters:granted_monthly_pdf", args=[organisation.pk, company.pk, found.pk]),
        on_paper=on_paper,
    )


@organisation_view
@require_safe
def reports(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the monthly reports of every company that allows them, the newest first."""
    found = (
        MonthlyReport.objects.across("an organisation's monthly reports, within its grants")
        .filter(
            organisation=organisation,
            company__in=companies_where(request.actor, REPORTS_MONTHLY),
        )
        .select_related("company", "before", "after")
        .order_by("-month", "company__name", "pk")
    )
    page = Paginator(found, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    rows = [{"report": one, "shown": compare(one.before, one.after)} for one in page]
    context = {
        "organisation": organisation,
        "page": page,
        "rows": rows,
        "allowing": companies_where(request.actor, REPORTS_MONTHLY).count(),
        "fleet": reverse("supporters:fleet", args=[organisation.pk]),
    }
    return render(request, "reports.html", context)
