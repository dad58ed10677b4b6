"""Plans and starts drills: who is in, who gets which mail when."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tojimari.catalog.drill_template import DrillTemplate
from tojimari.drills.schedule import HOURS, choose, spread
from tojimari.drills.trial import assign
from tojimari.model import TojimariError
from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import Employee
from tojimari.portal.drills.likeness import people_in, what_speaks_against
from tojimari.portal.drills.models import (
    NAME_LETTERS,
    Drill,
    DrillConsent,
    DrillMail,
    Objection,
    Placement,
)
from tojimari.portal.drills.safeguards import (
    DRILLS_A_MONTH,
    domains_of,
    may_be_sent_to,
    missing,
)
from tojimari.portal.drills.templates import OWN, templates_of
from tojimari.portal.words import say

MEASURED_AFTER = timedelta(days=28)
"""Of a trial: so long after the first mails those go that everybody gets."""


class NotStarted(TojimariError):
    """A drill cannot begin; the sentence says why."""


def refusal(key: str, **words: object) -> NotStarted:
    """Return why a drill does not begin, from one of the portal's texts."""
    return NotStarted(say(key, "ja", **words), say(key, "en", **words))


class Person(msgspec.Struct, frozen=True):
    """Somebody who could be in a drill.

    Attributes:
        left_out: why they are not: ``no_address``, ``domain``, ``objects``, ``doubled``; "" where
            they are.
    """

    employee: uuid.UUID
    name: str
    email: str
    group: str
    left_out: str = ""


def people_of(company: Company) -> list[Person]:
    """Return everybody who works in a company, with why those are left out who are."""
    domains = domains_of(company)
    objects = set(Objection.objects.of(company).values_list("email", flat=True))
    groups = dict(Placement.objects.of(company).values_list("employee", "group"))
    found, seen = [], set()
    for row in Employee.objects.of(company).filter(left_at=None).order_by("name", "made_at"):
        email = row.email.strip().lower()
        why = ""
        if not email:
            why = "no_address"
        elif not may_be_sent_to(email, domains):
            why = "domain"
        elif email in objects:
            why = "objects"
        elif email in seen:
            why = "doubled"
        seen.add(email)
        name = row.name[:NAME_LETTERS]
        found.append(Person(row.pk, name, email, groups.get(row.pk, ""), why))
    return found


def usable(company: Company, level: str) -> list[DrillTemplate]:
    """Return the templates of a level that can be sent here.

    Answers need a way for mail to come in. Own ones are asked anew whom they imitate: who is named
    in one may work here only since.
    """
    answers, people = bool(settings.MAIL_IN_DOMAIN), people_in(company)
    return [
        one
        for one in templates_of(company).values()
        if one.level == level
        and (answers or one.kind != "reply")
        and not (one.id.startswith(OWN) and what_speaks_against(one, people))
    ]


def recipients_of(drill: Drill) -> list[Person]:
    """Return who would get a mail of a drill."""
    chosen = set(drill.chosen)
    return [
        one
        for one in people_of(drill.company)
        if not one.left_out and (drill.everybody or str(one.employee) in chosen)
    ]


def first_day(drill: Drill) -> date:
    """Return from which day on the mails of a drill started now go."""
    now = timezone.localtime()
    early = now.time() < time(HOURS[0])
    return max(drill.starts_on, now.date() if early else now.date() + timedelta(days=1))


def start(drill: Drill, by: Any) -> int:
    """Start a planned drill; returns how many mails will go. Raises NotStarted."""
    company = drill.company
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        lacks = missing(company)
        if lacks:
            raise refusal(f"drillmissing.{lacks[0]}", days=14)
        month = timezone.now() - timedelta(days=30)
        own = Drill.objects.of(company)
        if own.filter(state=Drill.RUNNING).exists():
            raise refusal("drillmissing.running")
        if own.filter(started_at__gt=month).count() >= DRILLS_A_MONTH:
            raise refusal("drillmissing.too_many", n=DRILLS_A_MONTH)
        people = recipients_of(drill)
        if not people:
            raise refusal("drillmissing.nobody")
        consent = DrillConsent.standing(company)
        if consent is None:
            raise refusal("drillmissing.no_consent")
        mails = _mails(drill, people, consent)
        begun = own.filter(pk=drill.pk, state=Drill.PLANNED).update(
            state=Drill.RUNNING,
            consent=consent,
            names=consent.names,
            keep_days=consent.keep_days,
            started_at=timezone.now(),
            started_by=by,
        )
        if not begun:
            raise refusal("drillmissing.began")
        DrillMail.objects.of(company).bulk_create(mails, batch_size=500)
    drill.refresh_from_db(from_queryset=own)
    return len(mails)


def _mails(drill: Drill, people: list[Person], consent: DrillConsent) -> list[DrillMail]:
    usable_now = usable(drill.company, drill.level)
    chosen = [one for one in usable_now if one.id in drill.templates]
    if not chosen:
        raise refusal("drillmissing.no_template")
    addresses, by_address = [one.email for one in people], {one.email: one for one in people}
    seed = drill.pk.hex
    day = first_day(drill)
    in_trial = drill.round is not None and drill.round.trial and consent.pooled
    if not in_trial:
        which = choose(addresses, chosen, drill.level, seed, _had(drill, addresses))
        when = spread(addresses, day, drill.days, HOURS, seed)
        rows = [_row(drill, by_address[one], which[one], when[one]) for one in addresses]
    else:
        rows = _trial_rows(drill, by_address, chosen, day)
    if drill.seed and may_be_sent_to(drill.seed, domains_of(drill.company)):
        first = min(rows, key=lambda row: row.send_at)
        trap = Person(uuid.UUID(int=0), "", drill.seed.lower(), "")
        if trap.email not in by_address:
            rows.append(_row(drill, trap, first.template, first.send_at, seed=True))
    return rows


def _trial_rows(
    drill: Drill, by_address: dict[str, Person], chosen: list[DrillTemplate], day: date
) -> list[DrillMail]:
    """Return the mails of a trial: one arm gets an earlier mail; then all get the same one.

    The same mail, by its place in the catalog's order, in all companies of the round.
    """
    addresses = list(by_address)
    arms = assign({str(drill.company_id): addresses}, str(drill.round_id))
    last = max(chosen, key=lambda one: (one.order, one.id))
    earlier = [one for one in chosen if one.id != last.id] or [last]
    now = [one for one in addresses if arms[one] == "now"]
    seed = drill.pk.hex
    rows = []
    if now:
        which = choose(now, earlier, drill.level, seed, _had(drill, now))
        when = spread(now, day, drill.days, HOURS, seed)
        rows = [_row(drill, by_address[one], which[one], when[one], arm="now") for one in now]
    when = spread(addresses, day + MEASURED_AFTER, drill.days, HOURS, f"{seed} 2")
    return rows + [
        _row(drill, by_address[one], last.id, when[one], arm=arms[one], wave=2) for one in addresses
    ]


def _had(drill: Drill, addresses: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = DrillMail.objects.of(drill.company).filter(email__in=list(addresses))
    for email, template in rows.values_list("email", "template"):
        found.setdefault(email, set()).add(template)
    return found


def _row(
    drill: Drill,
    person: Person,
    template: str,
    send_at: datetime,
    *,
    seed: bool = False,
    **more: Any,
) -> DrillMail:
    return DrillMail(
        company_id=drill.company_id,
        drill=drill,
        employee_id=None if seed else person.employee,
        name=person.name,
        email=person.email,
        group=person.group,
        seed=seed,
        template=template,
        send_at=send_at,
        **more,
    )


def planned_of(company: Company) -> QuerySet[Drill]:
    """Return a company's drills, the newest first."""
    rows: QuerySet[Drill] = Drill.objects.of(company).select_related("organisation", "round")
    return rows.order_by("-made_at")
