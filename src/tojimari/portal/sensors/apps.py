"""Django's handle on this app."""

from django.apps import AppConfig


class SensorsConfig(AppConfig):
    """Registers the app under its short name."""

    name = "tojimari.portal.sensors"
    label = "sensors"

    def ready(self) -> None:
        """Follow what devices report, and say a line on the weekly page."""
        from tojimari.portal.companies.weekly_lines import weekly_lines_come_from
        from tojimari.portal.devices.followers import Follower, followed_by
        from tojimari.portal.sensors.boxes import box_forgotten, box_heard
        from tojimari.portal.sensors.hearing import forgotten, heard
        from tojimari.portal.sensors.knocks import knocks_forgotten, knocks_heard
        from tojimari.portal.sensors.showing import weekly_line

        followed_by(Follower(heard, forgotten))
        followed_by(Follower(box_heard, box_forgotten))
        followed_by(Follower(knocks_heard, knocks_forgotten))
        weekly_lines_come_from(weekly_line)
