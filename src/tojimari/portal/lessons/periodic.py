"""Reminds companies that want it of the next lesson."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.notices import tell
from tojimari.portal.core.periodic import every
from tojimari.portal.lessons.models import LessonLink, LessonTaken
from tojimari.portal.lessons.notices import LESSON_DUE

AFTER = timedelta(days=30)


@every(timedelta(days=1))
def remind_of_lessons() -> None:
    """Tell the companies that want it when nobody took a lesson for ``AFTER``, once each time."""
    now = timezone.now()
    waiting = LessonLink.objects.across("who wants to be reminded of lessons").filter(remind=True)
    for link in waiting.select_related("company").iterator(chunk_size=500):
        rows = LessonTaken.objects.of(link.company).order_by("-at")
        newest = rows.values_list("at", flat=True).first()
        since = max(filter(None, (newest, link.reminded_at, link.made_at)))
        if since > now - AFTER:
            continue
        own = LessonLink.objects.of(link.company).filter(reminded_at=link.reminded_at)
        if own.update(reminded_at=now):  # else another worker was faster
            tell(link.company, LESSON_DUE, "", values={"days": AFTER.days})
