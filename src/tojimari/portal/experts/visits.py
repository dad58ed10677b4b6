"""What can happen with a visit, step by step. Each step is one transaction that locks its row."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tojimari.assess.evidence import evidence_observation
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.notices import tell
from tojimari.portal.experts.mails import EXPERT, ORGANISATION, write
from tojimari.portal.experts.models import SEES_AFTER, Expert, ExpertVisit, VisitReport
from tojimari.portal.experts.notices import (
    VISIT_CALLED_OFF,
    VISIT_EXPERT_GONE,
    VISIT_LAPSED,
    VISIT_OFFERED,
    VISIT_REPORTED,
    put_away,
)
from tojimari.portal.experts.rights import still_expert
from tojimari.portal.words import catalog, say

COMPANY = "company"
"""Beside ``EXPERT`` and ``ORGANISATION``: who wrote the last words, or called it off."""
GONE, NO_GRANT, CLOSED = OF_ITSELF = "gone", "grant", "closed"
"""In place of who wrote, what happened by itself: the expert is gone; the company took its grant
back; the organisation may not use the portal any more."""
PROMISED = (ExpertVisit.PROPOSED, ExpertVisit.ACCEPTED, ExpertVisit.AGREED)
"""States in which an expert was asked or has said yes, and has written nothing yet."""


@contextmanager
def _step(visit: ExpertVisit, *states: str) -> Iterator[ExpertVisit | None]:
    """Lock a visit and give it as it is now, or None when it is in none of ``states`` any more.

    What was changed of it is saved.
    """
    with transaction.atomic():
        rows = ExpertVisit.objects.of(visit.company_id).filter(pk=visit.pk, state__in=states)
        related = ("company", "organisation", "expert")
        row = rows.select_for_update(of=("self",)).select_related(*related).first()
        yield row
        if row is not None:
            row.changed_at = timezone.now()
            row.save()


def ask(
    company: Company,
    organisation: Any,
    *,
    field: str,
    wish: str,
    scopes: tuple[str, ...],
    wished: UUID | None,
    by: Any,
) -> ExpertVisit:
    """A company asks an organisation for an expert; its people get a mail."""
    with transaction.atomic():
        expert = Expert.objects.filter(pk=wished, organisation=organisation).first()
        made: ExpertVisit = ExpertVisit.objects.of(company).create(
            company=company,
            organisation=organisation,
            field=field,
            wish=wish,
            scopes=scopes,
            wished=expert if wished else None,
            asked_by=by,
        )
        write(made, "asked", ORGANISATION, by=by)
    return made


def propose(visit: ExpertVisit, expert: Expert, by: Any, **appointment: Any) -> bool:
    """The organisation asks an expert; returns whether the visit was still to be arranged.

    appointment: times (the moments), minutes, place, words.
    """
    with _step(visit, *ExpertVisit.WITH_EXPERT[:2], ExpertVisit.ASKED) as row:
        if row is None:
            return False
        row.state, row.expert, row.at = ExpertVisit.PROPOSED, expert, None
        row.times = [moment.isoformat() for moment in appointment["times"]]
        row.minutes, row.place = appointment["minutes"], appointment["place"]
        row.words, row.words_of = appointment["words"], ORGANISATION
        put_away(row)
        write(row, "proposed", EXPERT, by=by)
    return True


def come(visit: ExpertVisit, time: int, by: Any) -> bool:
    """The expert comes at one of the times; returns whether there is such a time to come."""
    with _step(visit, ExpertVisit.PROPOSED) as row:
        at = _time(row, time) if row is not None else None
        if row is None or at is None:
            return False
        row.state, row.at = ExpertVisit.ACCEPTED, at
        _offer(row, by)
        write(row, "accepted", ORGANISATION, by=by)
    return True


def _time(row: ExpertVisit, number: int) -> datetime | None:
    """Return a proposed moment; None for one that is not there, or has been."""
    if not 0 <= number < len(row.times):
        return None
    at = datetime.fromisoformat(row.times[number])
    return at if at > timezone.now() else None


def times_to_come(visit: ExpertVisit) -> list[tuple[int, datetime]]:
    """Return the proposed moments that are still to come, each with its number among all."""
    found = [(number, _time(visit, number)) for number in range(len(visit.times))]
    return [(number, at) for number, at in found if at is not None]


def _offer(row: ExpertVisit, by: Any) -> None:
    """Tell the company that an expert can come; a new time is told anew."""
    when = timezone.localtime(row.at).strftime("%Y-%m-%d %H:%M")
    values = {"expert": str(row.expert or ""), "when": when}
    tell(row.company, VISIT_OFFERED, str(row.pk), points=[when], values=values, by=by)


def decline(visit: ExpertVisit, reason: str, by: Any) -> bool:
    """The expert does not come; the organisation looks for another."""
    with _step(visit, ExpertVisit.PROPOSED) as row:
        if row is None or row.expert is None:
            return False
        said = {"expert": str(row.expert.pk), "name": row.expert.name, "reason": reason}
        row.declined = [*row.declined, said]
        write(row, "declined", ORGANISATION, by=by)
        row.state, row.expert, row.times = ExpertVisit.ASKED, None, []
    return True


def agree(visit: ExpertVisit, by: Any, seen: str) -> bool:
    """The company says yes. From now on the expert sees what it chose to show.

    seen: the ``version`` its page showed. A yes to somebody else, or to another time, is none.
    """
    with _step(visit, ExpertVisit.ACCEPTED) as row:
        if row is None or row.version != seen:
            return False
        if row.expert is None or row.at is None or row.has_passed:
            return False
        row.state, row.expert_name = ExpertVisit.AGREED, row.expert.name
        row.agreed_at, row.sees_until = timezone.now(), row.at + SEES_AFTER
        row.words, row.words_of = "", ""
        put_away(row)
        write(row, "agreed", EXPERT, ORGANISATION, by=by)
    return True


def other_time(visit: ExpertVisit, words: str, by: Any) -> bool:
    """The company cannot then: the organisation arranges it anew. Nothing is shown meanwhile."""
    with _step(visit, ExpertVisit.ACCEPTED, ExpertVisit.AGREED) as row:
        if row is None:
            return False
        write(row, "other_time", EXPERT, ORGANISATION, by=by)
        row.state, row.at, row.times, row.sees_until = ExpertVisit.ASKED, None, [], None
        row.words, row.words_of = words, COMPANY
        row.sequence += 1
        put_away(row)
    return True


def move(visit: ExpertVisit, at: datetime, words: str, by: Any, by_whom: str) -> bool:
    """Organisation or expert move the appointment; the company has to say yes again."""
    with _step(visit, ExpertVisit.ACCEPTED, ExpertVisit.AGREED) as row:
        if row is None:
            return False
        row.state, row.at, row.sees_until = ExpertVisit.ACCEPTED, at, None
        row.words, row.words_of = words, by_whom
        row.sequence += 1
        _offer(row, by)
        write(row, "moved", EXPERT, ORGANISATION, by=by)
    return True


def cancel(visit: ExpertVisit, reason: str, by: Any, by_whom: str) -> bool:
    """Somebody calls it off; what the expert saw ends at once."""
    with _step(visit, *ExpertVisit.OPEN) as row:
        if row is None:
            return False
        row.state, row.ended_at, row.sees_until = ExpertVisit.CANCELLED, timezone.now(), None
        row.words, row.words_of = reason, by_whom
        row.sequence += 1
        put_away(row)
        write(row, "cancelled", EXPERT, ORGANISATION, by=by)
        if by_whom not in (COMPANY, NO_GRANT):
            values = {"organisation": str(row.organisation)}
            tell(row.company, VISIT_CALLED_OFF, str(row.pk), values=values, by=by)
    return True


def lapse(visit: ExpertVisit) -> bool:
    """Time went by, and all are told; returns whether it was still open."""
    with _step(visit, *ExpertVisit.OPEN) as row:
        if row is None:
            return False
        row.state, row.ended_at, row.sees_until = ExpertVisit.LAPSED, timezone.now(), None
        put_away(row)
        write(row, "lapsed", EXPERT, ORGANISATION)
        tell(row.company, VISIT_LAPSED, str(row.pk), values={"organisation": str(row.organisation)})
    return True


def expert_goes(expert: Expert) -> None:
    """An expert is about to be gone: what they had promised is to be arranged anew.

    Where they declined, their name and what they said go with them.
    """
    rows = ExpertVisit.objects.across("visits of an expert who goes")
    for visit in rows.filter(expert=expert, state__in=PROMISED):
        arrange_anew(visit)
    said_no = rows.filter(organisation=expert.organisation_id).exclude(declined=[])
    for visit in said_no:
        _forget_no(visit, str(expert.pk))


def _forget_no(visit: ExpertVisit, expert: str) -> None:
    if all(one.get("expert") != expert for one in visit.declined):
        return
    with transaction.atomic():
        rows = ExpertVisit.objects.of(visit.company_id).filter(pk=visit.pk)
        row = rows.select_for_update().first()
        if row is not None:
            kept = [one for one in row.declined if one.get("expert") != expert]
            rows.update(declined=kept)


def arrange_anew(visit: ExpertVisit) -> bool:
    """The expert is not one any more: the organisation looks for another, and all are told.

    A report that is there stays and can be said to be right.
    """
    with _step(visit, *PROMISED) as row:
        if row is None:
            return False
        if row.state != ExpertVisit.PROPOSED:
            tell(row.company, VISIT_EXPERT_GONE, str(row.pk), points=[str(row.sequence)])
        write(row, "gone", ORGANISATION)
        row.state, row.expert, row.at, row.times = ExpertVisit.ASKED, None, None, []
        row.words, row.words_of, row.sees_until = "", GONE, None
        row.sequence += 1
        put_away(row)
    return True


def call_off(visit: ExpertVisit, why: str) -> bool:
    """A visit is off by itself: the company took its grant back, or the organisation is closed.

    why: ``NO_GRANT`` or ``CLOSED``.
    """
    return cancel(visit, "", None, why)


def show(visit: ExpertVisit, scopes: tuple[str, ...], files: list[str], *, end: bool) -> bool:
    """The company changes what the expert sees, or ends it before its time.

    files: ids of the pieces of evidence that they open.
    """
    with _step(visit, *ExpertVisit.OPEN) as row:
        if row is None:
            return False
        row.scopes = () if end else scopes  # type: ignore[assignment]
        row.files = [] if end else files
        if end and row.sees_until:
            row.sees_until = timezone.now()
    return True


def report(visit: ExpertVisit, by: Any, **words: Any) -> bool:
    """The expert writes what was found; returns whether the visit has begun and is not over.

    words: seen, did, next, controls.
    """
    with _step(visit, ExpertVisit.AGREED, ExpertVisit.REPORTED) as row:
        if row is None or row.at is None or row.at > timezone.now():
            return False
        VisitReport.objects.of(row.company).update_or_create(
            visit=row,
            defaults={
                "company": row.company,
                "written_at": timezone.now(),
                "written_by": by,
                **words,
            },
        )
        row.state, row.words, row.words_of = ExpertVisit.REPORTED, "", ""
        when = timezone.localtime(timezone.now()).isoformat(timespec="seconds")
        values = {"expert": row.expert_name}
        tell(row.company, VISIT_REPORTED, str(row.pk), points=[when], values=values, by=by)
        write(row, "reported", ORGANISATION, by=by)
    return True


def not_right(visit: ExpertVisit, words: str, by: Any) -> bool:
    """The company says that the report is not right; the expert changes it."""
    with _step(visit, ExpertVisit.REPORTED) as row:
        if row is None:
            return False
        row.state, row.words, row.words_of = ExpertVisit.AGREED, words, COMPANY
        put_away(row)
        write(row, "not_right", EXPERT, ORGANISATION, by=by)
    return True


def confirm(visit: ExpertVisit, by: Any, seen: str) -> bool:
    """The company says that the report is right: what was reviewed becomes evidence.

    seen: the ``version`` of the report that was read; one that was changed since is not confirmed.

    It counts as a paper or record does, after anything that was measured (``assess/roll_up.py``):
    a review never makes fine what a look found open.
    """
    with _step(visit, ExpertVisit.REPORTED) as row:
        if row is None:
            return False
        now = timezone.now()
        written = VisitReport.objects.of(row.company).select_for_update().get(visit=row)
        if written.version != seen:
            return False
        VisitReport.objects.of(row.company).filter(pk=written.pk).update(
            confirmed_at=now, confirmed_by=by
        )
        _keep_evidence(row, written.controls)
        row.state, row.ended_at, row.sees_until = ExpertVisit.DONE, now, None
        put_away(row)
        write(row, "confirmed", EXPERT, ORGANISATION, by=by)
    return True


def _keep_evidence(visit: ExpertVisit, controls: list[str]) -> None:
    if visit.at is None:
        return
    day, known = timezone.localdate(visit.at), catalog().controls
    who = {"expert": visit.expert_name, "organisation": visit.organisation, "day": day}
    note = say("visit.evidence", **who)
    made = [
        evidence_observation(known[id_], done_on=day, note=note, at=timezone.now())
        for id_ in controls
        if id_ in known and known[id_].evidence is not None
    ]
    if made:
        keep(visit.company, made)
        mark_stale(visit.company)


def can_come(visit: ExpertVisit) -> list[Expert]:
    """Return whom the organisation can propose, those who did not decline and fit best first."""
    said_no = {one.get("expert") for one in visit.declined}
    found = Expert.objects.filter(
        still_expert(""), organisation=visit.organisation, is_on=True, user__isnull=False
    )
    return sorted(
        found.order_by("name", "pk"),
        key=lambda one: (
            str(one.pk) in said_no,
            one.pk != visit.wished_id,
            visit.field not in one.fields,
            not comes_to(one, visit.company),
        ),
    )


def comes_to(expert: Expert, company: Company) -> bool:
    """Return whether an expert comes to a company's prefecture; true where that is not known."""
    return not company.prefecture or expert.online or company.prefecture in expert.prefectures
