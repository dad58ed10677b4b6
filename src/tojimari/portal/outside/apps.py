"""Django's handle on this app."""

from django.apps import AppConfig


class OutsideConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.outside"
    label = "outside"

    def ready(self) -> None:
        """Register what the doctor looks at."""
        from tojimari.portal.outside import checks  # noqa: F401
