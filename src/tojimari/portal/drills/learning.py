"""What a company has from a drill: records of controls it trains, and one thing to do next."""

from typing import Any

import msgspec
from django.urls import reverse
from django.utils import timezone

from tojimari.drills.records import drill_records, lesson_after
from tojimari.drills.results import Figures
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.records import keep_done
from tojimari.portal.core.models import Employee
from tojimari.portal.drills.models import Drill
from tojimari.portal.drills.outcomes import found_of
from tojimari.portal.lessons.models import LessonLink, LessonTaken
from tojimari.portal.words import catalog, current_lang, say

HOLDS_BY_ITSELF = (
    "mfa-cloud",
    "mail-authentication",
    "office-macros",
    "os-updates-pc",
    "browser-updates",
    "antimalware-running",
    "password-manager",
    "dns-filtering",
)
"""Technical measures that hold off what such mails begin, whoever presses."""


class Advice(msgspec.Struct, frozen=True):
    """The one thing to do after a drill.

    Attributes:
        page: where it is done; "" where there is nothing to press.
        label: what the button says.
    """

    sentence: str
    page: str = ""
    label: str = ""


def keep_drill_records(drill: Drill) -> None:
    """Keep what a drill that is over is the record of."""
    company, records = drill.company, catalog().drill_records
    employees = Employee.objects.of(company).filter(left_at=None).count()
    said = LessonLink.objects.of(company).values_list("people", flat=True).first() or 0
    found = drill_records(found_of(drill).outcomes.values(), max(employees, said), records)
    keep_done(company, found, {id_: one.note for id_, one in records.items()})


def advice_after(
    company: Company, drill: Drill, figures: Figures, *, reports_alone: bool = False
) -> Advice:
    """Return the one thing to do: the lesson on what happened, else a measure of the plan.

    While a drill runs nothing is: that nobody reported is not known yet, and a lesson in between
    would tell everybody that a drill is on.

    reports_alone: nothing but reports may be told of the drill; then the advice follows from them.
    """
    if not figures.delivered:
        return Advice(say("drillnext.wait"))
    if drill.state == Drill.RUNNING:
        return Advice(say("drillnext.running"))
    lesson = catalog().lessons.get(lesson_after(figures, reports_alone=reports_alone))
    if lesson is not None and not _taken_since(company, drill, lesson.id):
        why = "lesson" if figures.reported.count else "nobody"
        return Advice(
            say(f"drillnext.{why}", title=lesson.title.say(current_lang())),
            reverse("lessons:lesson", args=[company.pk, lesson.id]),
            say("drillnext.take"),
        )
    if reports_alone:
        return Advice(say("drillnext.kept"))
    return _measure(company) or Advice(say("drillnext.harder"))


def _taken_since(company: Company, drill: Drill, lesson: str) -> bool:
    began = drill.started_at or timezone.now()
    return LessonTaken.objects.of(company).filter(lesson=lesson, at__gte=began).exists()


def _measure(company: Company) -> Advice | None:
    steps: Any = result_of(company).steps
    for step in steps:
        if step.kind in ("act", "do") and step.control in HOLDS_BY_ITSELF:
            do = catalog().controls[step.control].do.say(current_lang())
            page = reverse("companies:control", args=[company.pk, step.control])
            return Advice(say("drillnext.measure", do=do), page, say("drillnext.look"))
    return None
