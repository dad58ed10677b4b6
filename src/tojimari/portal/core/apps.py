"""Django's handle on this app, and the finding of what the other apps declare."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

DECLARED_IN = ("rights", "notices", "jobs", "periodic", "holds")
"""Modules of an app in which it declares rights, kinds of notices, jobs, periodic work, and what is
held back after an older backup was restored."""


class CoreConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.core"
    label = "core"

    def ready(self) -> None:
        """Import what every installed app declares."""
        autodiscover_modules(*DECLARED_IN)
