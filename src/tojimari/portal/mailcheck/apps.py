"""Django's handle on this app."""

from django.apps import AppConfig


class MailcheckConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.mailcheck"
    label = "mailcheck"

    def ready(self) -> None:
        """A mail that is handed in is taken in memory."""
        from tojimari.portal.core.uploads import take_in_memory

        take_in_memory("mailcheck:mail", "mailcheck:share")
