"""Doors to the network: listening sockets, SSH server, remote desktops."""

from tojimari.collect.device import sockets
from tojimari.collect.device.linux.antimalware import running_processes
from tojimari.collect.host import Host, Missing
from tojimari.collect.look import Seen, collector
from tojimari.model import NotSeen

SEE_SOCKETS = "sudo ss -tulnp"


@collector("linux", sees=("device.listening",))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach, with the program behind it."""
    return [sockets.listening(SEE_SOCKETS)]


def parse_sshd(text: str) -> dict[str, str]:
    """Return the settings ``sshd -T`` prints, one "key value" a line; the first one counts."""
    settings: dict[str, str] = {}
    for line in text.splitlines():
        key, space, value = line.strip().partition(" ")
        if space:
            settings.setdefault(key.lower(), value.strip())
    return settings


@collector("linux", sees=("device.sshd",))
def sshd(host: Host) -> list[Seen]:
    """Ask sshd itself for the effective settings, includes and defaults applied."""
    config = "/etc/ssh/sshd_config"
    nothing = dict.fromkeys(("password_login", "root_login", "empty_passwords"))
    if host.which("sshd") is None or not host.exists(config):
        return [Seen("device.sshd", {"installed": False, "running": False, **nothing})]
    # With socket activation (ssh.socket) no sshd runs until somebody connects.
    waiting = any(
        host.exists(f"/etc/systemd/system/sockets.target.wants/{unit}")
        for unit in ("ssh.socket", "sshd.socket")
    )
    running = waiting or "sshd" in running_processes()
    argv = ["sshd", "-T", "-f", str(host.path(config))]
    try:
        said = host.run(argv)
    except Missing:
        return [Seen("device.sshd", {"installed": False, "running": False, **nothing})]
    settings = parse_sshd(said.out)
    if said.code != 0 or "passwordauthentication" not in settings:
        why = NotSeen("no_permission", see_with="sudo sshd -T", detail=said.err[:200])
        return [
            Seen(
                "device.sshd",
                {"installed": True, "running": running, **nothing},
                partly_not_seen=dict.fromkeys(nothing, why),
            )
        ]
    root = settings.get("permitrootlogin", "").replace("without-password", "prohibit-password")
    keyboard = settings.get("kbdinteractiveauthentication") == "yes"
    pam = settings.get("usepam") == "yes"
    known = root in ("yes", "no", "prohibit-password", "forced-commands-only")
    return [
        Seen(
            "device.sshd",
            {
                "installed": True,
                "running": running,
                # Keyboard-interactive through PAM asks for the very same password.
                "password_login": settings["passwordauthentication"] == "yes" or (keyboard and pam),
                "root_login": root if known else None,
                "empty_passwords": settings.get("permitemptypasswords") == "yes",
            },
            partly_not_seen={} if known else {"root_login": NotSeen("nonsense")},
        )
    ]


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


@collector("linux", sees=("device.remote_desktop",))
def remote_desktop(host: Host) -> list[Seen]:
    """See which programs that show this screen elsewhere are running."""
    products = sorted({_REMOTE[name] for name in running_processes() if name in _REMOTE})
    return [
        Seen(
            "device.remote_desktop",
            {"enabled": bool(products), "products": products, "network_auth": None},
            partly_not_seen={"network_auth": NotSeen("not_on_this_system")} if products else {},
        )
    ]
