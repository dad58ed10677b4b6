"""What a machine runs by itself: cron's tables, scripts, services that timers start."""

import glob
import re

from tojimari.collect.device.linux import units
from tojimari.collect.device.linux.config_text import read_beginning, without_comments
from tojimari.collect.host import Host

ScheduledTexts = list[tuple[str, str]]
"""(path, text) of what may run by itself."""
_CRON = (
    "/etc/crontab",
    "/etc/anacrontab",
    "/etc/cron.d/*",
    "/etc/cron.hourly/*",
    "/etc/cron.daily/*",
    "/etc/cron.weekly/*",
    "/etc/cron.monthly/*",
    "/etc/periodic/*/*",
    "/var/spool/cron/crontabs/*",
    "/var/spool/cron/*",
)


def _unit_folders(home: str) -> tuple[str, ...]:
    """Return where units of one person's own manager live."""
    return (f"{home}/.config/systemd/user", "/etc/systemd/user", "/usr/lib/systemd/user")


def scheduled_texts(host: Host, homes: list[str]) -> ScheduledTexts:
    """Return (path, text) of everything that may run by itself: cron tables, scripts, units.

    To a text belong the scripts it starts, and to a service the files that add to it.
    """
    paths = [path for pattern in _CRON for path in host.glob(pattern)]
    paths += host.glob(f"{units.ETC}/*.service")
    for service in sorted(units.started_by_timers(host)):
        places = [f"{folder}/{service}" for folder in units.FOLDERS]
        paths += [path for path in places if path not in paths and host.exists(path)][:1]
    for home in homes:
        paths += host.glob(f"{_unit_folders(home)[0]}/*.service")
    found: ScheduledTexts = []
    for path in paths:
        added = host.glob(f"{glob.escape(path)}.d/*.conf") if path.endswith(".service") else []
        text = "\n".join(without_comments(read_beginning(host, one)) for one in (path, *added))
        if text.strip():
            found.append((path, text + _scripts(host, text)))
    return found


# Where programs of the system lie; they are not what somebody wrote to make backups.
_PROGRAMS = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/lib/", "/dev/", "/proc/")


def _scripts(host: Host, text: str) -> str:
    """Return the text of the scripts that a cron table, a script or a unit names."""
    names = dict.fromkeys(re.findall(r"(?<![\w.:/])/[\w./+@-]{2,200}", text))
    found = [
        without_comments(script)
        for name in [one for one in names if not one.startswith(_PROGRAMS)][:10]
        if (script := read_beginning(host, name)).startswith("#!")
    ]
    return "".join(f"\n{script}" for script in found)


def runs_by_itself(host: Host, path: str) -> bool:
    """A service runs by itself only when something that is enabled starts it; a unit file alone,
    and a file that cron passes over, do not.
    """
    folder, _, name = path.rpartition("/")
    if not name.endswith(".service"):
        return not folder.startswith("/etc/cron.") or _cron_reads(host, name)
    home, user, _ = folder.partition("/.config/systemd/user")
    folders = _unit_folders(home) if user else units.FOLDERS
    if units.masked(host, name, folders):
        return False
    return name in units.started_by_timers(host, folders) or units.enabled(host, name, folders)


def _cron_reads(host: Host, name: str) -> bool:
    """Debian's cron passes over every name with a dot; others over what packages leave behind."""
    if re.search(r"(~|\.bak|\.old|\.orig|\.disabled|\.rpm\w+|\.dpkg-\w+|\.swp|,v)$", name):
        return False
    return "." not in name or not host.exists("/var/lib/dpkg/status")
