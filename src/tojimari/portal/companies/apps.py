"""Django's handle on this app."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.companies"
    label = "companies"

    def ready(self) -> None:
        """Register what the doctor looks at."""
        from tojimari.portal.companies import checks  # noqa: F401
