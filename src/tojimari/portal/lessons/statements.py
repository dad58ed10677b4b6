"""Lessons that were taken as xAPI statements (IEEE 9274.1.1), for a learning system elsewhere."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from tojimari.catalog.lesson import QUESTIONS_EACH
from tojimari.portal.lessons.models import LessonTaken
from tojimari.portal.words import catalog

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
LESSON = "http://adlnet.gov/expapi/activities/lesson"


def statements(rows: Iterable[LessonTaken]) -> list[dict[str, Any]]:
    """Return one statement for each row.

    The actor is an account of this portal under the pseudonym by which a person counts; no name
    and no mail address goes along. Lessons that the catalog does not have any more keep their id.
    """
    return [_statement(row) for row in rows]


def _statement(row: LessonTaken) -> dict[str, Any]:
    known = catalog().lessons.get(row.lesson)
    title = {"ja": known.title.ja, "en": known.title.en} if known else {"und": row.lesson}
    return {
        "id": str(row.pk),
        "actor": {
            "objectType": "Agent",
            "account": {"homePage": settings.PUBLIC_URL, "name": str(row.person)},
        },
        "verb": {"id": COMPLETED, "display": {"ja": "終えました", "en": "completed"}},
        "object": {
            "objectType": "Activity",
            "id": f"{settings.PUBLIC_URL}{reverse('lessons:picture', args=[row.lesson])}",
            "definition": {"type": LESSON, "name": title},
        },
        "result": {
            "completion": True,
            "score": {
                "scaled": round(row.right / QUESTIONS_EACH, 4),
                "raw": row.right,
                "min": 0,
                "max": QUESTIONS_EACH,
            },
        },
        "timestamp": row.at.isoformat(),
    }
