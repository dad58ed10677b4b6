"""The sign-in form: a mail address is enough; a password is for those who set one."""

from allauth.account.forms import LoginForm

from tojimari.portal.words import say


class SignInForm(LoginForm):
    """With a password it signs in at once; without one a code comes by mail."""

    def _setup_password_field(self) -> None:
        field = self.fields["password"]
        field.required = False
        field.label = say("sign_in.password")
        field.help_text = say("sign_in.password_help")
