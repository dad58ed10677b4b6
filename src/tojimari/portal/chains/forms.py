"""What the pages of supply chains take in."""

from typing import get_args

from django import forms
from django.core.exceptions import ValidationError

from tojimari.chain.network import Replace
from tojimari.portal.chains.models import CODE_AT, CODE_LETTERS, NAME_LETTERS
from tojimari.portal.forms import NameField, PickedField, PortalForm, TypedField, YesField
from tojimari.portal.words import say

REPLACE = get_args(Replace)
K_AT_MOST = 10
MINUTES_AT_MOST = 100_000
TRIED_AT_MOST = 200


class _AmountForm(PortalForm):
    """How much is bought from a supplier, and how hard it is to replace."""

    refusal = "chainpage.bad_amount"

    percent = forms.IntegerField(min_value=1, max_value=100, required=False)
    replace = forms.ChoiceField(choices=[(one, "") for one in REPLACE], required=False)

    def clean_replace(self) -> str:
        """Return what was chosen; nobody said where nothing was."""
        return self.cleaned_data.get("replace") or "unknown"


class PurchaseForm(_AmountForm):
    """What a buyer says of one of its suppliers."""


class SupplierForm(_AmountForm):
    """A supplier that a company names."""

    refusal = "chainpage.bad_supplier"

    name = NameField(at_most=NAME_LETTERS, required=True)
    code = TypedField(at_most=40)

    def clean_code(self) -> str:
        """Return the code without what people put between its letters."""
        typed = self.cleaned_data["code"].upper()
        code = "".join(letter for letter in typed if letter in CODE_LETTERS)
        if typed.strip() and len(code) != CODE_AT:
            raise ValidationError(say("chainpage.bad_code"))
        return code


class DiscloseForm(PortalForm):
    """The buyers that a supplier's name is told to."""

    organisation = PickedField()


class MemberForm(PortalForm):
    """Whether the company is counted in the chains of others; ``fresh`` makes a new code."""

    on = YesField()
    fresh = YesField()


class TryForm(PortalForm):
    """What a buyer tries: how many to help, within which effort, or which firms."""

    refusal = "chainpage.bad_try"

    k = forms.IntegerField(min_value=1, max_value=K_AT_MOST, required=False)
    minutes = forms.IntegerField(min_value=1, max_value=MINUTES_AT_MOST, required=False)
    close = PickedField()

    def clean_close(self) -> tuple[str, ...]:
        """Return the firms, at most as many as a page shows."""
        return tuple(self.cleaned_data["close"])[:TRIED_AT_MOST]
