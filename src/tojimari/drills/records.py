"""What a mail drill that is over is the record of, and what a company does next after it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from tojimari.catalog.drill_record import DrillRecord
from tojimari.drills.outcome import Outcome
from tojimari.drills.results import Figures
from tojimari.model.japan import JAPAN

FEW_REPORT = 0.3
"""Where fewer than this part reported, reporting is what to practise next."""

REPORTING = "suspicious-mail"
"""The lesson on odd mails, and on saying that one is."""


def drill_records(
    outcomes: Iterable[Outcome], people: int, records: Mapping[str, DrillRecord]
) -> dict[str, date]:
    """Return control -> day of the record, for every control whose record these outcomes are.

    people: how many work there; 0 where nobody said, then nothing is everyone's. What nobody saw is
    no record: a mail that came back, or a page that only a machine asked for. Who pressed has seen that
    it was a drill, and perhaps no more. The day is Japan's; of what everyone did, the first one's.
    """
    known = list(outcomes)
    went = [one.sent_at for one in known if one.delivered and one.sent_at is not None]
    reported = [one.reported_at for one in known if one.reported_at is not None]
    days: dict[str, date | None] = {
        "drill": _day(max(went, default=None)),
        "somebody": _day(max(reported, default=None)),
        "everyone": _day(min(reported)) if 0 < people <= len(reported) else None,
    }
    return {one.id: day for one in records.values() if (day := days[one.by]) is not None}


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(JAPAN).date()


def lesson_after(figures: Figures, *, reports_alone: bool = False) -> str:
    """Return the id of the lesson that fits what happened most; "" where none is called for.

    What could have cost most comes first: a word typed, an answer, a file. Then reporting.
    reports_alone: nothing but reports may be told of the drill, so nothing else counts here.
    """
    for share, lesson in (
        (figures.typed, "passkeys"),
        (figures.replied, "payment-change"),
        (figures.attachment, "ransomware"),
        (figures.acted, REPORTING),
    ):
        if share.count and not reports_alone:
            return lesson
    few = (figures.reported.part or 0) < FEW_REPORT
    return REPORTING if figures.delivered and few else ""
