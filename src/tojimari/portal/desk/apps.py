"""Django's handle on this app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.desk"
    label = "desk"
