"""The sign-in form, and what a person's own page takes in."""

from allauth.account.forms import LoginForm
from django import forms

from tojimari.portal.forms import NameField, PortalForm, TypedField
from tojimari.portal.people.models import SCOPES

TOKEN_DAYS = (30, 90, 365)
USUAL_DAYS = 90


class SignInForm(LoginForm):
    """With a password it signs in at once; without one a code comes by mail."""

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False


class PersonForm(PortalForm):
    """A person's name."""

    name = NameField(at_most=100)


class TokenForm(PortalForm):
    """An API token to be made: its name, what it may do, for how many days."""

    refusal = "token.bad"

    name = TypedField(at_most=60, required=True)
    scope = forms.MultipleChoiceField(choices=[(scope, scope) for scope in SCOPES])
    days = forms.TypedChoiceField(
        required=False, choices=[(n, n) for n in TOKEN_DAYS], coerce=int, empty_value=USUAL_DAYS
    )
