"""Draws a lesson, and what came of its questions: the same for a company's pages and for its link."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from tojimari.catalog.lesson import MINUTES_EACH, Lesson
from tojimari.catalog.load import HERE
from tojimari.portal.lessons.forms import LessonForm
from tojimari.portal.lessons.models import LessonTaken
from tojimari.portal.lessons.taking import TooMany, right_of
from tojimari.portal.words import catalog, say

Taker = Callable[[Lesson, list[int], str], LessonTaken]


def lesson_or_404(lesson_id: str) -> Lesson:
    """Return a lesson of the catalog. Raises Http404."""
    found = catalog().lessons.get(lesson_id)
    if found is None:
        raise Http404
    return found


def picture_of(lesson: str) -> bytes:
    """Return the picture of a lesson, as SVG. Raises KeyError for a lesson that is none."""
    known = catalog().lessons[lesson]
    return (HERE / "lessons" / "pictures" / f"{known.id}.svg").read_bytes()


@require_safe
@cache_control(public=True, max_age=86_400)
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Send the picture of a lesson."""
    return HttpResponse(picture_of(lesson_or_404(name).id), content_type="image/svg+xml")


def show(
    request: HttpRequest, lesson: Lesson, take: Taker, *, name: str = "", **context: Any
) -> HttpResponse:
    """Show a lesson; with answers, take it down by ``take`` and show what was right, and why."""
    given: Sequence[int | None] = ()
    right = 0
    checked = False
    problem = ""
    if request.method == "POST":
        form = LessonForm(request.POST)
        answers = form.answers(lesson) if form.is_valid() else None
        name = form.cleaned_data.get("name", "")
        if answers is None:
            problem = form.sentence()
            given = [_place(form.data.get(f"answer{n}")) for n in range(len(lesson.questions))]
        else:
            try:
                take(lesson, answers, name)
            except TooMany:
                problem = say("lesson.too_many")
            else:
                right, checked = right_of(lesson, answers), True
            given = answers
    questions = [
        {
            "question": question,
            "chosen": given[number] if given else None,
            "right": bool(given) and given[number] == question.right,
        }
        for number, question in enumerate(lesson.questions)
    ]
    context |= {
        "lesson": lesson,
        "questions": questions,
        "checked": checked,
        "right": right,
        "problem": problem,
        "minutes": MINUTES_EACH,
        "name": name,
    }
    return render(request, "lesson.html", context, status=400 if problem else 200)


def _place(typed: Any) -> int | None:
    return int(typed) if isinstance(typed, str) and typed in ("0", "1", "2", "3") else None


def taken_by(rows: Any, person: uuid.UUID) -> dict[str, Any]:
    """Return lesson -> when ``person`` took it last."""
    found: dict[str, Any] = {}
    for row in rows.filter(person=person).order_by("at"):
        found[row.lesson] = row.at
    return found
