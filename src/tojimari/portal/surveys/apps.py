"""Django's handle on this app."""

from django.apps import AppConfig


class SurveysConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.surveys"
    label = "surveys"
