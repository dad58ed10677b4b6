"""allauth's decisions that are ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from tojimari.portal.words import say


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up on a computer that serves only its own owner."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether new accounts may be made."""
        return not settings.LOCAL

    def format_email_subject(self, subject: str) -> str:
        """Return the subject with our name in front, in the reader's language."""
        return f"{say('mail.prefix')}{subject}"
