"""Reminding of papers and records that end soon, where the owners want that."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import tell
from tojimari.portal.core.periodic import every
from tojimari.portal.papers.models import PaperReminder
from tojimari.portal.papers.notices import PAPER_ENDS
from tojimari.portal.papers.showing import ends_between

DAYS_BEFORE = 30


@every(timedelta(hours=12))
def remind_of_papers() -> None:
    """Tell, once for each day on which it ends, of every paper and record that ends soon."""
    wanting = PaperReminder.objects.across("companies that want to be reminded of papers")
    for one in wanting.select_related("company").order_by("pk").iterator(chunk_size=200):
        _remind(one.company)


def _remind(company: Company) -> None:
    today = timezone.localdate()
    last = today + timedelta(days=DAYS_BEFORE)
    for kind, day in ends_between(company, today - timedelta(days=DAYS_BEFORE), last):
        _tell(company, kind, {"kind": kind, "day": day.isoformat()})
    for due in result_of(company).calendar:
        if due.due_on is not None and today <= due.due_on <= last:
            about = f"record {due.control}"
            _tell(company, about, {"control": due.control, "day": due.due_on.isoformat()})


def _tell(company: Company, about: str, values: dict[str, str]) -> None:
    tell(company, PAPER_ENDS, about, points=[values["day"]], values=values)
