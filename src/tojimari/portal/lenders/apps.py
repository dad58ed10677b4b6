"""Django's handle on this app."""

from django.apps import AppConfig


class LendersConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.lenders"
    label = "lenders"

    def ready(self) -> None:
        """Declare the page that takes a file."""
        from tojimari.portal.core.uploads import take_in_memory

        take_in_memory("lenders:take_policy")
