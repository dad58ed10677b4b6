"""Django's handle on this app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Declare the control that the sheet puts in place."""
        from tojimari.portal.companies.doing import OwnPage, put_in_place_at
        from tojimari.portal.incidents.sheet import SHOWS

        put_in_place_at(SHOWS, OwnPage("incidents:sheet", "sheet.link"))
