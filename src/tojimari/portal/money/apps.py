"""Django's handle on this app."""

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.money"
    label = "money"

    def ready(self) -> None:
        """Declare the programmes it knows for a company, and the page that takes a file."""
        from tojimari.portal.companies.aid import programmes_come_from
        from tojimari.portal.core.uploads import take_in_memory
        from tojimari.portal.money.programmes import programmes_for

        programmes_come_from(programmes_for)
        take_in_memory("money:take_programmes")
