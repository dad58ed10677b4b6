"""What the pages of proofs take in."""

from tojimari.portal.forms import NameField, PickedField, PortalForm, TypedField, YesField
from tojimari.portal.proofs.models import NAME_LETTERS, NUMBER_LETTERS


class ProofForm(PortalForm):
    """For whom a proof is, which items it shows, and the digest of what the owner saw."""

    refusal = "proofs.bad_form"

    audience = NameField(at_most=NAME_LETTERS, required=True)
    number = NameField(at_most=NUMBER_LETTERS)
    shown = PickedField()
    oscal = YesField()
    seen = TypedField(at_most=64, required=True)


class RenewForm(PortalForm):
    """The digest of what the owner saw that a renewed proof would say."""

    refusal = "proofs.not_renewed"

    seen = TypedField(at_most=64, required=True)


class ReviewForm(PortalForm):
    """Ids of the items that somebody looked at."""

    picked = PickedField()
