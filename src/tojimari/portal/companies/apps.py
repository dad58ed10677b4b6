"""Django's handle on this app."""

from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.companies"
    label = "companies"
