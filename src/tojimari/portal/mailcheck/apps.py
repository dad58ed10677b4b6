"""Django's handle on this app."""

from django.apps import AppConfig


class MailcheckConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.mailcheck"
    label = "mailcheck"
