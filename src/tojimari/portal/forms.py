"""The ground of every form: what people type, tick and pick, and how a page says no."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from tojimari.portal.typed import plain_name
from tojimari.portal.words import say


class PortalForm(forms.Form):
    """A form whose refusal is one of the portal's texts.

    Pages draw their fields themselves, in their own words; the form only reads and checks.

    Attributes:
        refusal: key of the portal's text that says no where ``clean`` said nothing more exact.
    """

    refusal: ClassVar[str] = "error.bad_request"

    def sentence(self) -> str:
        """Return why the form is not valid, in one sentence of the reader's language."""
        own = self.errors.get(NON_FIELD_ERRORS)
        return str(own[0]) if own else say(self.refusal)


class TypedField(forms.CharField):
    """What somebody typed: spaces around it go, and what is beyond ``at_most`` letters is cut."""

    def __init__(self, *, at_most: int, required: bool = False) -> None:
        """Keep the length; nothing typed is an empty text."""
        super().__init__(required=required)
        self.at_most = at_most

    def to_python(self, value: Any) -> str:
        """Return the text."""
        return str(super().to_python(value))[: self.at_most]


class NameField(TypedField):
    """A name for a list: without control characters."""

    def to_python(self, value: Any) -> str:
        """Return the name."""
        return plain_name(str(value or ""), at_most=self.at_most)


class YesField(forms.Field):
    """A box or button that says ``yes``; anything else, or nothing, is no."""

    widget = forms.TextInput

    def __init__(self) -> None:
        """Nothing has to be ticked."""
        super().__init__(required=False)

    def to_python(self, value: Any) -> bool:
        """Return whether it was ticked."""
        return value == "yes"


class MinuteField(forms.DateTimeField):
    """A moment to the minute, in the portal's time zone, as a browser's own field sends it."""

    def __init__(self, *, required: bool = False) -> None:
        """Take what such a field sends, and what people type who have none."""
        super().__init__(required=required, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


class PickedField(forms.Field):
    """Every value sent under one name, as sent: who knows the choices judges them."""

    widget = forms.SelectMultiple

    def __init__(self) -> None:
        """Nothing has to be picked."""
        super().__init__(required=False)

    def to_python(self, value: Any) -> list[str]:
        """Return the values in the order they were sent."""
        return [str(each) for each in value or ()]


class TypedOutForm(PortalForm):
    """The word somebody types out before something is deleted for good."""

    word = TypedField(at_most=200)

    def clean(self) -> None:
        """Refuse any other word."""
        word = say("delete.word")
        if self.cleaned_data.get("word") != word:
            raise ValidationError(say("delete.wrong", word=word))
