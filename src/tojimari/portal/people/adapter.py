"""allauth's decisions that are ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up on a computer that serves only its own owner."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether new accounts may be made."""
        return not settings.LOCAL
