"""Django's handle on this app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.incidents"
    label = "incidents"
