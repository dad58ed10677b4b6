"""The days on which papers and records end, as a calendar file (iCalendar, RFC 5545)."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.models import Company
from tojimari.portal.core.calendar import Day, NoCalendar, days_file
from tojimari.portal.papers.models import PaperVersion
from tojimari.portal.words import catalog, say

__all__ = ["NoCalendar", "records_calendar"]

_FAR = timedelta(days=4000)


def records_calendar(company: Company, lang: Lang) -> bytes:
    """Return the days of papers and records as a file. Raises NoCalendar without the library."""
    days: list[Day] = []
    newest: dict[str, date] = {}
    made: dict[str, datetime] = {}
    for row in PaperVersion.objects.of(company).filter(withdrawn_at=None).order_by("number"):
        newest[row.kind], made[row.kind] = row.until, row.approved_at
    for kind, until in newest.items():
        known = catalog().papers.get(kind)
        if known is not None and until < timezone.localdate() + _FAR:
            title = say("papers.calendar_paper", lang, paper=known.title.say(lang))
            days.append(Day(f"paper-{kind}-{company.pk}@tojimari", until, title, made[kind]))
    for due in result_of(company).calendar:
        if due.due_on is not None and due.done_on is not None:
            control = catalog().controls[due.control]
            name = (control.evidence.what if control.evidence else control.title).say(lang)
            title = say("papers.calendar_record", lang, paper=name)
            at = datetime.combine(due.done_on, datetime.min.time(), timezone.get_current_timezone())
            days.append(Day(f"record-{due.control}-{company.pk}@tojimari", due.due_on, title, at))
    return days_file(days)
