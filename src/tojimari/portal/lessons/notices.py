"""What a company is told about its lessons."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.core.rights import COMPANY_MANAGE


def _lessons(found: Notice) -> str:
    return reverse("lessons:lessons", args=[found.company_id])


LESSON_DUE = notice("lesson.due", to=COMPANY_MANAGE, page=_lessons, mail="mail.lesson_due")
"""A month went by without a lesson, and the company wants to be told. Values: days."""
