"""Whether the machine logs somebody in by itself: display managers, and getty on a console."""

import re
from collections.abc import Iterable

from tojimari.collect.device.linux import units
from tojimari.collect.device.linux.key_files import Setting, last_value, read_key_files
from tojimari.collect.host import Host, Unavailable

_YES = ("true", "1", "yes")
_LIGHTDM = (
    "/usr/share/lightdm/lightdm.conf.d/*.conf",
    "/etc/xdg/lightdm/lightdm.conf.d/*.conf",
    "/etc/lightdm/lightdm.conf.d/*.conf",
    "/etc/lightdm/lightdm.conf",
)
_SDDM = (
    ("/usr/lib/sddm/sddm.conf.d/*.conf", "/etc/sddm.conf.d/*.conf", "/etc/sddm.conf"),
    (
        "/usr/lib/plasmalogin/defaults.conf",
        "/etc/plasmalogin.conf.d/*.conf",
        "/etc/plasmalogin.conf",
    ),
)
_UNIT_FOLDERS = (
    "/usr/lib/systemd/system",
    "/usr/local/lib/systemd/system",
    "/run/systemd/system",
    "/etc/systemd/system",
)
_GETTY_UNITS = ("getty", "serial-getty", "console-getty", "container-getty", "autovt")


# Display managers by the names of their units, as far as their settings are read here.
_MANAGERS = frozenset(
    {
        *("gdm", "gdm3", "lightdm", "sddm", "plasmalogin", "lxdm", "tdm", "kdm", "greetd", "ly"),
        *("emptty", "slim", "nodm"),
    }
)


def display_manager(host: Host) -> str:
    """Return the name of the display manager in use ("gdm", "sddm"); "" where it is not known.

    systemd's link says it, Debian's note where there is no systemd. Settings of one that was used
    before often stay behind.
    """
    link = host.path("/etc/systemd/system/display-manager.service")
    try:
        path = str(link.readlink())
    except OSError:
        try:
            path = host.read("/etc/X11/default-display-manager").strip()
        except Unavailable:
            return ""
    name = re.sub(r"(?:@\w+)?\.service$", "", path.rsplit("/", 1)[-1])
    return name if name in _MANAGERS else ""


def logs_in_by_itself(host: Host) -> bool:
    """Return whether a person or root is logged in without a password, at once or after a while."""
    manager = display_manager(host)

    def used(*names: str) -> bool:
        return manager in ("", *names)

    return (
        (used("gdm", "gdm3") and _gdm(host))
        or (used("lightdm") and _lightdm(host))
        or (
            used("sddm", "plasmalogin")
            and any(_filled(read_key_files(host, *files), "Autologin", "User") for files in _SDDM)
        )
        or (used(*_MANAGERS - {"gdm", "gdm3", "lightdm", "sddm"}) and _other_managers(host))
        or _any_line(host, ["/etc/sysconfig/displaymanager"], _OF_SUSE)
        or _asked_for_no_password(host)
        or _getty(host)
        or _session_units(host)
        or _console_tables(host)
    )


# PAM's services of log-in screens, and what they include.
_SCREENS = (
    *("gdm-password", "lightdm", "sddm", "lxdm", "plasmalogin", "greetd", "login"),
    *("common-auth", "system-auth"),
)
_ENOUGH = r"^\s*auth\s+(?:sufficient|\[[^\]]*success=done[^\]]*\])\s+"


def _asked_for_no_password(host: Host) -> bool:
    """Return whether a log-in screen lets somebody in who only chooses a name.

    So it does with members of the group "nopasswdlogin", where PAM is told to, as Ubuntu's is.
    """
    try:
        groups = [line.split(":") for line in host.read("/etc/group").splitlines()]
    except Unavailable:
        groups = []
    filled = {parts[0] for parts in groups if len(parts) == 4 and parts[3].strip()}
    for service in _SCREENS:
        try:
            text = host.read(f"/etc/pam.d/{service}")
        except Unavailable:
            continue
        if re.search(_ENOUGH + r"\S*pam_permit\.so\b", text, re.MULTILINE):
            return True
        rules = re.findall(
            _ENOUGH + r"\S*pam_succeed_if\.so\b.*\bingroup\s+(\S+)", text, re.MULTILINE
        )
        if filled & set(rules):
            return True
    return False


_OF_SUSE = r"^\s*DISPLAYMANAGER_AUTOLOGIN=[\"']?[^\s\"'#]"


def guest_may_log_in(host: Host) -> bool:
    """Return whether LightDM offers a guest session."""
    return display_manager(host) in ("", "lightdm") and any(
        value.lower() in _YES for value in _of_seats(read_key_files(host, *_LIGHTDM), "allow-guest")
    )


def _filled(settings: list[Setting], section: str, key: str) -> bool:
    return last_value(settings, section, key).strip("\"'") != ""


def _gdm(host: Host) -> bool:
    """GDM logs in at once or after a delay (timed login), where a name is given for it."""
    for folder in ("/etc/gdm3", "/etc/gdm"):
        for name in ("daemon.conf", "custom.conf"):
            settings = read_key_files(host, f"{folder}/{name}")
            for way in ("AutomaticLogin", "TimedLogin"):
                on = last_value(settings, "daemon", f"{way}Enable").lower() in _YES
                if on and _filled(settings, "daemon", way):
                    return True
    return False


def _of_seats(settings: list[Setting], key: str) -> list[str]:
    """Return the last value of a key for each section that sets up seats."""
    seats = dict.fromkeys(
        s.section for s in settings if s.section == "SeatDefaults" or s.section.startswith("Seat:")
    )
    return [last_value(settings, seat, key) for seat in seats]


def _lightdm(host: Host) -> bool:
    settings = read_key_files(host, *_LIGHTDM)
    return any(_of_seats(settings, "autologin-user")) or any(
        value.lower() in _YES for value in _of_seats(settings, "autologin-guest")
    )


def _other_managers(host: Host) -> bool:
    lxdm = read_key_files(host, "/etc/lxdm/default.conf", "/etc/lxdm/lxdm.conf")
    tdm = read_key_files(host, "/etc/trinity/tdm/tdmrc", "/etc/kde*/kdm/kdmrc")
    return (
        _filled(lxdm, "base", "autologin")
        or any(s.key == "AutoLoginEnable" and s.value.lower() in _YES for s in tdm)
        # greetd starts its initial session without asking, once after each start.
        or any(
            _filled(read_key_files(host, path), "initial_session", "command")
            for path in host.glob("/etc/greetd/*.toml")
        )
        or any(
            s.key == "auto_login_user" and s.value not in ("", "null")
            for s in read_key_files(host, "/etc/ly/config.ini")
        )
        or any(
            s.key == "AUTOLOGIN" and s.value.lower() in _YES
            for s in read_key_files(host, "/etc/emptty/conf")
        )
        or _any_line(host, ["/etc/slim.conf"], r"^\s*auto_login\s+yes\b")
        or _any_line(host, ["/etc/default/nodm"], r"^\s*NODM_ENABLED=[\"']?(?:true|yes|1)\b")
    )


def _any_line(host: Host, paths: Iterable[str], pattern: str) -> bool:
    for path in paths:
        try:
            if re.search(pattern, host.read(path), re.MULTILINE):
                return True
        except Unavailable:
            continue
    return False


_AUTOLOGIN = re.compile(r"(?:getty\b.*\s(?:--autologin|-a)[=\s]*\S|\blogin\s.*-f\s+\S)")


def _getty(host: Host) -> bool:
    """As systemd reads units: drop-ins by name over the unit, an empty ExecStart= begins anew."""
    names = {
        path.rsplit("/", 1)[1].removesuffix(".d")
        for folder in _UNIT_FOLDERS
        for unit in _GETTY_UNITS
        for pattern in (f"{folder}/{unit}@*.service", f"{folder}/{unit}.service")
        for path in [*host.glob(pattern), *host.glob(f"{pattern}.d")]
    }
    for name in names:
        whole = [
            [f"{folder}/{unit}" for folder in reversed(_UNIT_FOLDERS)] for unit in _templates(name)
        ]
        files = _first_there(host, whole)
        dropins: dict[str, str] = {}
        for unit in reversed(_templates(name)):
            for folder in _UNIT_FOLDERS:
                for path in host.glob(f"{folder}/{unit}.d/*.conf"):
                    dropins[path.rsplit("/", 1)[1]] = path
        files += [path for _, path in sorted(dropins.items())]
        commands: list[str] = []
        for setting in read_key_files(host, *files):
            if (setting.section, setting.key) == ("Service", "ExecStart"):
                commands = [*commands, setting.value] if setting.value else []
        if any(_AUTOLOGIN.search(command) for command in commands):
            return True
    return False


def _session_units(host: Host) -> bool:
    """Return whether a unit that is switched on opens a person's session on a screen by itself.

    So kiosks do (cage@.service): PAM opens the session, and a terminal is the unit's own.
    """
    names = {
        path.rsplit("/", 1)[1]
        for folder in units.FOLDERS
        for target in ("graphical", "multi-user", "default")
        for path in host.glob(f"{folder}/{target}.target.wants/*.service")
    }
    for name in names | {"display-manager.service"}:
        if units.masked(host, name):
            continue
        text = "\n".join(units.text_of(host, unit) for unit in reversed(_templates(name)))
        own = {key: units.setting(text, key)[-1:] for key in ("PAMName", "TTYPath", "User")}
        if all(own.values()):
            return True
    return False


def _templates(name: str) -> list[str]:
    """Return a unit's own name and that of the template it is made from."""
    template = re.sub(r"@.+\.service$", "@.service", name)
    return list(dict.fromkeys([name, template]))


def _first_there(host: Host, places: list[list[str]]) -> list[str]:
    """Return the one file a unit is made from: its own before its template's, /etc before /usr."""
    for paths in places:
        for path in paths:
            try:
                host.read(path)
            except Unavailable:
                continue
            return [path]
    return []


def _console_tables(host: Host) -> bool:
    """Other ways to start a console, and the root shell that systemd keeps for debugging."""
    tables = ["/etc/inittab", *host.glob("/etc/init/tty*.conf")]
    options = [
        *host.glob("/etc/conf.d/agetty*"),
        *host.glob("/etc/sv/agetty-*/conf"),
        *host.glob("/etc/sv/agetty-*/run"),
    ]
    return (
        _any_line(host, tables, r"^[^#\n]*getty\b[^\n]*\s(?:--autologin|-a)[=\s]*\S")
        or _any_line(host, options, r"^[^#\n]*(?:--autologin|\s-a)[=\s]+\S")
        or bool(host.glob("/etc/credstore*/agetty.autologin"))
        or bool(host.glob("/etc/systemd/system/*.target.wants/debug-shell.service"))
    )
