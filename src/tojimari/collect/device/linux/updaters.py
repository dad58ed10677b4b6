"""Programs, timers and jobs that may install updates but whose settings are not read here."""

import re

from tojimari.collect.device.linux.config_text import read_beginning, without_comments
from tojimari.collect.device.linux.debian import kept_by_dpkg
from tojimari.collect.device.linux.dnf import RPM_DATABASES
from tojimari.collect.device.linux.schedules import runs_by_itself, scheduled_texts
from tojimari.collect.device.linux.units import fires, switched_on
from tojimari.collect.host import Denied, Host

# Desktop programs that fetch updates and may install them, and services that manage machines.
# PackageKit alone installs nothing: it waits for one of these, or for its job in the background.
_DESKTOP = {
    "/usr/bin/gnome-software": "GNOME Software",
    "/usr/bin/plasma-discover": "Plasma Discover",
    "/usr/bin/io.elementary.appcenter": "AppCenter",
    "/usr/bin/pop-system-updater": "Pop system updater",
}
_MANAGED = {
    "/usr/bin/landscape-client": "Landscape",
    "/opt/puppetlabs/bin/puppet": "Puppet",
    "/usr/bin/salt-minion": "Salt",
    "/usr/bin/chef-client": "Chef",
    "/usr/bin/google_osconfig_agent": "Google OS Config",
    "/usr/bin/amazon-ssm-agent": "AWS Systems Manager",
    "/opt/amagent/amagent": "Automox",
}
# Timers with such a name that update something else than the system's packages, or are known.
_UPDATING = re.compile(
    r"update|upgrade|patch|packagekit|rpm-ostreed-automatic|\buupd\b", re.IGNORECASE
)
_OTHERS = re.compile(
    r"apt-daily.*|update-notifier.*|mintupdate-automation-.*|dnf5?-automatic.*|.*updatedb.*"
    r"|podman-auto-update.*|update-mime.*|.*freshclam.*|geoipupdate.*|pkgfile-update.*"
    r"|fwupd.*|flatpak.*|unattended-upgrades.*|.*(rules|signature|definition|certbot|grub).*",
    re.IGNORECASE,
)
# Jobs of the packages themselves, which follow the settings that are read.
_OWN_JOBS = ("apt-compat", "apt", "apt-show-versions", "update-notifier-common", "mintupdate")
_COMMAND = re.compile(
    r"unattended-upgrade\b"
    r"|\b(?:apt|apt-get|aptitude)\s[^\n#;&|]*?\b(?:upgrade|dist-upgrade|full-upgrade|safe-upgrade)\b"
    r"|\b(?:dnf|dnf5|yum|microdnf)\s[^\n#;&|]*?(?<![\w-])(?:update|upgrade|distro-sync)(?![\w-])"
    r"|\bzypper\s[^\n#;&|]*?(?<![\w-])(?:update|up|patch|dup)(?![\w-])"
    r"|\b(?:rpm-ostree|bootc|transactional-update|pacman|apk|nixos-rebuild)\s[^\n#;&|]*?"
    r"(?<![\w-])(?:update|upgrade|up|patch|dup|switch|-S\w*u\w*)(?![\w-])"
    r"|\bonline_update\b"
    r"|\bpkcon\s[^\n#;&|]*?\bupdate\b|\b(?:cron-apt|topgrade|ansible-pull|mintupdate-cli)\b"
)


def other_updaters(host: Host, *, set_up: bool) -> tuple[str, ...]:
    """Return the names of what may install updates, beside the mechanisms whose settings are read.

    set_up: whether one of those is set up; then a desktop's program is not what installs them.
    """
    found = [name for path, name in _MANAGED.items() if _there(host, path)]
    found += _timers(host)
    found += _jobs(host)
    if not set_up:
        found += [name for path, name in _DESKTOP.items() if _there(host, path)]
        if not (kept_by_dpkg(host) or any(_there(host, path) for path in RPM_DATABASES)):
            found.append("the system's own")
    return tuple(dict.fromkeys(found))


def _there(host: Host, path: str) -> bool:
    try:
        return host.exists(path)
    except Denied:
        return False


def _timers(host: Host) -> list[str]:
    names = [
        name
        for name in sorted(switched_on(host))
        if name.endswith(".timer") and _UPDATING.search(name) and not _OTHERS.fullmatch(name)
    ]
    return [name for name in names if fires(host, name)]


def _jobs(host: Host) -> list[str]:
    """Return what runs by itself, by cron or a timer of any name, and has such a command in it."""
    found = []
    for path, text in scheduled_texts(host, []):
        name = path.rsplit("/", 1)[-1]
        if name in _OWN_JOBS or _OTHERS.fullmatch(name):
            continue
        if name.endswith(".service") and not runs_by_itself(host, path):
            continue
        lines = (line for line in text.splitlines() if not line.startswith("Description="))
        commands = {match.group() for line in lines for match in _COMMAND.finditer(line[:1000])}
        if commands - ({"cron-apt"} if _only_fetches(host) else set()):
            found.append(path)
    return found


def _only_fetches(host: Host) -> bool:
    """Return whether cron-apt is left as its package sets it up: it fetches and installs nothing."""
    lines = [
        line
        for path in host.glob("/etc/cron-apt/action.d/*")
        for line in without_comments(read_beginning(host, path)).splitlines()
        if re.search(r"\b(?:dist-|full-|safe-)?upgrade\b|\binstall\b", line)
    ]
    return bool(lines) and all(re.search(r"\s(?:-\w*d\w*|--download-only)\b", one) for one in lines)
