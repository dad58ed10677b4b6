"""Django's handle on this app."""

from django.apps import AppConfig


class SupportersConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.supporters"
    label = "supporters"
