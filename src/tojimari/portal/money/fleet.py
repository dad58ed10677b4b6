"""A programme beside all companies of a supporter, as far as each lets itself be seen.

A handful of queries, however many companies: what is judged here is judged without their findings.
"""

from datetime import date
from typing import Any

import msgspec
from django.db.models import Q

from tojimari.catalog.money import MoneyKnowledge, Programme
from tojimari.model import Observation as Fact
from tojimari.model.facts.company_profile import CompanyProfile
from tojimari.plan.money import Offer, fit, known_company, window
from tojimari.portal.companies.models import Observation, Standing, to_model
from tojimari.portal.companies.rights import BASICS_READ, MONEY_READ
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.money.forms import GROUPS
from tojimari.portal.supporters.fleet import with_rights
from tojimari.portal.supporters.models import Organisation


class Row(msgspec.Struct, frozen=True):
    """One company beside a programme.

    Attributes:
        standing: the row of its standing, with its company and what it allows (``scopes``).
        offer: the programme as it fits this company.
        tells: it lets the organisation see what it said for such programmes.
    """

    standing: Any
    offer: Offer
    tells: bool

    @property
    def group(self) -> str:
        """Return fits, could, cannot_tell or does_not."""
        return self.offer.standing


class Companies(msgspec.Struct, frozen=True):
    """The companies of an organisation, read once: standing rows, and what each said."""

    standings: list[Any]
    said: dict[Any, CompanyProfile]

    def beside(self, programme: Programme, known: MoneyKnowledge, day: date) -> list[Row]:
        """Return every company beside ``programme``, the nearest first, then by name."""
        when = window(programme, day)
        applied = (when.round.opens if when.state == "coming" and when.round else None) or day
        rows = []
        for one in self.standings:
            said = self.said.get(one.company_id)
            answers = {"company-size": one.size, "industry": one.industry}
            company = known_company(said or CompanyProfile(), answers, prefecture=one.prefecture)
            about = fit(programme, company, known, applied)
            rows.append(Row(one, Offer(programme, when, about), MONEY_READ in one.scopes))
        return sorted(
            rows,
            key=lambda row: (
                GROUPS.index(row.group),
                row.standing.company.name,
                str(row.standing.company_id),
            ),
        )


def companies_of(organisation: Organisation) -> Companies:
    """Read the companies that let ``organisation`` look, with what they said where they tell it."""
    actor = Actor(organisation=organisation)
    found = Standing.objects.across("programmes beside a fleet, within its grants").filter(
        company__in=companies_where(actor, BASICS_READ)
    )
    return Companies(
        list(with_rights(organisation, found)), _said(companies_where(actor, MONEY_READ))
    )


def _said(companies: Any) -> dict[Any, CompanyProfile]:
    rows = Observation.objects.across("what companies said for programmes, within grants").filter(
        Q(kind=CompanyProfile.KIND), company__in=companies
    )
    newest: dict[Any, CompanyProfile] = {}
    for row in rows.order_by("company", "-last_confirmed_at", "-id"):
        if row.company_id not in newest:
            fact: Fact = to_model(row)
            if isinstance(fact.fact, CompanyProfile):
                newest[row.company_id] = fact.fact
    return newest


def counts(rows: list[Row]) -> dict[str, int]:
    """Return how many companies stand how to a programme."""
    return {group: sum(row.group == group for row in rows) for group in GROUPS}
