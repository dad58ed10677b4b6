"""What the pages of sharing, invitations and the fleet take in."""

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from tojimari.portal.companies.forms import NAME_AT_MOST
from tojimari.portal.core.permissions import ticks
from tojimari.portal.forms import NameField, PickedField, PortalForm, TypedField, YesField
from tojimari.portal.supporters.address_list import BYTES_AT_MOST
from tojimari.portal.words import say

NOTE_AT_MOST = 4000
NUDGE_AT_MOST = 1000
FILTER_AT_MOST = 60
LIST_AT_MOST = 200_000
LINK_DAYS_USUAL, LINK_USES_USUAL = 30, 50
LINK_DAYS_AT_MOST = 180
LINK_USES_AT_MOST = 1000


class RightsForm(PortalForm):
    """The ticked rights."""

    def __init__(self, sent: QueryDict, files: MultiValueDict | None = None) -> None:
        """Give each right a box."""
        super().__init__(sent, files)
        self.fields |= {tick: YesField() for tick in ticks()}

    def scopes(self) -> tuple[str, ...]:
        """Return the names of the rights whose boxes are ticked."""
        return tuple(right for tick, right in ticks().items() if self.cleaned_data[tick])


class GrantForm(RightsForm):
    """What an organisation may see from now on, or the end of it."""

    withdraw = YesField()


class InvitationForm(RightsForm):
    """The address an invitation goes to, and the rights that come with it."""

    refusal = "invite.bad_address"

    email = forms.EmailField(max_length=254)
    name = NameField(at_most=NAME_AT_MOST)

    def clean_email(self) -> str:
        """Return the address in small letters."""
        return str(self.cleaned_data["email"]).lower()


class HelpersInvitationForm(InvitationForm):
    """An organisation invites a colleague (``to`` is ``helper``), or else a company."""

    to = TypedField(at_most=10)

    def clean_to(self) -> str:
        """Return whom the invitation is for."""
        return "helper" if self.cleaned_data["to"] == "helper" else "company"


class CompanyJoinsForm(RightsForm):
    """Which company of the person's own joins, or the name of a new one; and its rights."""

    name = NameField(at_most=NAME_AT_MOST)
    company = forms.UUIDField(required=False)

    def __init__(self, sent: QueryDict, *, own: bool) -> None:
        """Ask for one of the person's companies when there are ``own`` ones, or one is named."""
        super().__init__(sent)
        self.fields["company"].required = own or "company" in sent


class ListForm(RightsForm):
    """A list of companies to invite, as a file or pasted, and the rights that are wished for."""

    refusal = "list.none"

    file = forms.FileField(required=False, allow_empty_file=True)
    pasted = TypedField(at_most=LIST_AT_MOST)
    sure = YesField()

    def clean(self) -> None:
        """Refuse when there is neither a file nor a pasted list."""
        if not self.cleaned_data.get("file") and not self.cleaned_data.get("pasted"):
            raise ValidationError(say(self.refusal))

    def content(self) -> bytes:
        """Return the list as bytes, one more than allowed at most."""
        upload = self.cleaned_data["file"]
        if upload:
            return bytes(upload.read(BYTES_AT_MOST + 1))
        return str(self.cleaned_data["pasted"]).encode()


class JoinLinkForm(RightsForm):
    """A link for many companies: what it is for, for how long, for how many, the rights wished."""

    refusal = "link.bad"

    name = NameField(at_most=NAME_AT_MOST)
    days = forms.IntegerField(min_value=1, max_value=LINK_DAYS_AT_MOST)
    at_most = forms.IntegerField(min_value=1, max_value=LINK_USES_AT_MOST)

    def clean_name(self) -> str:
        """Return the name; refuse a link without one."""
        if not self.cleaned_data["name"]:
            raise ValidationError(say(self.refusal))
        return str(self.cleaned_data["name"])


class OrganisationJoinsForm(PortalForm):
    """Which of the organisations a person works for joins."""

    organisation = forms.UUIDField()


class NoteForm(PortalForm):
    """A note about a company; an empty one is not kept."""

    text = TypedField(at_most=NOTE_AT_MOST)


class NudgeForm(PortalForm):
    """Whom to write to and what: the ticked companies, or ``all`` that the filters find."""

    control = TypedField(at_most=FILTER_AT_MOST)
    state = TypedField(at_most=FILTER_AT_MOST)
    reason = TypedField(at_most=FILTER_AT_MOST)
    wrong = TypedField(at_most=FILTER_AT_MOST)
    size = TypedField(at_most=FILTER_AT_MOST)
    industry = TypedField(at_most=FILTER_AT_MOST)
    prefecture = TypedField(at_most=FILTER_AT_MOST)
    q = TypedField(at_most=FILTER_AT_MOST)
    company = PickedField()
    words = TypedField(at_most=NUDGE_AT_MOST)
    all = YesField()
    sure = YesField()

    def clean_company(self) -> list[UUID]:
        """Return the ids among what was ticked."""
        return [id_ for id_ in map(_uuid, self.cleaned_data["company"]) if id_]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class LentBoxForm(PortalForm):
    """Which box goes to which company, and until when."""

    refusal = "boxes.bad_loan"

    company = forms.UUIDField()
    label = NameField(at_most=40)
    out_on = forms.DateField()
    due_on = forms.DateField(required=False)

    def clean(self) -> dict[str, object]:
        """Check that the box has a name, and comes back after it went out."""
        typed = super().clean() or {}
        out, due = typed.get("out_on"), typed.get("due_on")
        if not typed.get("label") or (out is not None and due is not None and due < out):
            raise ValidationError(say(self.refusal))
        return typed
