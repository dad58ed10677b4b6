"""unattended-upgrades: security updates of the box itself, within a window."""

from collections.abc import Iterator

from tojimari.box.rendering.file import RenderedFile, heading
from tojimari.box.settings import Settings

CONFIG = "/etc/apt/apt.conf.d/60tojimari-box"
WINDOW_HOURS = 1
"""From when updates are put in until a start that they need."""
_TIMER = "/etc/systemd/system/apt-daily-upgrade.timer.d/tojimari-box.conf"


def update_files(settings: Settings) -> Iterator[RenderedFile]:
    """Return apt's configuration and when it is used."""
    updates = settings.updates
    if updates is None:
        return
    rows = [
        'APT::Periodic::Update-Package-Lists "1";',
        'APT::Periodic::Unattended-Upgrade "1";',
        'Unattended-Upgrade::Origins-Pattern:: "origin=Debian,codename=${distro_codename}-security,label=Debian-Security";',
        f'Unattended-Upgrade::Automatic-Reboot "{"true" if updates.reboot else "false"}";',
        # Never "now": a box that was off at night catches up as soon as it is on, while people work.
        f'Unattended-Upgrade::Automatic-Reboot-Time "{_window_end(updates.at)}";',
    ]
    yield RenderedFile(CONFIG, heading("//") + "\n".join(rows) + "\n", "updates")
    timer = (
        f"{heading()}[Timer]\nOnCalendar=\nOnCalendar=*-*-* {updates.at}\nRandomizedDelaySec=10m\n"
    )
    yield RenderedFile(_TIMER, timer, "updates")


def _window_end(at: str) -> str:
    """Return the time of day, as HH:MM, at which the window ends that begins at ``at``."""
    hour, minute = at.split(":")
    return f"{(int(hour) + WINDOW_HOURS) % 24:02}:{minute}"
