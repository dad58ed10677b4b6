"""Django's handle on this app."""

from django.apps import AppConfig


class ChainsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.chains"
    label = "chains"
