"""Django's handle on this app."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.experts"
    label = "experts"

    def ready(self) -> None:
        """Declare the pages of an expert among the places a person may go to first."""
        from tojimari.portal.companies.rooms import rooms_come_from
        from tojimari.portal.experts.profiles import rooms_of_expert

        rooms_come_from(rooms_of_expert)
