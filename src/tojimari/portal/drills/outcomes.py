"""From what was taken down of a drill to what may be shown of it."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from tojimari.catalog.phish_scale import Difficulty
from tojimari.drills.comparison import Comparison, compare
from tojimari.drills.events import DrillEvent as Happened
from tojimari.drills.machines import judge
from tojimari.drills.outcome import Outcome
from tojimari.drills.results import GROUP_AT_LEAST, Results, summarise
from tojimari.portal.drills.models import Drill, DrillEvent, DrillMail
from tojimari.portal.drills.templates import template_of
from tojimari.portal.words import catalog


class Found(msgspec.Struct, frozen=True):
    """What came of a drill.

    Attributes:
        mails: its mails by key, those of a trial's second wave left out unless asked for.
        unclear: mails of which nobody knows whether the server took them: the worker or the
            connection ended in that very moment. They are never sent again.
        waiting: mails that have not gone yet.
        seeded: machines' visits by the mailbox that nobody reads; None where there is none.
    """

    mails: dict[str, DrillMail]
    outcomes: dict[str, Outcome]
    results: Results
    unclear: int
    waiting: int
    refused: int
    returned: int
    stopped: int
    seeded: int | None


Secret = Literal["", "running", "few"]


def secret_of(drill: Drill, found: Found) -> Secret:
    """Return why nothing but reports is shown of a drill; "" where all figures are.

    Where nobody may see who did what: a figure that is watched while the drill runs, beside the
    people, names whoever it rises for; and one of few people, or of the one who was chosen, does so
    at any time.
    """
    if drill.named:
        return ""
    if drill.state == Drill.RUNNING:
        return "running"
    return "few" if found.results.whole.delivered < GROUP_AT_LEAST else ""


def happened(mails: Iterable[DrillMail], events: Iterable[DrillEvent]) -> list[Happened]:
    """Return rows as the events that are judged."""
    found = []
    for mail in mails:
        key = str(mail.pk)
        if mail.sent_at is not None and mail.state in DrillMail.SENT:
            found.append(Happened("accepted", key, mail.sent_at))
        if mail.state == DrillMail.REFUSED:
            found.append(Happened("refused", key, mail.send_at))
    return found + [_event(one) for one in events]


def _event(row: DrillEvent) -> Happened:
    more: dict[str, Any] = {}
    if row.kind in ("fetched", "attachment") and row.detail in ("GET", "HEAD"):
        more["method"] = row.detail
    elif row.kind == "opened":
        more["how"] = row.detail
    elif row.kind == "reported":
        more["by"] = row.detail
    elif row.kind == "replied":
        more["automatic"] = row.detail == "automatic"
    kind: Any = row.kind
    return Happened(
        kind,
        str(row.mail_id),
        row.at,
        address=row.place,
        central=row.central,
        agent=row.agent,
        **more,
    )


def found_of(drill: Drill, wave: int = 0) -> Found:
    """Return what came of a drill until now, of one of its waves; 0: the newest that has begun."""
    rows = list(DrillMail.objects.of(drill.company_id).filter(drill=drill).order_by("pk"))
    begun = [row.wave for row in rows if row.sent_at is not None]
    wave = wave or max(begun, default=1)
    rows = [row for row in rows if row.wave == wave or row.seed]
    events = list(DrillEvent.objects.of(drill.company_id).filter(mail__drill=drill))
    own = {row.pk for row in rows}
    seeds = {str(row.pk) for row in rows if row.seed}
    took = happened(rows, (one for one in events if one.mail_id in own))
    outcomes = judge(took, catalog().drill_machines, seeds)
    people = {str(row.pk): row for row in rows if not row.seed}
    outcomes = {key: one for key, one in outcomes.items() if key in people}
    difficulties = _difficulties(drill, people)
    groups = {key: row.group for key, row in people.items() if row.group}
    states = [row.state for row in people.values()]
    return Found(
        mails=people,
        outcomes=outcomes,
        results=summarise(outcomes, groups, difficulties),
        unclear=states.count(DrillMail.HANDING),
        waiting=states.count(DrillMail.WAITING),
        refused=states.count(DrillMail.REFUSED),
        returned=states.count(DrillMail.RETURNED),
        stopped=states.count(DrillMail.STOPPED),
        seeded=sum(str(one.mail_id) in seeds for one in events) if seeds else None,
    )


def _difficulties(drill: Drill, people: dict[str, DrillMail]) -> dict[str, Difficulty]:
    known: dict[str, Difficulty] = {}
    for id_ in {row.template for row in people.values()}:
        template = template_of(drill.company_id, id_)
        if template is not None:
            known[id_] = template.difficulty
    return {key: known[row.template] for key, row in people.items() if row.template in known}


def compared(drill: Drill, now: Results) -> tuple[Drill | None, tuple[Comparison, ...]]:
    """Return the drill before this one of equal difficulty, and both beside each other."""
    if drill.started_at is None:
        return None, ()
    before = Drill.objects.of(drill.company_id).filter(
        level=drill.level, started_at__lt=drill.started_at, state__in=(Drill.OVER, Drill.STOPPED)
    )
    earlier = before.select_related("company").order_by("-started_at").first()
    if earlier is None:
        return None, ()
    found = found_of(earlier)
    if secret_of(earlier, found):
        return None, ()
    return earlier, compare(found.results, now)
