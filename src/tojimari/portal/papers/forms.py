"""What the pages of papers take in."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from tojimari.papers.answers import LINES_LETTERS
from tojimari.papers.blocks import too_many_cells
from tojimari.portal.forms import NameField, PortalForm, TypedField, YesField
from tojimari.portal.papers.models import NAME_LETTERS, NOTE_LETTERS
from tojimari.portal.words import catalog, say
from tojimari.report.papers.reading import FILE_BYTES, SECTION_LETTERS

_OLDEST_YEAR = 2000
_YEARS_AHEAD = 10


class PaperAnswersForm(PortalForm):
    """The answers to a paper's questions, as typed: ``checked`` judges them.

    Every question of every paper has a field, so the form fits any of them.
    """

    refusal = "papers.bad_answer"

    plan_by = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    owner = NameField(at_most=NAME_LETTERS)
    prepared_by = NameField(at_most=NAME_LETTERS)
    seen = TypedField(at_most=64)

    def __init__(self, *args: object, **more: object) -> None:
        """Add a field for each question."""
        super().__init__(*args, **more)
        for kind in catalog().papers.values():
            for question in kind.questions:
                self.fields[f"q_{question.id}"] = TypedField(at_most=LINES_LETTERS + 1)

    def clean_plan_by(self) -> object:
        """Refuse a day too far away to mean anything."""
        day = self.cleaned_data["plan_by"]
        if (
            day is not None
            and not _OLDEST_YEAR <= day.year <= timezone.localdate().year + _YEARS_AHEAD
        ):
            raise ValidationError(say("papers.bad_answer"))
        return day

    def answers(self) -> dict[str, str]:
        """Return question id -> what was typed."""
        data = self.cleaned_data
        return {name[2:]: data[name] for name in data if name.startswith("q_")}


class SectionForm(PortalForm):
    """A section as a hand changed it, or what is decided about it."""

    what = forms.ChoiceField(choices=[(one, "") for one in ("keep", "mine", "again")])
    text = TypedField(at_most=SECTION_LETTERS + 1)
    seen = TypedField(at_most=64)

    def clean_text(self) -> str:
        """Refuse what is too long: nothing is ever cut off."""
        text = str(self.cleaned_data["text"])
        if len(text) > SECTION_LETTERS or too_many_cells(text):
            raise ValidationError(say("error.bad_request"))
        return text


class PaperFileForm(PortalForm):
    """A paper that was changed in Word or LibreOffice."""

    file = forms.FileField(max_length=1000)

    def sentence(self) -> str:
        """Return why the form is not valid."""
        return say("papers.no_file", mb=FILE_BYTES // 1_000_000)


class ApproveForm(PortalForm):
    """Who approves, on which day, and what changed."""

    refusal = "papers.who_approves"

    name = NameField(at_most=NAME_LETTERS, required=True)
    on = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    note = NameField(at_most=NOTE_LETTERS)
    seen = TypedField(at_most=64)

    def clean_on(self) -> object:
        """Refuse a day to come, or before papers were made here."""
        day = self.cleaned_data["on"] or timezone.localdate()
        if day > timezone.localdate() or day.year < _OLDEST_YEAR:
            raise ValidationError(say("papers.bad_day"))
        return day


class ReminderForm(PortalForm):
    """Whether the owners are reminded of what ends."""

    on = YesField()
