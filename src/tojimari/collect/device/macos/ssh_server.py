"""Remote Login: the OpenSSH server that comes with macOS."""

from tojimari.collect.device.macos.places import SHARING
from tojimari.collect.device.macos.services import enabled
from tojimari.collect.device.sshd_config import (
    ROOT_LOGIN,
    Connection,
    Line,
    exceptions_by_name,
    parse_sshd_config,
    settings_for,
)
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSshd

CONFIG = "/etc/ssh/sshd_config"
_LABEL, _FILE = "com.openssh.sshd", "ssh.plist"
_BY_PASSWORD = ("passwordauthentication", "kbdinteractiveauthentication")


def config_lines(host: Host) -> list[Line]:
    """Return the settings and those they include. Raises Denied, Missing, Nonsense, ValueError."""

    def included(pattern: str) -> list[tuple[str, str]]:
        path = pattern if pattern.startswith("/") else f"/etc/ssh/{pattern}"
        return [(name, host.read(name)) for name in host.glob(path)]

    return parse_sshd_config(host.read(CONFIG), included)


def _takes_passwords(settings: dict[str, str]) -> bool:
    """Whether a password is taken, also when it is asked for through PAM."""
    by_keyboard = settings["kbdinteractiveauthentication"] == "yes" and settings["usepam"] == "yes"
    return settings["passwordauthentication"] == "yes" or by_keyboard


@collector("macos", sees=(DeviceSshd,))
def ssh_server(host: Host) -> list[Seen]:
    """Say whether Remote Login is on and takes passwords; servers of others are not looked for.

    Raises as ``Host.run``.
    """
    on = enabled(host, _LABEL, _FILE)
    if on is None:
        return [missed(DeviceSshd, NotSeen("not_told", see_with=SHARING, detail=_FILE))]
    bare = DeviceSshd(True, on, None, None, None)
    if not on:
        return [saw(bare)]
    try:
        lines = config_lines(host)
        settings = settings_for(lines, Connection())
        exceptions = exceptions_by_name(lines, asked_by=_BY_PASSWORD, with_root=True)
    except (Unavailable, ValueError) as error:
        why = NotSeen("nonsense", detail=str(error)[:200])
        return [saw(bare, password_login=why, root_login=why, empty_passwords=why)]
    password = _takes_passwords(settings)
    return [
        saw(
            DeviceSshd(
                installed=True,
                running=on,
                password_login=password,
                root_login=ROOT_LOGIN[settings["permitrootlogin"]],
                empty_passwords=password and settings["permitemptypasswords"] == "yes",
                exceptions=exceptions,
            )
        )
    ]
