"""What somebody hands in: a saved mail, a photo, a pasted text; an answer; contacts."""

from typing import ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile

from tojimari.portal.forms import NameField, PortalForm, TypedField, YesField
from tojimari.portal.mailcheck.models import NAME_AT_MOST

TEXT_CHARACTERS = 50_000
CONTACTS_BYTES = 2_000_000


class MailForm(PortalForm):
    """A mail to judge: a file goes before a photo, and both before the text."""

    file = forms.FileField(required=False, allow_empty_file=True)
    photo = forms.FileField(required=False, allow_empty_file=True)
    text = TypedField(at_most=TEXT_CHARACTERS)
    sample = YesField()
    company = forms.UUIDField(required=False)
    keep = YesField()

    def data_of(self, sample: bytes) -> bytes:
        """Return what is to be judged; b"" where there is nothing."""
        if self.cleaned_data["sample"]:
            return sample
        for name in ("file", "photo"):
            file = self.cleaned_data[name]
            if isinstance(file, UploadedFile):
                data = bytes(file.read())
                if data:
                    return data
        return str(self.cleaned_data["text"]).encode()


class SharedForm(PortalForm):
    """What a phone's own menu for sharing hands over: the names are those of the manifest."""

    title = TypedField(at_most=1_000)
    text = TypedField(at_most=TEXT_CHARACTERS)
    url = TypedField(at_most=2_000)
    file = forms.FileField(required=False, allow_empty_file=True)

    def words(self) -> str:
        """Return what was shared as text."""
        said = (self.cleaned_data[name] for name in ("title", "text", "url"))
        return "\n".join(each for each in dict.fromkeys(said) if each)

    def content(self) -> bytes:
        """Return what is to be judged; b"" where there is nothing."""
        file = self.cleaned_data["file"]
        data = bytes(file.read()) if isinstance(file, UploadedFile) else b""
        return data or self.words().encode()


class ExpectedForm(PortalForm):
    """The answer to "did you expect it?"."""

    sender = TypedField(at_most=320)
    expected = forms.ChoiceField(choices=[(each, each) for each in ("yes", "no", "unsure")])


class ContactForm(PortalForm):
    """Somebody the company deals with."""

    refusal: ClassVar[str] = "mailcontacts.bad"

    name = NameField(at_most=NAME_AT_MOST)
    address = TypedField(at_most=320, required=True)


class ContactsFileForm(PortalForm):
    """A list of contacts, as CSV or vCard."""

    refusal: ClassVar[str] = "mailcontacts.bad_file"

    file = forms.FileField()

    def content(self) -> bytes:
        """Return the file, one byte more than allowed at most."""
        return bytes(self.cleaned_data["file"].read(CONTACTS_BYTES + 1))
