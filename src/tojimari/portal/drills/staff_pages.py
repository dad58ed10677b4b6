"""What people of a company read about its drills by its link: before and after, without an account.

It tells what drills are for, what was done, what is seen of whom, where to report, and how to say no.
Whether one is planned or under way it never tells. Whoever says no shows that an address is theirs:
a mail goes there, and what it leads to asks once more.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.drills.results import GROUP_AT_LEAST
from tojimari.model import Lang
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.models import Employee
from tojimari.portal.drills.forms import AddressForm, SwitchForm
from tojimari.portal.drills.intake import REPORTS
from tojimari.portal.drills.models import Drill, DrillConsent, Objection, StaffPage
from tojimari.portal.drills.outcomes import found_of
from tojimari.portal.drills.rights import DRILLS_MANAGE
from tojimari.portal.drills.safeguards import domains_of, may_be_sent_to
from tojimari.portal.drills.templates import template_of
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of as address_of_visitor
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.mailin.addresses import address_of
from tojimari.portal.words import current_lang, say

SHOWN = 5
"""Drills that are told of, the newest first."""
ASKED_AN_HOUR = 60
"""Addresses typed in from one place: an office of many people shares one."""
MAILS_A_DAY = 3
_SALT = "tojimari drill no 1"
_DAY = 86_400
_GOOD_FOR = 7 * _DAY


def _page_or_404(secret: str) -> StaffPage:
    found = StaffPage.find(secret)
    if found is None or settings.LOCAL:
        raise Http404
    return found


@require_safe
def staff(request: HttpRequest, staff_secret: str) -> HttpResponse:
    """Tell what drills at the company are, what was done, and how to say no."""
    page = _page_or_404(staff_secret)
    return render(request, "drill_staff.html", _about(page))


def _about(page: StaffPage, **more: Any) -> dict[str, Any]:
    company = page.company
    consent = DrillConsent.standing(company)
    return {
        "called": str(company),
        "secret": page.secret,
        "consent": consent,
        "named": consent is not None and consent.names == DrillConsent.OWNER,
        "reports": address_of(company, REPORTS),
        "done": [_told(one) for one in _ended(company)],
        **more,
    }


def _ended(company: Company) -> list[Drill]:
    rows = Drill.objects.of(company).filter(state__in=(Drill.OVER, Drill.STOPPED))
    return list(rows.select_related("company").order_by("-over_at")[:SHOWN])


def _told(drill: Drill) -> dict[str, Any]:
    """Return what everybody may know of a drill: of few people no figure, it would speak of persons."""
    whole = found_of(drill).results.whole
    titles = (template_of(drill.company, one) for one in drill.templates)
    lang = current_lang()
    return {
        "at": drill.over_at,
        "mails": [one.title.say(lang) for one in titles if one is not None],
        "of": whole.delivered if whole.delivered >= GROUP_AT_LEAST else 0,
        "reported": whole.reported.count,
    }


@require_POST
def ask_out(request: HttpRequest, staff_secret: str) -> HttpResponse:
    """Send a mail to whoever wants to be left out; the page never tells whether they are known."""
    page = _page_or_404(staff_secret)
    form = AddressForm(request.POST)
    if not form.is_valid():
        context = _about(page, problem=form.sentence())
        return render(request, "drill_staff.html", context, status=400)
    visitor = address_of_visitor(request)
    if too_often("drill-no", visitor, times=ASKED_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    _send_question(page, form.cleaned_data["email"].lower())
    return render(request, "drill_staff.html", _about(page, asked=True))


def _send_question(page: StaffPage, email: str) -> None:
    company = page.company
    own = Employee.objects.of(company).filter(email__iexact=email, left_at=None)
    if not own.exists() or not may_be_sent_to(email, domains_of(company)):
        return
    if too_often("drill-no-mail", f"{company.pk} {email}", times=MAILS_A_DAY, seconds=_DAY):
        return
    signed = signing.dumps([str(company.pk), email], salt=_SALT)
    lang: Lang = current_lang()
    link = whole_address("drills:staff_out", page.secret, signed)
    text = say("drillstaff.mail_text", lang, company=str(company), link=link)
    try:
        send(say("drillstaff.mail_subject", lang), text, email)
    except OSError:
        not_taken("drill objection")


@require_http_methods(["GET", "HEAD", "POST"])
def out(request: HttpRequest, staff_secret: str, signed: str) -> HttpResponse:
    """Ask once more, and leave an address out of coming drills; a program that only reads does not."""
    page = _page_or_404(staff_secret)
    try:
        company, email = signing.loads(signed, salt=_SALT, max_age=_GOOD_FOR)
    except (signing.BadSignature, ValueError) as error:
        raise Http404 from error
    if company != str(page.company_id):
        raise Http404
    own = Objection.objects.of(page.company)
    if request.method == "POST":
        own.get_or_create(company=page.company, email=email)
    left_out = own.filter(email=email).exists()
    context = {"called": str(page.company), "email": email, "left_out": left_out}
    return render(request, "drill_staff_out.html", context)


@company_view(DRILLS_MANAGE)
@require_POST
def set_staff_page(request: HttpRequest, company: Company) -> HttpResponse:
    """Switch the page for the people on or off, or give it a new link: the one before ends."""
    if settings.LOCAL:
        raise Http404
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=reverse("drills:drills", args=[company.pk]))
    StaffPage.of_company(company).switch(on=form.cleaned_data["to"] != "off")
    note_by(request, "drill.staff_page", company)
    return redirect("drills:drills", company.pk)
