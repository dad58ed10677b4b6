"""A drill proposed to many companies at once, and what their figures say together."""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction

from tojimari.drills.intervals import Share, share
from tojimari.drills.records import FEW_REPORT, REPORTING
from tojimari.drills.results import GROUP_AT_LEAST, Figures
from tojimari.drills.trial import Arm, TrialResult, measure
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import DRILLS_PLAN
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.drills.models import Drill, DrillRound
from tojimari.portal.drills.notices import DRILL_PROPOSED
from tojimari.portal.drills.outcomes import found_of, secret_of
from tojimari.portal.drills.planning import usable
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say

COMPANIES_AT_MOST = 500


class RoundRow(msgspec.Struct, frozen=True):
    """One company of a round, as its supporter sees it: figures alone.

    Attributes:
        figures: None where nothing was started, or so few people got a mail that a figure would
            speak of persons.
        few: the latter.
        secret: what people did is kept back until the drill is over; reports are not.
    """

    drill: Any
    figures: Figures | None
    few: bool
    secret: bool = False


def allowed(organisation: Organisation) -> Any:
    """Return the companies that let an organisation propose drills, as a query of ids."""
    return companies_where(Actor(organisation=organisation), DRILLS_PLAN)


def propose(
    organisation: Organisation,
    by: Any,
    companies: Iterable[Company],
    plan: dict[str, Any],
    **more: Any,
) -> DrillRound:
    """Propose the same drill to companies; each of them decides whether it is started."""
    with transaction.atomic():
        made = DrillRound.objects.create(
            organisation=organisation, title=plan["title"], made_by=by, **more
        )
        for company in companies:
            known = [one.id for one in usable(company, plan["level"])]
            chosen = [one for one in plan["templates"] if one in known] or known
            drill = Drill.objects.of(company).create(
                company=company,
                title=plan["title"],
                level=plan["level"],
                templates=chosen,
                lang=plan["lang"],
                starts_on=plan["starts_on"],
                days=plan["days"],
                with_form=plan["with_form"],
                organisation=organisation,
                round=made,
                made_by=by,
            )
            values = {"organisation": organisation.name, "title": plan["title"]}
            tell(company, DRILL_PROPOSED, str(drill.pk), values=values, by=by)
    return made


def drills_of(made: DrillRound) -> list[Drill]:
    """Return the drills of a round whose companies still let its organisation see figures."""
    rows = Drill.objects.across("a round of drills, within its organisation's grants")
    rows = rows.filter(round=made, company__in=allowed(made.organisation))
    return list(rows.select_related("company", "consent").order_by("company__name", "pk"))


def rows_of(drills: Iterable[Drill]) -> list[RoundRow]:
    """Return each company's figures, as far as they speak of no single person."""
    found = []
    for drill in drills:
        if drill.started_at is None:
            found.append(RoundRow(drill, None, few=False))
            continue
        came = found_of(drill)
        figures = came.results.whole
        few = figures.delivered < GROUP_AT_LEAST
        secret = bool(secret_of(drill, came))
        found.append(RoundRow(drill, None if few else figures, few, secret))
    return found


def together(rows: Iterable[RoundRow]) -> Share | None:
    """Return who reported over all companies with figures; None where there are none."""
    whole = [row.figures for row in rows if row.figures is not None]
    if not whole:
        return None
    return share(sum(one.reported.count for one in whole), sum(one.delivered for one in whole))


def step_after(rows: list[RoundRow]) -> str:
    """Return the one thing a supporter does next, as a sentence; "" where nothing was proposed."""
    states = [row.drill.state for row in rows]
    if not states:
        return ""
    for state, name in ((Drill.PLANNED, "begin"), (Drill.RUNNING, "wait")):
        if state in states:
            return say(f"drillroundnext.{name}", n=states.count(state))
    reported = together(rows)
    if reported is None or (reported.part or 0) < FEW_REPORT:
        lesson = catalog().lessons[REPORTING]
        return say("drillroundnext.lesson", title=lesson.title.say(current_lang()))
    return say("drillroundnext.harder")


def trial_of(drills: Iterable[Drill]) -> TrialResult:
    """Return what the measuring mails of a trial say, of companies that agreed to be pooled."""
    outcomes, arms, companies = {}, {}, {}
    for drill in drills:
        if drill.consent is None or not drill.consent.pooled:
            continue
        found = found_of(drill, wave=2)
        for key, mail in found.mails.items():
            if mail.arm in ("now", "later"):
                arm: Arm = "now" if mail.arm == "now" else "later"
                arms[key], companies[key] = arm, str(drill.company_id)
        outcomes.update(found.outcomes)
    return measure(outcomes, arms, companies)
