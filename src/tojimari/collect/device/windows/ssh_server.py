"""OpenSSH for Windows: its service and its settings."""

from tojimari.collect.device.sshd_config import (
    Connection,
    Line,
    exceptions_by_name,
    parse_sshd_config,
    settings_for,
)
from tojimari.collect.device.windows.registry import (
    CURRENT_VERSION_KEY,
    SERVICES_KEY,
    values_of,
)
from tojimari.collect.host import Denied, Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSshd

_CONFIG = r"ProgramData\ssh\sshd_config"
_NONE = DeviceSshd(
    installed=False, running=False, password_login=None, root_login=None, empty_passwords=None
)


def config_path(host: Host) -> str:
    """Return where the settings lie: ``%ProgramData%`` on the drive that holds Windows."""
    root = values_of(host, CURRENT_VERSION_KEY).text("SystemRoot")
    drive = root[:2] if root[1:2] == ":" else "C:"
    return f"{drive}\\{_CONFIG}"


def _lines(host: Host) -> list[Line]:
    """Return the settings. Files that it includes are not read: nothing is told then.

    Raises Denied, Missing, Nonsense, and ValueError for what sshd would refuse.
    """

    def included(pattern: str) -> list[tuple[str, str]]:
        raise ValueError(f"Include {pattern}")

    return parse_sshd_config(host.read(config_path(host)), included)


@collector("windows", sees=(DeviceSshd,))
def ssh_server(host: Host) -> list[Seen]:
    """Read whether Microsoft's OpenSSH server is there, runs, and takes passwords.

    Windows has no root: administrators enter like everybody else (OpenSSH for Windows,
    "PermitRootLogin" does not apply). Servers of other makers are not looked for.
    """
    if not values_of(host, rf"{SERVICES_KEY}\sshd"):
        return [saw(_NONE)]
    running = host.windows.running("sshd")
    hidden = {"running": NotSeen("not_looked")} if running is None else {}
    try:
        lines = _lines(host)
        settings = settings_for(lines, Connection())
    except Denied as error:
        hidden |= _why_all(NotSeen("no_permission", detail=str(error)))
    except (Unavailable, ValueError) as error:
        hidden |= _why_all(NotSeen("nonsense", detail=str(error)[:200]))
    else:
        password = settings["passwordauthentication"] == "yes"
        found = DeviceSshd(
            installed=True,
            running=running,
            password_login=password,
            root_login="no",
            empty_passwords=password and settings["permitemptypasswords"] == "yes",
            exceptions=exceptions_by_name(
                lines, asked_by=("passwordauthentication",), with_root=False
            ),
        )
        return [saw(found, **hidden)]
    return [saw(DeviceSshd(True, running, None, None, None), **hidden)]


def _why_all(why: NotSeen) -> dict[str, NotSeen]:
    return dict.fromkeys(("password_login", "root_login", "empty_passwords"), why)
