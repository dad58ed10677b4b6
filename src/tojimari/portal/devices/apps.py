"""Django's handle on this app."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.devices"
    label = "devices"

    def ready(self) -> None:
        """Register what the doctor looks at, and say a line on the weekly page."""
        from tojimari.portal.companies.weekly_lines import weekly_lines_come_from
        from tojimari.portal.devices import checks  # noqa: F401
        from tojimari.portal.devices.news import weekly_line

        weekly_lines_come_from(weekly_line)
