"""Django's handle on this app."""

from django.apps import AppConfig


class MailinConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.mailin"
    label = "mailin"
