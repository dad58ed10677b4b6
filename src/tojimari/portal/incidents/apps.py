"""Django's handle on this app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Declare the control that the sheet puts in place; take names away with accounts."""
        from tojimari.portal.companies.doing import OwnPage, put_in_place_at
        from tojimari.portal.core.uploads import take_in_memory
        from tojimari.portal.incidents.chain import listen
        from tojimari.report.sheet import SHOWS

        put_in_place_at(SHOWS, OwnPage("incidents:sheet", "sheet.link"))
        listen()
        take_in_memory("incidents:add_evidence")
