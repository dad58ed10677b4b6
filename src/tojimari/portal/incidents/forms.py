"""What the pages of incidents take in."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from tojimari.lib.printable import printable
from tojimari.portal.core.uploads import FILE_BYTES
from tojimari.portal.forms import (
    MinuteField,
    NameField,
    PickedField,
    PortalForm,
    TypedField,
    YesField,
)
from tojimari.portal.incidents.models import (
    BODY_LETTERS,
    CONTACT_KINDS,
    NAME_LETTERS,
    NOTE_LETTERS,
    SUBJECT_LETTERS,
    SUMMARY_LETTERS,
)
from tojimari.portal.words import catalog, say

_OLDEST_YEAR = 2000
_MOST_HOURS = 2000
_AHEAD = timedelta(minutes=5)


class MomentField(MinuteField):
    """A moment that has been, to the minute, in the portal's time zone; now where left empty.

    A clock that is a little ahead of ours means now.
    """

    def __init__(self) -> None:
        """Take nothing for now."""
        super().__init__(required=False)

    def clean(self, value: Any) -> datetime:
        """Return the moment. Refuses one to come, or too long ago."""
        found: datetime | None = super().clean(value)
        now = timezone.now()
        if found is None:
            return now
        if now < found <= now + _AHEAD:
            return now
        if found > now or found.year < _OLDEST_YEAR:
            raise ValidationError(say("incident.bad_moment"))
        return found


class SinceForm(PortalForm):
    """Since when something goes on, as a page that leads to the guide knows it; now where unsaid."""

    since = MomentField()


def _kinds() -> list[tuple[str, str]]:
    return [(one.id, "") for one in catalog().incidents.playbooks.values() if one.opens]


class IncidentAnswerForm(PortalForm):
    """The answer to one question about an incident; ``parse`` judges it."""

    choice = PickedField()


class FactsForm(PortalForm):
    """What is known of an incident: the moment and the words."""

    refusal = "incident.bad_moment"

    known_at = MomentField()
    summary = TypedField(at_most=SUMMARY_LETTERS)


class TaskForm(PortalForm):
    """A task: ticked or opened again, who does it, what was done."""

    task = forms.SlugField(max_length=40)
    done = YesField()
    who = NameField(at_most=NAME_LETTERS)
    note = TypedField(at_most=NOTE_LETTERS)


class EntryForm(PortalForm):
    """A line of what happened, or a device or person touched by it."""

    refusal = "incident.bad_entry"

    kind = forms.ChoiceField(
        choices=[(kind, "") for kind in ("note", "device", "person")], required=True
    )
    text = TypedField(at_most=NOTE_LETTERS, required=True)
    at = MomentField()
    said_by = NameField(at_most=NAME_LETTERS)


class EvidenceForm(PortalForm):
    """A piece of evidence: the file, what it shows, when, and who says so."""

    def sentence(self) -> str:
        """Return why the form is not valid."""
        return say("proof.bad", mb=FILE_BYTES // 1_000_000)

    file = forms.FileField(max_length=1000)
    text = TypedField(at_most=NOTE_LETTERS)
    at = MomentField()
    said_by = NameField(at_most=NAME_LETTERS)


class CorrectionForm(PortalForm):
    """What is right instead of an earlier line."""

    refusal = "incident.bad_entry"

    text = TypedField(at_most=NOTE_LETTERS, required=True)
    at = MomentField()
    said_by = NameField(at_most=NAME_LETTERS)


class EraseForm(PortalForm):
    """What of a line is erased for good."""

    refusal = "erase.nothing"

    what = forms.MultipleChoiceField(
        choices=[(part, "") for part in ("words", "file", "names")], required=True
    )


class CloseForm(PortalForm):
    """The end of an incident, or that it is open again."""

    again = YesField()
    learned = forms.CharField(required=False)

    def clean_learned(self) -> str:
        """Return the words; too many are refused, never cut. Browsers send line ends as two."""
        words = str(self.cleaned_data["learned"]).replace("\r\n", "\n")
        if len(words) > SUMMARY_LETTERS:
            raise ValidationError(self.sentence())
        return words

    def sentence(self) -> str:
        """Return why the form is not valid."""
        return say("incident.learned_long", n=SUMMARY_LETTERS)


class LetterForm(PortalForm):
    """A notice changed by hand; or that the draft's changes were seen; or the draft itself again.

    ``seen`` is the version the page was made of, so that nobody overwrites a colleague unasked.
    """

    refusal = "letter.bad"

    subject = NameField(at_most=SUBJECT_LETTERS)
    body = TypedField(at_most=BODY_LETTERS)
    seen = TypedField(at_most=40)
    mine = YesField()
    again = YesField()

    def clean_body(self) -> str:
        """Return the text with plain line ends and nothing that steers anything."""
        lines = str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n")
        return printable(lines, keep="\n\t")

    def clean(self) -> None:
        """Refuse an empty text: the draft would be gone and nothing in its place."""
        sent = self.cleaned_data
        if not sent.get("body") and not sent.get("mine") and not sent.get("again"):
            raise ValidationError(say(self.refusal))


class LearnForm(PortalForm):
    """What will change after an incident: ids of controls."""

    control = PickedField()


class ContactForm(PortalForm):
    """Somebody the company calls: what they are, a name, and a number or address."""

    refusal = "contacts.bad"

    kind = forms.ChoiceField(choices=[(kind, "") for kind in CONTACT_KINDS])
    name = NameField(at_most=NAME_LETTERS)
    phone = NameField(at_most=40)
    mail = forms.EmailField(max_length=254, required=False)
    reference = NameField(at_most=NAME_LETTERS)
    within_hours = forms.IntegerField(required=False, min_value=1, max_value=_MOST_HOURS)

    def clean(self) -> None:
        """Refuse a contact that cannot be reached."""
        sent = self.cleaned_data
        if not sent.get("name") or not (sent.get("phone") or sent.get("mail")):
            raise ValidationError(say(self.refusal))
        if sent.get("phone") and not any(letter.isdecimal() for letter in sent["phone"]):
            raise ValidationError(say(self.refusal))


class CodeForm(PortalForm):
    """A report by somebody who has the emergency code and cannot sign in."""

    refusal = "emergency.bad"

    code = TypedField(at_most=60, required=True)
    kind = forms.ChoiceField(choices=_kinds)
    reporter = NameField(at_most=NAME_LETTERS)
    reach = NameField(at_most=NAME_LETTERS)
    summary = TypedField(at_most=SUMMARY_LETTERS)


class SheetForm(PortalForm):
    """The sheet, with the code that was just made where it is printed at once."""

    code = TypedField(at_most=60)
