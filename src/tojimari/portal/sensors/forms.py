"""What is sent to the page of what watches."""

from tojimari.portal.forms import PortalForm, TypedField


class OursForm(PortalForm):
    """The answer "that was us": when the matter was seen last, as the page showed it."""

    refusal = "watched.stale"

    last = TypedField(at_most=40, required=True)
