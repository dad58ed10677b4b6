"""From the first page to a company of one's own."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tojimari.agent import startup
from tojimari.agent.home import Home
from tojimari.agent.invitation import pending
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.forms import NewCompanyForm
from tojimari.portal.companies.local import admit, own_company
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.rooms import rooms_of
from tojimari.portal.companies.steps import title_of
from tojimari.portal.core.access import companies_of, company_view
from tojimari.portal.core.audit import note
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.errors import refused
from tojimari.portal.people.models import Membership, User
from tojimari.portal.visitors import computer_of, phone_of
from tojimari.portal.words import current_lang, say

INVITED = "invited"
"""In the session of somebody who must sign in first: the page of their invitation."""


@require_safe
def first_page(request: HttpRequest) -> HttpResponse:
    """Say what this is and offer one button."""
    if request.user.is_authenticated:
        return redirect("companies:home")
    return render(request, "start.html", {"promised": promised(request)})


def promised(request: HttpRequest) -> str:
    """Return what is seen of the visitor's own system, as far as its browser tells it."""
    if phone_of(request):
        return say("start.see_phone")
    match computer_of(request):
        case "windows":
            return say("start.see_windows")
        case "macos":
            return say("start.see_macos")
        case _:
            return say("start.step_2")


@require_safe
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Let in the person who holds the link that `tojimari up` printed (this computer only).

    Programs that look at links first ask by HEAD, which uses no link up and tells nothing of it.
    """
    if settings.LOCAL and request.method == "HEAD":
        return HttpResponse()
    if not settings.LOCAL or not admit(token):
        return refused(request, say("local.link_used"), code=403)
    user, company = own_company()
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    agent = Home()
    if startup.available() and not agent.enrolled and pending(agent.folder):
        return redirect("operate:join_here")  # the installer came with an invitation: ask, once
    standing = getattr(company, "standing", None)
    return redirect("companies:result" if standing else "companies:welcome", company.pk)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead each person to the page that is theirs, or back to the invitation they came with."""
    invited = request.session.get(INVITED, "")
    if invited:
        if request.method == "GET":
            del request.session[INVITED]
        return redirect(invited)
    companies = companies_of(request.user, COMPANY_READ)
    helps = [
        h.organisation for h in request.user.helps.select_related("organisation").order_by("since")
    ]
    rooms = rooms_of(request.user)
    if len(rooms) == 1 and not companies and not helps and not request.user.is_operator:
        return redirect(rooms[0].address)
    if len(companies) == 1 and not helps and not rooms and not request.user.is_operator:
        return redirect("companies:result", companies[0].pk)
    if not companies and len(helps) == 1 and not request.user.is_operator:
        return redirect(helps[0].front_page, helps[0].pk)
    standings = Standing.objects.across("the reader's own companies").filter(company__in=companies)
    steps = {row.company_id: title_of(row.step, row.step_kind) for row in standings if row.step}
    shown = [{"company": company, "step": steps.get(company.pk, "")} for company in companies]
    context = {"companies": shown, "organisations": helps, "rooms": rooms}
    return render(request, "home.html", context)


@login_required
@require_POST
def make_company(request: HttpRequest) -> HttpResponse:
    """Make a company and go straight to the first question."""
    form = NewCompanyForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence())
    company = found_company(request.user, name=form.cleaned_data["name"])
    return redirect("companies:ask", company.pk)


def found_company(user: User, name: str = "") -> Company:
    """Make a company with ``user`` as its owner."""
    with transaction.atomic():
        company = Company.objects.create(name=name)
        Membership.objects.of(company).create(
            user=user, company=company, role=Membership.OWNER, remind_lang=current_lang()
        )
        note("company.made", company=company, actor=user, actor_as="owner")
    refresh(company)
    return company


@company_view(COMPANY_READ)
@require_safe
def welcome(request: HttpRequest, company: Company) -> HttpResponse:
    """The owner's first page: what happens next, one button."""
    return render(request, "welcome.html", {"company": company})
