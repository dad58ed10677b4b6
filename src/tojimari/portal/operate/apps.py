"""Django's handle on this app."""

from django.apps import AppConfig


class OperateConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.operate"
    label = "operate"
