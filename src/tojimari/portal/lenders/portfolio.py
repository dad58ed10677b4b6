"""A lender's borrowers: who agreed, how they stand, and where a policy puts them."""

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import F, Q
from django.utils import timezone

from tojimari.attest.fairness import Group, by_group
from tojimari.attest.policies import Judged, held_of, judge
from tojimari.catalog.lender_policy import LenderPolicy
from tojimari.diagnose import Diagnosis
from tojimari.model.japan import JAPAN
from tojimari.portal.companies.assessments import up_to_date
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.rights import LOAN_JUDGE, MONEY_READ
from tojimari.portal.core.permissions import Actor, companies_where, may
from tojimari.portal.lenders.models import BorrowerStanding, Decision, PolicyVersion
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog
from tojimari.report.loan_letter import LoanLetter, easiest_first
from tojimari.report.money import control_line

JUDGED_AT_ONCE = 20
"""Borrowers whose newest assessment a page takes over itself; a task does the others."""
_WHY = "a lender's borrowers, who agreed to it"


class Borrower(msgspec.Struct, frozen=True):
    """One borrower. ``known`` is None until an assessment was taken over."""

    company: Company
    size: str
    industry: str
    standing: BorrowerStanding | None

    def under(self, policy: LenderPolicy) -> Judged | None:
        """Return where a policy puts it; None where nothing is known yet."""
        return judge(policy, self.standing.known) if self.standing else None


def borrowers_of(organisation: Organisation) -> list[Borrower]:
    """Return the companies that agreed to be judged by a lender, by name."""
    ids = companies_where(Actor(organisation=organisation), LOAN_JUDGE)
    companies = list(Company.objects.filter(pk__in=ids).order_by("name", "pk"))
    standings = {
        row.company_id: row for row in Standing.objects.across(_WHY).filter(company__in=companies)
    }
    rows = {
        row.company_id: row
        for row in BorrowerStanding.objects.across(_WHY).filter(company__in=companies)
    }
    return [
        Borrower(
            one,
            standings[one.pk].size if one.pk in standings else "",
            standings[one.pk].industry if one.pk in standings else "",
            rows.get(one.pk),
        )
        for one in companies
    ]


def take_over(company: Company) -> Diagnosis:
    """Keep how a company stands now, as far as policies ask; returns the whole diagnosis."""
    result = up_to_date(company)
    held = msgspec.to_builtins(held_of(result.assessment))
    BorrowerStanding.objects.of(company).update_or_create(
        company=company, defaults={"held": held, "as_of": result.assessment.as_of}
    )
    return result


def stale(companies: Any, at_most: int) -> list[Company]:
    """Return companies that agreed and whose newest assessment was not taken over yet."""
    return list(
        Company.objects.filter(pk__in=companies)
        .filter(
            Q(borrower_standing__isnull=True)
            | Q(standing__stale_since__isnull=False)
            | Q(borrower_standing__as_of__lt=F("standing__judged_at"))
        )
        .order_by("borrower_standing__as_of", "pk")[:at_most]
    )


def policy_on(organisation: Organisation) -> PolicyVersion | None:
    """Return the version of a lender's policy that is on now."""
    rows = PolicyVersion.objects.filter(
        organisation=organisation, switched_on_at__isnull=False, switched_off_at=None
    )
    return rows.order_by("-version").first()


def moves(
    borrowers: list[Borrower], new: LenderPolicy, now: LenderPolicy | None
) -> list[dict[str, Any]]:
    """Return how many borrowers each level of a policy gets, and had before under that id."""
    after = Counter(j.level.id for one in borrowers if (j := one.under(new)))
    before = Counter(j.level.id for one in borrowers if now and (j := one.under(now)))
    return [
        {"level": level, "n": after[level.id], "before": before[level.id] if now else None}
        for level in new.levels
    ]


def fairness_of(borrowers: list[Borrower], policy: LenderPolicy) -> dict[str, list[Group]]:
    """Return, by size and by industry, who reaches any level above the lowest."""
    judged = [(one, j) for one in borrowers if (j := one.under(policy))]
    lowest = policy.levels[-1].id
    return {
        "size": by_group((one.size, j.level.id != lowest) for one, j in judged),
        "industry": by_group((one.industry, j.level.id != lowest) for one, j in judged),
    }


def letter_to(
    company: Company, organisation: Organisation, version: PolicyVersion, lang: Any, *, own: bool
) -> LoanLetter:
    """Return the letter that explains where a company stands under a policy.

    own: the company itself reads it. A lender reads what pays for a step only where the company
        lets it see what it said for programmes.
    """
    result, policy = take_over(company), version.policy
    judged = judge(policy, held_of(result.assessment))
    decision = (
        Decision.objects.of(company)
        .filter(organisation=organisation)
        .order_by("-at", "-pk")
        .first()
    )
    tells = own or may(Actor(organisation=organisation), MONEY_READ, company)
    first = easiest_first(judged.missing, catalog())[:1]
    decided = next((one for one in policy.levels if decision and one.id == decision.decided), None)
    return LoanLetter(
        company=str(company),
        lender=organisation.name,
        policy=policy,
        version=version.version,
        judged=judged,
        as_of=result.assessment.as_of.astimezone(JAPAN).date(),
        made_on=timezone.now().astimezone(JAPAN).date(),
        pays={one.control: control_line(one.control, result, catalog(), lang) for one in first}
        if tells
        else {},
        decided=decided.title.say(lang) if decided else "",
        decided_on=timezone.localdate(decision.at) if decision else None,
        reason=decision.reason if decision else "",
    )


def borrower_or_none(organisation: Organisation, company_id: UUID) -> Company | None:
    """Return a company that agreed to be judged by a lender; None for any other."""
    if not may(Actor(organisation=organisation), LOAN_JUDGE, company_id):
        return None
    return Company.objects.filter(pk=company_id).first()
