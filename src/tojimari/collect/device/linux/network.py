"""What can be reached over the network: listening sockets, SSH server, remote desktops."""

from typing import Literal

from tojimari.collect.device import sockets
from tojimari.collect.device.linux import wsl
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.host import Host, Missing
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceListening, DeviceRemoteDesktop, DeviceSshd

SEE_SOCKETS = "sudo ss -tulnp"


@collector("linux", sees=(DeviceListening,))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach, with the program behind it.

    In WSL it is Windows that passes connections on, or does not.
    """
    if wsl.inside_windows(host):
        return [missed(DeviceListening, wsl.WINDOWS_DECIDES)]
    return [sockets.listening(SEE_SOCKETS)]


def parse_sshd(text: str) -> dict[str, str]:
    """Return the settings ``sshd -T`` prints, one "key value" a line; the first one counts."""
    settings: dict[str, str] = {}
    for line in text.splitlines():
        key, space, value = line.strip().partition(" ")
        if space:
            settings.setdefault(key.lower(), value.strip())
    return settings


RootLogin = Literal["yes", "no", "prohibit-password", "forced-commands-only"]
_ROOT_LOGIN: dict[str, RootLogin] = {
    "yes": "yes",
    "no": "no",
    "prohibit-password": "prohibit-password",
    "without-password": "prohibit-password",  # its former name
    "forced-commands-only": "forced-commands-only",
}


@collector("linux", sees=(DeviceSshd,))
def sshd(host: Host) -> list[Seen]:
    """Ask sshd itself for the effective settings, includes and defaults applied."""
    config = "/etc/ssh/sshd_config"
    if host.which("sshd") is None or not host.exists(config):
        return [saw(_sshd(installed=False, running=False))]
    # With socket activation (ssh.socket) no sshd runs until somebody connects.
    waiting = any(
        host.exists(f"/etc/systemd/system/sockets.target.wants/{unit}")
        for unit in ("ssh.socket", "sshd.socket")
    )
    running = waiting or "sshd" in running_processes()
    argv = ["sshd", "-T", "-f", str(host.path(config))]
    try:
        output = host.run(argv)
    except Missing:
        return [saw(_sshd(installed=False, running=False))]
    settings = parse_sshd(output.out)
    if output.code != 0 or "passwordauthentication" not in settings:
        why = NotSeen("no_permission", see_with="sudo sshd -T", detail=output.err[:200])
        fact = _sshd(installed=True, running=running)
        return [saw(fact, password_login=why, root_login=why, empty_passwords=why)]
    keyboard = settings.get("kbdinteractiveauthentication") == "yes"
    pam = settings.get("usepam") == "yes"
    root_login = _ROOT_LOGIN.get(settings.get("permitrootlogin", ""))
    fact = DeviceSshd(
        installed=True,
        running=running,
        # Keyboard-interactive through PAM asks for the very same password.
        password_login=settings["passwordauthentication"] == "yes" or (keyboard and pam),
        root_login=root_login,
        empty_passwords=settings.get("permitemptypasswords") == "yes",
    )
    return [saw(fact, **({} if root_login else {"root_login": NotSeen("nonsense")}))]


def _sshd(*, installed: bool, running: bool) -> DeviceSshd:
    """Return the fact without the settings: there are none, or they were not seen."""
    return DeviceSshd(installed, running, None, None, None)


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
