"""Django's handle on this app."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.requests"
    label = "requests"

    def ready(self) -> None:
        """Declare files taken in memory, what the page of sharing shows, and how things stand."""
        from tojimari.portal.core.uploads import take_in_memory
        from tojimari.portal.requests.showing import handed_out
        from tojimari.portal.requests.standing import of_forms, of_requests
        from tojimari.portal.supporters.handed_out import handed_out_come_from
        from tojimari.portal.supporters.standings import standing_comes_from

        handed_out_come_from(handed_out)
        take_in_memory("requests:take_form", "requests:granted_take_form", "requests:add_suppliers")
        standing_comes_from("requests:company_requests", of_requests)
        standing_comes_from("requests:forms", of_forms)
