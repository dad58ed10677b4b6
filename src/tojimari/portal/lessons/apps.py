"""Django's handle on this app."""

from django.apps import AppConfig


class LessonsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.lessons"
    label = "lessons"

    def ready(self) -> None:
        """Declare the page that puts the controls of learning in place."""
        from tojimari.portal.companies.doing import OwnPage, put_in_place_at
        from tojimari.portal.words import catalog

        for control in catalog().learning:
            put_in_place_at(control, OwnPage("lessons:lessons", "lessons.take_one"))
