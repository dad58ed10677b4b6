"""Django's handle on this app."""

from django.apps import AppConfig


class OperateConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.operate"
    label = "operate"

    def ready(self) -> None:
        """Register what the doctor looks at."""
        from tojimari.portal.operate import checks  # noqa: F401
