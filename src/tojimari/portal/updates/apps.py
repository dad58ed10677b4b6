"""Django's handle on this app."""

from typing import Any

from django.apps import AppConfig


class UpdatesConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.updates"
    label = "updates"

    def ready(self) -> None:
        """Hand tasks out with what devices are answered, and register what the doctor looks at."""
        from allauth.account.signals import email_changed

        from tojimari.portal.devices.errands import errands_come_from
        from tojimari.portal.updates import checks  # noqa: F401
        from tojimari.portal.updates.delivery import SOURCE

        errands_come_from(SOURCE)
        email_changed.connect(_address_changed, dispatch_uid="updates_address")


def _address_changed(user: Any, **_: Any) -> None:
    from tojimari.portal.updates.fresh import note_address

    note_address(user)
