"""What the pages of sites and lines take in."""

from django.core.exceptions import ValidationError

from tojimari.collect.outside.target import host_name
from tojimari.model import TojimariError
from tojimari.portal.forms import PortalForm, TypedField
from tojimari.portal.words import current_lang

ADDRESS_AT_MOST = 2000
LINE_AT_MOST = 64
"""As long as the id of what an observation is about."""


class SiteForm(PortalForm):
    """A site as somebody writes it: its name, or the address of one of its pages."""

    name = TypedField(at_most=ADDRESS_AT_MOST)

    def clean(self) -> None:
        """Put the name as DNS writes it in ``name``; refuse what is none."""
        try:
            self.cleaned_data["name"] = host_name(self.cleaned_data.get("name", ""))
        except TojimariError as error:
            raise ValidationError(error.say(current_lang())) from error


class SeenForm(PortalForm):
    """Which state of a watched site the page showed: the moment it was seen."""

    refusal = "watching.stale"

    seen_at = TypedField(at_most=40, required=True)


class LineForm(PortalForm):
    """An address of the company's own line."""

    address = TypedField(at_most=LINE_AT_MOST, required=True)
