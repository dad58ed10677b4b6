"""Django's handle on this app."""

from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.devices"
    label = "devices"
