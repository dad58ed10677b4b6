"""What the pages of the operator, and of the owner's own computer, take in."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from tojimari.agent.client import server_address
from tojimari.agent.codes import CODE_LENGTH, normal_code
from tojimari.agent.home import AgentError
from tojimari.portal.forms import PortalForm, TypedField, YesField
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say


class ApprovalForm(PortalForm):
    """An organisation that is let in, or closed."""

    organisation = forms.UUIDField()
    close = YesField()

    def names_one(self) -> bool:
        """Return whether an organisation is named at all, by an id that is good or not."""
        return bool(self.data.get("organisation"))


class HereForm(PortalForm):
    """How the portal is opened on the owner's own computer."""

    menu = YesField()
    autostart = YesField()


class JoinHereForm(PortalForm):
    """What is to be done about joining, and to whose portal where it was asked."""

    do = forms.ChoiceField(
        choices=[(one, one) for one in ("accept", "type", "start", "leave", "refuse")]
    )
    server = TypedField(at_most=300)


class JoinForm(PortalForm):
    """The portal that this computer is to join, and the code, as somebody typed them."""

    server = TypedField(at_most=300)
    code = TypedField(at_most=40)

    def clean(self) -> dict[str, Any]:
        """Return address and code as they are used: ``portal.example.jp`` alone means https."""
        typed = unicodedata.normalize("NFKC", self.cleaned_data.get("server", "")).strip()
        try:
            server = server_address(typed if "://" in typed else f"https://{typed}")
        except (AgentError, ValueError) as error:
            raise ValidationError(say("joined.bad_server")) from error
        code = normal_code(self.cleaned_data.get("code", ""))
        if len(code) != CODE_LENGTH:
            raise ValidationError(say("joined.bad_code"))
        return {"server": server, "code": code}


class OrganisationForm(PortalForm):
    """A new organisation and the account of the first person who works for it."""

    refusal = "operator.bad"

    name = TypedField(at_most=120, required=True)
    kind = forms.ChoiceField(choices=[(kind, kind) for kind in Organisation.KINDS])
    email = TypedField(at_most=254, required=True)

    def clean_email(self) -> User:
        """Return whose address it is; refuse one that nobody has."""
        person: User | None = User.objects.filter(email=self.cleaned_data["email"].lower()).first()
        if person is None:
            raise ValidationError(say(self.refusal))
        return person
