"""Django's handle on this app."""

from django.apps import AppConfig


class LendersConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.lenders"
    label = "lenders"

    def ready(self) -> None:
        """Declare the page that takes a file, and how the company's page of lenders stands."""
        from tojimari.portal.core.uploads import take_in_memory
        from tojimari.portal.lenders.company_pages import standing
        from tojimari.portal.supporters.standings import standing_comes_from

        take_in_memory("lenders:take_policy")
        standing_comes_from("lenders:own_loans", standing)
