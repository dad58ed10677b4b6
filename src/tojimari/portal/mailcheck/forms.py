"""What somebody hands in: a saved mail, a pasted text, or the wish to see the sample."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from tojimari.portal.forms import PortalForm, TypedField, YesField

TEXT_CHARACTERS = 50_000


class MailForm(PortalForm):
    """A mail to judge: the file goes before the text."""

    file = forms.FileField(required=False, allow_empty_file=True)
    text = TypedField(at_most=TEXT_CHARACTERS)
    sample = YesField()

    def data_of(self, sample: bytes) -> bytes:
        """Return what is to be judged; b"" where there is nothing."""
        if self.cleaned_data["sample"]:
            return sample
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            return bytes(file.read())
        return str(self.cleaned_data["text"]).encode()
