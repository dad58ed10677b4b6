"""unattended-upgrades: security updates of the box itself, within a window."""

from collections.abc import Iterator

from tojimari.box.rendering.file import RenderedFile, heading
from tojimari.box.settings import Settings

CONFIG = "/etc/apt/apt.conf.d/60tojimari-box"
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
        'Unattended-Upgrade::Automatic-Reboot-Time "now";',
    ]
    yield RenderedFile(CONFIG, heading("//") + "\n".join(rows) + "\n", "updates")
    timer = (
        f"{heading()}[Timer]\nOnCalendar=\nOnCalendar=*-*-* {updates.at}\nRandomizedDelaySec=10m\n"
    )
    yield RenderedFile(_TIMER, timer, "updates")
