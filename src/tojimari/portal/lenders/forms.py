"""What the pages of lenders take in."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from tojimari.attest.policy_linter import BYTES_AT_MOST
from tojimari.portal.forms import PortalForm, TypedField, YesField
from tojimari.portal.lenders.models import LEVEL_LETTERS, REASON_LETTERS
from tojimari.portal.words import say


class PolicyForm(PortalForm):
    """A policy as a file."""

    refusal = "lenders.no_file"

    file = forms.FileField(allow_empty_file=True)

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and content. Refuses one that is too large."""
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile) or (file.size or 0) > BYTES_AT_MOST:
            raise ValidationError(say(self.refusal))
        return str(file.name or "")[-100:], bytes(file.read())


class SwitchForm(PortalForm):
    """Whether a policy is on from now."""

    on = YesField()


class DecideForm(PortalForm):
    """The level a person decides for a borrower, and why."""

    refusal = "lenders.bad_decision"

    level = TypedField(at_most=LEVEL_LETTERS, required=True)
    reason = TypedField(at_most=REASON_LETTERS)
