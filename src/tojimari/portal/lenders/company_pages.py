"""A company's page of lenders: who may judge it, where it stands, what was decided, its letter."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import LOAN_JUDGE
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.lenders.lender_pages import letter_answer
from tojimari.portal.lenders.models import Decision
from tojimari.portal.lenders.portfolio import letter_to, policy_on
from tojimari.portal.lenders.rights import LOANS_READ
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.supporters.standings import Standing
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.loan_letter import condition_lines, easiest_first, lack_words


def lenders_of(company: Company) -> list[Organisation]:
    """Return the lenders that a company lets judge it now."""
    rows = Grant.objects.of(company).filter(
        withdrawn_at=None,
        organisation__kind=Organisation.BUYER,
        organisation__approved_at__isnull=False,
        scopes__has=LOAN_JUDGE,
    )
    return [row.organisation for row in rows.select_related("organisation").order_by("given_at")]


def standing(company: Company) -> Standing | None:
    """Say how many lenders may judge ``company`` now."""
    n = len(lenders_of(company))
    return Standing(say("show.loans_n", n=n)) if n else None


@company_view(LOANS_READ)
@require_safe
def own_loans(request: HttpRequest, company: Company) -> HttpResponse:
    """Show where the company stands with each lender it allows, and the one next step."""
    lang, rows = current_lang(), []
    for lender in lenders_of(company):
        on = policy_on(lender)
        letter = letter_to(company, lender, on, lang, own=True) if on else None
        first = easiest_first(letter.judged.missing, catalog())[:1] if letter else []
        rows.append(
            {
                "lender": lender,
                "on": on,
                "letter": letter,
                "level": letter.judged.level.title.say(lang) if letter else "",
                "conditions": condition_lines(letter.judged.level.conditions, catalog(), lang)
                if letter
                else [],
                "next": letter.judged.next.title.say(lang) if letter and letter.judged.next else "",
                "step": first[0].control if first else "",
                "step_title": catalog().controls[first[0].control].title.say(lang) if first else "",
                "lack": lack_words(first[0], catalog(), lang) if first else "",
                "more": len(letter.judged.missing) - 1 if letter else 0,
                "pays": letter.pays.get(first[0].control, "") if letter and first else "",
            }
        )
    decisions = Decision.objects.of(company).select_related("organisation", "policy")
    note_by(request, "loan.own", company)
    context = {
        "company": company,
        "rows": rows,
        "decisions": [
            (
                one,
                next(
                    (x.title.say(lang) for x in one.policy.policy.levels if x.id == one.decided), ""
                ),
            )
            for one in decisions.order_by("-at", "-pk")[:20]
        ],
    }
    return render(request, "own_loans.html", context)


@company_view(LOANS_READ)
@require_safe
def loan_letter(request: HttpRequest, company: Company, lender_id: UUID) -> HttpResponse:
    """Send a lender's letter to the company itself."""
    lender = next((one for one in lenders_of(company) if one.pk == lender_id), None)
    on = policy_on(lender) if lender else None
    if lender is None or on is None:
        raise Http404
    note_by(request, "loan.own", company)
    return letter_answer(request, company, lender, on, own=True)
