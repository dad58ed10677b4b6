"""What the pages of the desk take in."""

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone

from tojimari.portal.core.uploads import BODY_BYTES, FILE_BYTES
from tojimari.portal.desk.models import NAME_LETTERS, SUBJECT_LETTERS, TEXT_LETTERS
from tojimari.portal.desk.tickets import FILES_AT_MOST, File
from tojimari.portal.experts.forms import ShownForm
from tojimari.portal.experts.models import WISH_LETTERS
from tojimari.portal.forms import (
    MinuteField,
    NameField,
    PickedField,
    PortalForm,
    TypedField,
    YesField,
)
from tojimari.portal.words import catalog, say

DAYS_AT_MOST = 90
NUMBER_AT_MOST = 999_999_999
RATINGS = ("yes", "partly", "no")
_SHUT_AT_MOST = 60


def _fields() -> list[tuple[str, str]]:
    return [(id_, "") for id_ in catalog().expertise.fields]


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files under one name, as Django's own documentation has it."""

    widget = _ManyFiles

    def __init__(self) -> None:
        """None has to be there."""
        super().__init__(required=False, allow_empty_file=True)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        """Return the files. Refuses too many, or too much of them."""
        given = data if isinstance(data, list | tuple) else [data]
        found = [each for each in given if isinstance(each, UploadedFile) and each.size]
        if len(found) > FILES_AT_MOST or sum(each.size for each in found) > FILE_BYTES:
            raise ValidationError(say("desk.too_large"))
        return found


class FilesForm(PortalForm):
    """A form that files come with."""

    refusal = "desk.too_large"
    left_out = False

    files = FilesField()

    @classmethod
    def sent(cls, request: HttpRequest) -> Self:
        """Return the form that was sent, refused where its files were too large to be taken."""
        found = cls(request.POST, request.FILES)
        # The server leaves out the files of such a form: without a word they would be lost.
        length = request.META.get("CONTENT_LENGTH") or "0"
        found.left_out = not length.isdecimal() or int(length) > BODY_BYTES
        return found

    def clean(self) -> None:
        """Refuse a form whose files were left out."""
        if self.left_out:
            self.add_error("files", say("desk.too_large"))

    def first(self) -> str:
        """Return what is wrong: of the files where it is they, else of the words."""
        return say("desk.too_large") if "files" in self.errors else self.sentence()

    def attached(self) -> list[File]:
        """Return the files that were chosen."""
        return [
            File(str(each.name or ""), bytes(each.read()), str(each.content_type or ""))
            for each in self.cleaned_data["files"]
        ]


class WordsForm(FilesForm):
    """Words to a desk, or from it, with files."""

    refusal = "desk.no_words"

    text = TypedField(at_most=TEXT_LETTERS, required=True)


class AskForm(WordsForm):
    """A question: to which desk, and about what.

    Attributes:
        about, about_id: what the page was opened from.
        seen: the digest of what was shown of it; what is sent must be that.
        along: whether it goes along.
    """

    organisation = forms.UUIDField()
    about = TypedField(at_most=10)
    about_id = TypedField(at_most=60)
    seen = TypedField(at_most=64)
    along = YesField()


class AboutForm(PortalForm):
    """What a question is about, from an address."""

    about = TypedField(at_most=10)
    about_id = TypedField(at_most=60)


class RatingForm(PortalForm):
    """The answer to "did this help you?"."""

    rated = forms.ChoiceField(choices=[(each, each) for each in RATINGS])


class HandoverWordForm(PortalForm):
    """What the company says to a hand-over: agreed, refused, ended, or other files to open."""

    word = forms.ChoiceField(choices=[(each, each) for each in ("agree", "refuse", "end", "files")])
    files = PickedField()


class AnswerForm(FilesForm):
    """A helper's words: an answer or a note; or a prepared answer to put into them."""

    refusal = "desk.no_words"

    text = TypedField(at_most=TEXT_LETTERS)
    prepared = TypedField(at_most=40)
    what = forms.ChoiceField(
        choices=[(each, each) for each in ("answer", "answer_close", "note", "insert")]
    )

    def clean(self) -> None:
        """Refuse an answer without words."""
        super().clean()
        if self.cleaned_data.get("what") != "insert" and not self.cleaned_data.get("text"):
            raise ValidationError(say(self.refusal))


class AssignForm(PortalForm):
    """Who looks after a ticket; nobody where it is left empty."""

    helper = forms.UUIDField(required=False)


class MergeForm(PortalForm):
    """The number of the ticket that another one goes on in."""

    refusal = "desk.bad_merge"

    number = forms.IntegerField(min_value=1, max_value=NUMBER_AT_MOST)


class PartForm(PortalForm):
    """One message of a ticket."""

    message = forms.UUIDField()


class AppointmentForm(PortalForm):
    """A meeting: when, for how long, where."""

    refusal: ClassVar[str] = "desk.bad_appointment"

    appointment = forms.UUIDField(required=False)
    starts = MinuteField(required=True)
    minutes = forms.IntegerField(min_value=5, max_value=600)
    place = NameField(at_most=200)
    words = TypedField(at_most=1000)

    def clean_starts(self) -> datetime:
        """Return the moment; refuse one that has been, or beyond two years."""
        starts: datetime = self.cleaned_data["starts"]
        now = timezone.now()
        if starts <= now or (starts - now).days > 730:
            raise ValidationError(say(self.refusal))
        return starts


class CallOffForm(PortalForm):
    """The appointment that does not take place."""

    appointment = forms.UUIDField()


class ReferralForm(PortalForm):
    """In which field an expert could help, and why."""

    refusal: ClassVar[str] = "desk.bad_referral"

    field = forms.ChoiceField(choices=_fields)
    words = TypedField(at_most=1000, required=True)


class ReferralWordForm(ShownForm):
    """What the company says to it: it asks, in its words, or it does without; and later what the
    expert reads of the conversation.
    """

    refusal: ClassVar[str] = "visit.bad_wish"

    word = forms.ChoiceField(choices=[(each, each) for each in ("ask", "no", "show")])
    wish = TypedField(at_most=WISH_LETTERS)
    conversation = YesField()
    picked = PickedField()

    def clean(self) -> None:
        """Refuse to ask without words."""
        super().clean()
        if self.cleaned_data.get("word") == "ask" and not self.cleaned_data.get("wish"):
            raise ValidationError(say(self.refusal))


class HandoverForm(PortalForm):
    """To whom outside a ticket is handed, for how long, and why."""

    refusal: ClassVar[str] = "desk.bad_handover"

    organisation = forms.UUIDField()
    days = forms.IntegerField(min_value=1, max_value=DAYS_AT_MOST)
    words = TypedField(at_most=1000)


class PhoneForm(PortalForm):
    """A call, written down: whose, who called, what about, what was said."""

    refusal: ClassVar[str] = "desk.bad_call"

    company = forms.UUIDField()
    asker = forms.UUIDField(required=False)
    caller = NameField(at_most=NAME_LETTERS)
    subject = NameField(at_most=SUBJECT_LETTERS)
    text = TypedField(at_most=TEXT_LETTERS, required=True)
    answered = TypedField(at_most=TEXT_LETTERS)


class QueueForm(PortalForm):
    """Which tickets of the queue, from an address."""

    whose = TypedField(at_most=10)
    state = TypedField(at_most=10)
    q = TypedField(at_most=60)


class DecideForm(PortalForm):
    """What becomes of a mail that was set aside."""

    what = forms.ChoiceField(choices=[(each, each) for each in ("join", "drop")])
    company = forms.UUIDField(required=False)
    number = forms.IntegerField(required=False, min_value=1, max_value=NUMBER_AT_MOST)


class DeskForm(PortalForm):
    """The hours of a desk, its days, the days it is shut, and whether it is open at all."""

    refusal: ClassVar[str] = "desk.bad_hours"

    open = YesField()
    opens = forms.TimeField(input_formats=["%H:%M", "%H:%M:%S"])
    closes = forms.TimeField(input_formats=["%H:%M", "%H:%M:%S"])
    days = PickedField()
    shut = TypedField(at_most=2_000)

    def first(self) -> str:
        """Return what is wrong: of the days it is shut where it is they, else of the hours."""
        return say("desk.bad_day") if "shut" in self.errors else self.sentence()

    def clean_days(self) -> str:
        """Return the weekdays as digits."""
        return "".join(each for each in "0123456" if each in self.cleaned_data["days"])

    def clean_shut(self) -> list[str]:
        """Return the days, one a line. Refuses what is no day."""
        found = []
        for line in self.cleaned_data["shut"].split():
            try:
                found.append(date.fromisoformat(line).isoformat())
            except ValueError:
                raise ValidationError(say("desk.bad_day")) from None
        return sorted(set(found))[:_SHUT_AT_MOST]

    def clean(self) -> None:
        """Refuse hours that end before they begin."""
        opens, closes = self.cleaned_data.get("opens"), self.cleaned_data.get("closes")
        if opens is None or closes is None or opens >= closes:
            raise ValidationError(say(self.refusal))
