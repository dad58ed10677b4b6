"""Django's handle on this app."""

from django.apps import AppConfig


class ChainsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.chains"
    label = "chains"

    def ready(self) -> None:
        """Tell the page of what a company shows how many suppliers it named."""
        from tojimari.portal.chains.company_pages import standing
        from tojimari.portal.supporters.standings import standing_comes_from

        standing_comes_from("chains:own_chain", standing)
