"""One page of everything a company shows others, or is asked for: it keeps the menu short."""

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.permissions import may
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.supporters.models import Grant
from tojimari.portal.supporters.standings import Standing, standing, standing_comes_from
from tojimari.portal.words import say


class Way(msgspec.Struct, frozen=True):
    """A page on which a company shows something.

    Attributes:
        page: its name for ``reverse``; title, about: keys of texts.
        right: who may open it.
        local: whether it works where only this computer is served.
    """

    page: str
    title: str
    about: str
    right: str
    local: bool = False


WAYS = (
    Way("requests:company_requests", "menu.company_requests", "show.requests", "requests:answer"),
    Way("requests:forms", "menu.forms", "show.forms", "forms:fill", local=True),
    Way("proofs:proofs", "proofs.menu", "show.proofs", "proofs:manage"),
    Way("companies:report", "menu.report", "show.report", "company:read", local=True),
    Way("supporters:sharing", "menu.sharing", "show.sharing", "sharing:manage"),
    Way("chains:own_chain", "chainpage.own_title", "show.chain", "chain:manage"),
    Way("lenders:own_loans", "menu.own_loans", "show.loans", "loans:read"),
)
"""What others ask for first, what the owner decides alone last."""


def shared_with(company: Company) -> Standing:
    """Say how many others may look at ``company`` now."""
    n = Grant.objects.of(company).filter(withdrawn_at=None).count()
    at = timezone.now()
    asked = company.invitations.filter(to="organisation", used_at=None, expires_at__gt=at).exists()
    if n:
        return Standing(say("show.sharing_n", n=n))
    return Standing(say("show.sharing_asked" if asked else "show.sharing_nobody"))


standing_comes_from("supporters:sharing", shared_with)


@company_view(COMPANY_READ)
@require_safe
def show(request: HttpRequest, company: Company) -> HttpResponse:
    """List the ways of showing something that the person may use, where somebody waits first."""
    ways = [
        (way, standing(way.page, company))
        for way in WAYS
        if (way.local or not settings.LOCAL) and may(request.actor, way.right, company)
    ]
    ways.sort(key=lambda pair: not (pair[1] and pair[1].waits))
    return render(request, "show.html", {"company": company, "ways": ways})
