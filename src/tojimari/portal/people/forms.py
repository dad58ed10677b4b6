"""The sign-in form: a mail address is enough; a password is for those who set one."""

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """With a password it signs in at once; without one a code comes by mail."""

    def _setup_password_field(self) -> None:
        self.fields["password"].required = False
