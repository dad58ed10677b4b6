"""Django's handle on this app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.desk"
    label = "desk"

    def ready(self) -> None:
        """Declare the pages whose files are taken in memory: they are written down sealed only."""
        from tojimari.portal.core.uploads import take_in_memory

        take_in_memory("desk:ask", "desk:own_write", "desk:answer")
