"""Django's handle on this app."""

from django.apps import AppConfig


class DrillsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.drills"
    label = "drills"

    def ready(self) -> None:
        """Declare how a mail of a drill is recognised, who takes its answers, and files of groups."""
        from tojimari.portal.core.uploads import take_in_memory
        from tojimari.portal.drills import intake  # noqa: F401  # it declares who takes mail
        from tojimari.portal.drills.recognition import recognised
        from tojimari.portal.mailcheck.exercises import exercises_come_from

        exercises_come_from(recognised)
        take_in_memory("drills:import_people", "drills:import_template")
