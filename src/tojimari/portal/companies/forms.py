"""What a company's own pages take in."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from tojimari.catalog import Question
from tojimari.model import DONT_KNOW
from tojimari.model.japan import NUMBERS
from tojimari.portal.forms import PickedField, PortalForm, TypedField, YesField
from tojimari.portal.typed import plain_name
from tojimari.portal.words import say

NAME_AT_MOST = 120
PAPER_NOTE_AT_MOST = 500
NUMBER_AT_MOST = 20
FIRST_YEAR = 2000
"""A paper older than this is a slip of the finger."""
EMPLOYEE_AT_MOST = 100


class NewCompanyForm(PortalForm):
    """A company's name, which may be left out."""

    name = TypedField(at_most=NAME_AT_MOST)


class CompanyForm(NewCompanyForm):
    """Name, prefecture (01 to 47, or none), and whether figures are shared."""

    prefecture = forms.ChoiceField(required=False, choices=[(number, "") for number in NUMBERS])
    shares_figures = YesField()


class ReminderForm(PortalForm):
    """Whether a person wants the weekly mail."""

    remind = YesField()


class EmployeeForm(PortalForm):
    """Somebody who works here: a name, and a mail address where there is one."""

    refusal = "employees.bad"

    name = forms.CharField(max_length=EMPLOYEE_AT_MOST)
    email = forms.EmailField(max_length=254, required=False)

    def clean_name(self) -> str:
        """Return the name for a list; refuse one of which nothing is left."""
        name = plain_name(self.cleaned_data["name"], at_most=EMPLOYEE_AT_MOST)
        if not name:
            raise ValidationError(say(self.refusal))
        return name


class PaperForm(PortalForm):
    """A paper or record: the day it is of, and where it is kept."""

    refusal = "evidence.bad"

    done_on = forms.DateField(input_formats=["%Y-%m-%d"])
    note = TypedField(at_most=PAPER_NOTE_AT_MOST, required=True)

    def clean_done_on(self) -> date:
        """Refuse a day to come, or one too long ago."""
        day: date = self.cleaned_data["done_on"]
        if day > timezone.localdate() or day.year < FIRST_YEAR:
            raise ValidationError(say(self.refusal))
        return day


class AnswerForm(PortalForm):
    """The answer to one question, with the fields the question needs; ``parse_answer`` judges."""

    def __init__(self, question: Question, sent: QueryDict) -> None:
        """Take the fields from the question."""
        super().__init__(sent)
        self.fields["choice"] = PickedField()
        if question.type == "number":
            self.fields["number"] = TypedField(at_most=NUMBER_AT_MOST)

    def given(self) -> object:
        """Return what was sent, for ``parse_answer``: ids, typed digits, or DONT_KNOW."""
        sent: dict[str, Any] = self.cleaned_data
        if sent["choice"][-1:] == [DONT_KNOW]:
            return DONT_KNOW
        return sent["number"] if "number" in self.fields else sent["choice"]
