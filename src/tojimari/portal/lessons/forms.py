"""What is sent to the pages of lessons."""

from typing import ClassVar

from django import forms

from tojimari.catalog.lesson import QUESTIONS_EACH, Lesson
from tojimari.portal.forms import NameField, PortalForm, YesField
from tojimari.portal.lessons.models import NAME_LETTERS, PEOPLE_AT_MOST


class LessonForm(PortalForm):
    """The answers to a lesson's questions, by their places, and a name that may be left out."""

    refusal: ClassVar[str] = "lesson.answer_all"

    answer0 = forms.IntegerField(min_value=0)
    answer1 = forms.IntegerField(min_value=0)
    answer2 = forms.IntegerField(min_value=0)
    name = NameField(at_most=NAME_LETTERS)

    def answers(self, lesson: Lesson) -> list[int] | None:
        """Return the place of each answer; None where one has no such option. Call when valid."""
        given = [self.cleaned_data[f"answer{number}"] for number in range(QUESTIONS_EACH)]
        fits = all(
            place < len(question.options)
            for place, question in zip(given, lesson.questions, strict=True)
        )
        return given if fits else None


class LinkForm(PortalForm):
    """Whether the link works, how many shall learn, and whether to be reminded."""

    refusal: ClassVar[str] = "lessons.people_wrong"

    is_on = YesField()
    people = forms.IntegerField(min_value=1, max_value=PEOPLE_AT_MOST, required=False)
    remind = YesField()
