"""What can be reached over the network: listening sockets, remote desktops."""

from tojimari.collect.device.linux import sockets, wsl
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceListening, DeviceRemoteDesktop

SEE_SOCKETS = "sudo ss -tulnp"


@collector("linux", sees=(DeviceListening,))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach, with the program behind it.

    In WSL it is Windows that passes connections on, or does not.
    """
    if wsl.inside_windows(host):
        return [missed(DeviceListening, wsl.WINDOWS_DECIDES)]
    return [sockets.look(host, SEE_SOCKETS)]


_REMOTE = {
    "xrdp": "xrdp",
    "xrdp-sesman": "xrdp",
    "gnome-remote-de": "GNOME Remote Desktop",
    "grd-daemon": "GNOME Remote Desktop",
    "krfb": "krfb",
    "krdpserver": "krdp",
    "x11vnc": "x11vnc",
    "Xvnc": "TigerVNC",
    "Xtigervnc": "TigerVNC",
    "x0tigervncserve": "TigerVNC",
    "vino-server": "Vino",
    "wayvnc": "wayvnc",
    "anydesk": "AnyDesk",
    "teamviewerd": "TeamViewer",
    "rustdesk": "RustDesk",
    "chrome-remote-d": "Chrome Remote Desktop",
    "nxserver.bin": "NoMachine",
}


@collector("linux", sees=(DeviceRemoteDesktop,))
def remote_desktop(host: Host) -> list[Seen]:
    """See which programs that show this screen elsewhere are running."""
    products = sorted({_REMOTE[name] for name in running_processes() if name in _REMOTE})
    hidden = {"network_auth": NotSeen("not_on_this_system")} if products else {}
    return [saw(DeviceRemoteDesktop(bool(products), tuple(products), network_auth=None), **hidden)]
