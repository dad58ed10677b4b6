"""Django's handle on this app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.people"
    label = "people"
