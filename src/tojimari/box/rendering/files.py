"""All files of a box."""

from tojimari.box.rendering.clock import time_files
from tojimari.box.rendering.dhcp import dhcp_files
from tojimari.box.rendering.dns import dns_files
from tojimari.box.rendering.downloads import download_files
from tojimari.box.rendering.file import Places, RenderedFile
from tojimari.box.rendering.firewall import firewall_files
from tojimari.box.rendering.intrusion import intrusion_files
from tojimari.box.rendering.ports import ports_files
from tojimari.box.rendering.units import unit_files
from tojimari.box.rendering.updates import update_files
from tojimari.box.settings import Settings


def rendered(settings: Settings, places: Places) -> dict[str, RenderedFile]:
    """Return every file by its place, in the order in which they are put there."""
    made = [
        *ports_files(settings),
        *firewall_files(settings),
        *dns_files(settings, places),
        *dhcp_files(settings),
        *time_files(settings),
        *intrusion_files(settings, places),
        *download_files(settings, places),
        *update_files(settings),
        *unit_files(settings, places),
    ]
    return {one.path: one for one in made}
