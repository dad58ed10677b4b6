"""A lender's pages: portfolio, policies with preview, one borrower, letter, fairness."""

from typing import Any
from uuid import UUID

import msgspec
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.attest.fairness import AT_LEAST, clearly_apart
from tojimari.attest.policies import Judged
from tojimari.attest.policy_linter import BadPolicy, lint_policy, read_policy
from tojimari.catalog.lender_policy import LenderPolicy
from tojimari.catalog.load import HERE
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import LOAN_JUDGE
from tojimari.portal.core.audit import note_as, note_each
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.errors import refused
from tojimari.portal.lenders.forms import DecideForm, PolicyForm, SwitchForm
from tojimari.portal.lenders.models import Decision, PolicyVersion
from tojimari.portal.lenders.notices import LOAN_DECIDED
from tojimari.portal.lenders.portfolio import (
    JUDGED_AT_ONCE,
    borrower_or_none,
    borrowers_of,
    fairness_of,
    letter_to,
    moves,
    policy_on,
    stale,
    take_over,
)
from tojimari.portal.limits import too_often
from tojimari.portal.supporters.access import buying_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.loan_letter import (
    condition_lines,
    easiest_first,
    lack_words,
    loan_letter_page,
)
from tojimari.report.pdf import NoPdf, print_page

ROWS_A_PAGE = 100
VERSIONS_AT_MOST = 200
FILES_AN_HOUR = 60
"""Of policies that a lender hands in."""
LETTERS_A_MINUTE = 20
"""Printing one takes a worker for seconds."""


@buying_view
@require_safe
def portfolio(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the borrowers who agreed, where the policy that is on puts each, and the policies."""
    agreed = companies_where(Actor(organisation=organisation), LOAN_JUDGE)
    for company in stale(agreed, JUDGED_AT_ONCE):
        take_over(company)
    return _portfolio_page(request, organisation)


def _portfolio_page(
    request: HttpRequest, organisation: Organisation, problems: tuple[str, ...] = ()
) -> HttpResponse:
    borrowers, on = borrowers_of(organisation), policy_on(organisation)
    page = Paginator(borrowers, ROWS_A_PAGE).get_page(request.GET.get("page"))
    note_each(request, organisation, "loan.listed", [one.company.pk for one in page])
    policy = on.policy if on else None
    rows = [
        {
            "company": one.company,
            "as_of": one.standing.as_of if one.standing else None,
            **_judged_words(one.under(policy) if policy else None),
        }
        for one in page
    ]
    context = {
        "organisation": organisation,
        "page": page,
        "rows": rows,
        "n": len(borrowers),
        "on": on,
        "on_title": policy.title.say(current_lang()) if policy else "",
        "versions": [
            {"row": row, "title": row.policy.title.say(current_lang())}
            for row in PolicyVersion.objects.filter(organisation=organisation).order_by("-version")
        ],
        "problems": problems,
    }
    return render(request, "lender_portfolio.html", context, status=400 if problems else 200)


def _judged_words(judged: Judged | None) -> dict[str, Any]:
    """Return where a borrower stands, and its next step, as words."""
    if judged is None:
        return {"level": "", "step": "", "next": ""}
    lang, first = current_lang(), easiest_first(judged.missing, catalog())[:1]
    return {
        "level": judged.level.title.say(lang),
        "next": judged.next.title.say(lang) if judged.next else "",
        "step": "".join(catalog().controls[one.control].title.say(lang) for one in first),
        "lack": "".join(lack_words(one, catalog(), lang) for one in first),
        "more": max(0, len(judged.missing) - 1),
    }


@buying_view
@require_safe
def sample_policy(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Hand out the sample a policy is written from; it cannot be switched on as it is."""
    body = (HERE / "policies" / "support-loan.yaml").read_bytes()
    return as_file(HttpResponse(body, content_type="application/yaml"), "sample-policy.yaml")


@buying_view
@require_POST
def take_policy(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Take a policy as the next version, not switched on; with a mistake nothing is kept."""
    form = PolicyForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence())
    if too_often("policies", str(organisation.pk), times=FILES_AN_HOUR, seconds=3600):
        return refused(request, say("lenders.too_often"), code=429)
    name, data = form.cleaned_data["file"]
    try:
        read = read_policy(name, data, catalog())
    except BadPolicy as error:
        return _portfolio_page(request, organisation, (error.say(current_lang()),))
    if read.policy is None:
        told = tuple(one.say(current_lang()) for one in read.mistakes)
        return _portfolio_page(request, organisation, told)
    made = _keep(organisation, read.policy, request.user)
    if made is None:
        return refused(request, say("lenders.too_many", n=VERSIONS_AT_MOST))
    note_as(request, organisation, "policy.taken")
    return redirect("lenders:lender_policy", organisation.pk, made.pk)


def _keep(organisation: Organisation, policy: LenderPolicy, by: Any) -> PolicyVersion | None:
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        rows = PolicyVersion.objects.filter(organisation=organisation)
        newest = rows.aggregate(newest=Max("version"))["newest"] or 0
        if rows.count() >= VERSIONS_AT_MOST:
            return None
        return rows.create(
            organisation=organisation,
            version=newest + 1,
            content=msgspec.to_builtins(policy),
            made_by=by,
        )


def _version_or_404(organisation: Organisation, policy_id: int) -> PolicyVersion:
    found = PolicyVersion.objects.filter(organisation=organisation, pk=policy_id).first()
    if found is None:
        raise Http404
    return found


@buying_view
@require_safe
def policy(request: HttpRequest, organisation: Organisation, policy_id: int) -> HttpResponse:
    """Show a policy, what it would do to the portfolio, and what the linter warns of."""
    row, lang, on = (
        _version_or_404(organisation, policy_id),
        current_lang(),
        policy_on(organisation),
    )
    new, borrowers = row.policy, borrowers_of(organisation)
    known = sum(one.standing is not None for one in borrowers)
    before = on.policy if on and on.pk != row.pk else None
    context = {
        "organisation": organisation,
        "row": row,
        "title": new.title.say(lang),
        "about": new.about.say(lang),
        "sample": new.sample,
        "valid_from": new.valid_from.isoformat(),
        "levels": [
            {
                "title": move["level"].title.say(lang),
                "n": move["n"],
                "before": move["before"],
                "conditions": condition_lines(move["level"].conditions, catalog(), lang),
                "needs": [
                    {
                        "controls": [catalog().controls[c].title.say(lang) for c in need.controls],
                        "by": catalog().ui(f"policy.by_{need.by}").say(lang),
                        "at_least": need.at_least,
                    }
                    for need in move["level"].needs
                ],
            }
            for move in moves(borrowers, new, before)
        ],
        "compares": before is not None,
        "known": known,
        "unknown": len(borrowers) - known,
        "warnings": [one.say(lang) for one in lint_policy(new, catalog()) if one.kind == "warning"],
    }
    return render(request, "lender_policy.html", context)


@buying_view
@require_POST
def switch_policy(request: HttpRequest, organisation: Organisation, policy_id: int) -> HttpResponse:
    """Switch a policy on, in place of the one before, or off. A sample is never on."""
    row, form = _version_or_404(organisation, policy_id), SwitchForm(request.POST)
    if not form.is_valid():
        raise Http404
    if form.cleaned_data["on"] and row.policy.sample:
        return refused(request, say("lenders.is_sample"))
    now = timezone.now()
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        rows = PolicyVersion.objects.filter(organisation=organisation)
        rows.filter(switched_on_at__isnull=False, switched_off_at=None).update(switched_off_at=now)
        if form.cleaned_data["on"]:
            rows.filter(pk=row.pk).update(switched_on_at=now, switched_off_at=None)
    note_as(
        request,
        organisation,
        "policy.switched_on" if form.cleaned_data["on"] else "policy.switched_off",
    )
    return redirect("lenders:portfolio", organisation.pk)


def _borrower_or_404(organisation: Organisation, borrower_id: UUID) -> Company:
    company = borrower_or_none(organisation, borrower_id)
    if company is None:
        raise Http404
    return company


@buying_view
@require_safe
def borrower(request: HttpRequest, organisation: Organisation, borrower_id: UUID) -> HttpResponse:
    """Show one borrower: level, what is missing, and the form in which a person decides."""
    company, on = _borrower_or_404(organisation, borrower_id), policy_on(organisation)
    note_as(request, organisation, "loan.seen", company)
    lang = current_lang()
    letter = letter_to(company, organisation, on, lang, own=False) if on else None
    decisions = Decision.objects.of(company).filter(organisation=organisation)
    context = {
        "organisation": organisation,
        "company": company,
        "on": on,
        "judged": _judged_words(letter.judged if letter else None),
        "level_id": letter.judged.level.id if letter else "",
        "missing": [
            (catalog().controls[one.control].title.say(lang), lack_words(one, catalog(), lang))
            for one in (easiest_first(letter.judged.missing, catalog()) if letter else ())
        ],
        "conditions": condition_lines(letter.judged.level.conditions, catalog(), lang)
        if letter
        else [],
        "levels": [(one.id, one.title.say(lang)) for one in (on.policy.levels if on else ())],
        "decisions": [
            {"row": row, "words": _level_words(row, lang)}
            for row in decisions.select_related("policy").order_by("-at", "-pk")[:20]
        ],
    }
    return render(request, "lender_borrower.html", context)


def _level_words(row: Decision, lang: Any) -> str:
    found = next((one for one in row.policy.policy.levels if one.id == row.decided), None)
    return found.title.say(lang) if found else row.decided


@buying_view
@require_POST
def decide(request: HttpRequest, organisation: Organisation, borrower_id: UUID) -> HttpResponse:
    """Keep what a person decided for a borrower, and tell the borrower."""
    company, on = _borrower_or_404(organisation, borrower_id), policy_on(organisation)
    form = DecideForm(request.POST)
    if not form.is_valid() or on is None:
        return refused(request, say("lenders.bad_decision"))
    levels = {one.id for one in on.policy.levels}
    judged = letter_to(company, organisation, on, current_lang(), own=False).judged.level.id
    chosen, reason = form.cleaned_data["level"], form.cleaned_data["reason"]
    if chosen not in levels or (chosen != judged and not reason.strip()):
        return refused(request, say("lenders.bad_decision"))
    Decision.objects.of(company).create(
        company=company,
        organisation=organisation,
        policy=on,
        judged=judged,
        decided=chosen,
        reason=reason,
        by=request.user,
    )
    note_as(request, organisation, "loan.decided", company)
    tell(
        company,
        LOAN_DECIDED,
        str(organisation.pk),
        points=(timezone.now().isoformat(),),
        values={"organisation": organisation.name},
    )
    return redirect("lenders:borrower", organisation.pk, company.pk)


@buying_view
@require_safe
def lender_letter(
    request: HttpRequest, organisation: Organisation, borrower_id: UUID
) -> HttpResponse:
    """Send the letter to a borrower as PDF."""
    company, on = _borrower_or_404(organisation, borrower_id), policy_on(organisation)
    if on is None:
        raise Http404
    note_as(request, organisation, "loan.letter", company)
    return letter_answer(request, company, organisation, on, own=False)


def letter_answer(
    request: HttpRequest,
    company: Company,
    organisation: Organisation,
    version: PolicyVersion,
    *,
    own: bool,
) -> HttpResponse:
    """Answer with the letter as PDF, or as a page to print where nothing here makes PDFs."""
    lang, who = current_lang(), company.pk if own else organisation.pk
    if too_often("loan-letter", str(who), times=LETTERS_A_MINUTE, seconds=60):
        return refused(request, say("error.too_often"), code=429)
    page = loan_letter_page(
        letter_to(company, organisation, version, lang, own=own), catalog(), lang
    )
    try:
        response = HttpResponse(print_page(page), content_type="application/pdf")
    except NoPdf as error:
        return refused(request, error.say(lang), code=503)
    response["Content-Disposition"] = 'attachment; filename="tojimari-loan-letter.pdf"'
    return response


@buying_view
@require_safe
def fairness(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show how the policy that is on falls on borrowers by size and industry."""
    on, borrowers = policy_on(organisation), borrowers_of(organisation)
    note_as(request, organisation, "policy.fairness")
    tables = []
    for kind, groups in (fairness_of(borrowers, on.policy) if on else {}).items():
        tables.append(
            {
                "title": say(f"lenders.by_{kind}"),
                "rows": [
                    {
                        "name": _group_words(kind, one.name),
                        "n": one.n,
                        "share": round(100 * one.share) if one.share is not None else None,
                        "low": round(100 * (one.low or 0)),
                        "high": round(100 * (one.high or 0)),
                    }
                    for one in groups
                ],
                "apart": [
                    (_group_words(kind, a), _group_words(kind, b)) for a, b in clearly_apart(groups)
                ],
            }
        )
    context = {
        "organisation": organisation,
        "on": on,
        "title": on.policy.title.say(current_lang()) if on else "",
        "tables": tables,
        "n": len(borrowers),
        "at_least": AT_LEAST,
    }
    return render(request, "lender_fairness.html", context)


def _group_words(kind: str, name: str) -> str:
    """Return what a size or industry is called, as the question's own options say."""
    options = catalog().questions[{"size": "company-size"}.get(kind, kind)].options
    found = next((one.text.say(current_lang()) for one in options if one.id == name), "")
    return found or say("lenders.not_said")
