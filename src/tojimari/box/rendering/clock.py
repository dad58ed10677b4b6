"""chrony: the box's own clock, and the time for the devices behind it."""

from collections.abc import Iterator

from tojimari.box.rendering.file import RenderedFile, heading
from tojimari.box.settings import Settings

CONFIG = "/etc/chrony/conf.d/tojimari-box.conf"


def time_files(settings: Settings) -> Iterator[RenderedFile]:
    """Return what is added to the system's own configuration of chrony."""
    if settings.time is None:
        return
    lines = [f"server {name} iburst" for name in settings.time.servers]
    for network in settings.networks.values():
        lines.append(f"allow {network.own_ipv4.network}")
        if network.own_ipv6:
            lines.append(f"allow {network.own_ipv6.network}")
    # A small computer may have no battery for its clock: any jump is put right at the start.
    lines.append("makestep 1 3")
    yield RenderedFile(CONFIG, heading() + "\n".join(lines) + "\n", "time")
