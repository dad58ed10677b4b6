"""What the pages of money and help take in."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from tojimari.ask.company_profile import NO_BRANCHES, read_value
from tojimari.catalog.programme_files.reading import BYTES_AT_MOST
from tojimari.plan.money import ASKED
from tojimari.portal.forms import PickedField, PortalForm, TypedField, YesField
from tojimari.portal.supporters.forms import NUDGE_AT_MOST
from tojimari.portal.words import say

GROUPS = ("fits", "could", "cannot_tell", "does_not")
"""How a programme can stand to a company, the nearest first."""


class TellForm(PortalForm):
    """What a company says of itself; what is left empty stays as it was."""

    refusal = "moneypage.bad_answer"

    prefecture = TypedField(at_most=10)
    municipality = TypedField(at_most=10)
    branches = PickedField()
    industry_class = TypedField(at_most=20)
    capital_yen = TypedField(at_most=20)
    staff = TypedField(at_most=20)
    founded = TypedField(at_most=10)
    gbizid = TypedField(at_most=10)
    security_action = TypedField(at_most=10)
    old_declaration = TypedField(at_most=10)

    def clean(self) -> None:
        """Refuse what cannot be read, naming the question."""
        self.said: dict[str, Any] = {}
        for name in ASKED:
            given = self.cleaned_data.get(name)
            if name == "branches":
                chosen = [one for one in given or () if one not in NO_BRANCHES]
                given = ",".join(chosen) or ("none" if given else "")
            if not given:
                continue
            value = read_value(name, str(given))
            if value is None:
                raise ValidationError(say("moneypage.bad_field", field=say(f"money.field_{name}")))
            self.said[name] = value


class RemindForm(PortalForm):
    """Whether to be reminded of a programme's deadlines."""

    on = YesField()


class ProgrammeFileForm(PortalForm):
    """A file of programmes that a supporter knows."""

    refusal = "moneypage.no_file"

    file = forms.FileField(allow_empty_file=True)

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and content. Refuses one that is too large."""
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile) or (file.size or 0) > BYTES_AT_MOST:
            raise ValidationError(say(self.refusal))
        return str(file.name or "")[-100:], bytes(file.read())


class WriteForm(PortalForm):
    """To which companies a supporter writes about a programme, and what."""

    refusal = "moneypage.bad_words"

    group = forms.MultipleChoiceField(choices=[(one, "") for one in GROUPS[:3]])
    words = TypedField(at_most=NUDGE_AT_MOST, required=True)
