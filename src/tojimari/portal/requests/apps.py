"""Django's handle on this app."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.requests"
    label = "requests"

    def ready(self) -> None:
        """Declare the pages whose files are taken in memory."""
        from tojimari.portal.core.uploads import take_in_memory

        take_in_memory("requests:take_form", "requests:granted_take_form", "requests:add_suppliers")
