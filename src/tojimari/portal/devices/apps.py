"""Django's handle on this app."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.devices"
    label = "devices"

    def ready(self) -> None:
        """Register what the doctor looks at."""
        from tojimari.portal.devices import checks  # noqa: F401
